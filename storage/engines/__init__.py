"""The databases this program can keep its records in: one module each, exporting `ENGINE`."""
