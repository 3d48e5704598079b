"""Network in: sources are fetched, parsed and handed to storage."""
