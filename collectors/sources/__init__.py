"""One source type per module; each exports SOURCE."""
