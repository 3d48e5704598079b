"""Small stand-ins of well-known systems: their shapes, words, pages and filters, with values of our own."""
