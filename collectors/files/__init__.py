"""Reads growing files on, line by line, across rename, compression, copying and truncation."""
