"""Until when a reading of a rate limit says something: its reset, the end of its window, or a stated time."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.records import QuotaReading

HOLDS_FOR = timedelta(days=1)
"""How long a reading holds that tells neither its reset nor its window."""

REFUSAL_HOLDS_FOR = timedelta(minutes=15)
"""The same, of a refusal for the limit."""


def holds(reading: QuotaReading, now: datetime) -> bool:
    """Whether the reading's window is not over yet."""
    if reading.resets_at is not None:
        return reading.resets_at > now
    if reading.window_seconds:
        # Compared as seconds: a window may be told that is longer than there are years.
        return (now - reading.observed_at).total_seconds() < reading.window_seconds
    return reading.observed_at + (REFUSAL_HOLDS_FOR if reading.limited else HOLDS_FOR) > now
