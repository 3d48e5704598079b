"""What answers to programs have in common."""

NO_STORE = {"cache-control": "no-store"}
"""The headers of an answer that holds now and not later."""
