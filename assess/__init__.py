"""The judge: stored facts in, health, lateness and documents out."""
