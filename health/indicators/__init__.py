"""One indicator per module; each exports INDICATOR."""
