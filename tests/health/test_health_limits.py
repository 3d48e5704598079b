"""Until when a reading of a limit says something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.records import QuotaReading
from health.limits import holds

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window_seconds", "seconds_ago", "holding"),
    [(60, 59, True), (60, 60, False), (0.5, 1, False), (1e15, 10**8, True), (1e300, 0, True)],
)
def test_a_reading_holds_until_its_window_is_over(
    window_seconds: float, seconds_ago: int, holding: bool
) -> None:
    """Also a window longer than there are years, which a system may tell, or a push."""
    reading = QuotaReading(
        scope="s",
        quota="q",
        observed_at=NOW - timedelta(seconds=seconds_ago),
        limit=5,
        remaining=3,
        window_seconds=window_seconds,
    )
    assert holds(reading, NOW) is holding
