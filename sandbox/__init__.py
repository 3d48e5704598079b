"""A small Butterboard and an HR system that really run, and really misbehave."""
