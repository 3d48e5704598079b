"""One page per module; each exports PAGE."""
