"""The presets: one data file for each well-known system; dropping one in is all it takes."""

from __future__ import annotations

from importlib.resources import files


def presets() -> dict[str, str]:
    """Every preset's data file as text, by its name."""
    found = [file for file in files(__package__).iterdir() if file.name.endswith(".yaml")]
    return {
        file.name.removesuffix(".yaml"): file.read_text(encoding="utf-8")
        for file in sorted(found, key=lambda file: file.name)
    }
