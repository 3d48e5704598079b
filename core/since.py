"""Reads from when on something is wanted: an instant, or how long ago."""

from __future__ import annotations

from datetime import UTC, datetime

from core.units import parse_duration


def since_of(text: str | None, now: datetime) -> datetime | None:
    """An ISO 8601 instant (UTC without a zone), or how long before `now`; None for None. Raises ValueError."""
    if text is None:
        return None
    try:
        return now - parse_duration(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"got {text!r}; write an ISO 8601 time or how long ago, such as 24h") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
