"""What leaves on paper or as a file: exports and terminal tables."""
