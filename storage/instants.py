"""Instants that may be missing, as they are stored and as they are (pure)."""

from __future__ import annotations

from datetime import datetime

from core.clock import from_micros, to_micros


def instant(micros: int | None) -> datetime | None:
    """A stored instant (epoch µs); None for NULL."""
    return None if micros is None else from_micros(micros)


def micros(at: datetime | None) -> int | None:
    """An instant as it is stored (epoch µs); NULL for None."""
    return None if at is None else to_micros(at)
