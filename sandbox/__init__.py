"""A small Butterboard, a small HR system and their partners, really running and really misbehaving."""
