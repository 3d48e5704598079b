"""The revisions, named by number: `0001_schema.py` comes first."""
