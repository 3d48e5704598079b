"""Puts the house together: discovered names, settings, store, worker and the programs' side.

Every import of a room stands inside the function that needs it, so that a short command loads little.
"""
