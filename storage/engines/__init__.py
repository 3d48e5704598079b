"""One module per database; each exports ENGINE."""
