"""Texts for people in their language: message ids are the English texts, gettext finds the others."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

LOCALES = Path(__file__).parent.parent / "locales"


@lru_cache(maxsize=1)
def languages() -> frozenset[str]:
    """English, and every language with a catalogue in `locales/`."""
    found = {path.parent.parent.name for path in LOCALES.glob("*/LC_MESSAGES/messages.po")}
    return frozenset({"en", *found})
