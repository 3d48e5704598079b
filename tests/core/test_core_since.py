"""From when on: an instant, or how long ago."""

from datetime import UTC, datetime, timedelta

import pytest

from core.since import since_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        (None, None),
        ("24h", NOW - timedelta(days=1)),
        ("1h30m", NOW - timedelta(minutes=90)),
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("2026-11-24T15:00:00+03:00", NOW),
    ],
    ids=["not given", "a duration", "two units", "a date is UTC", "a zone counts"],
)
def test_an_instant_or_how_long_ago(text: str | None, since: datetime | None) -> None:
    """Both notations are read; a time without a zone is UTC."""
    assert since_of(text, NOW) == since


def test_anything_else_is_refused_with_both_notations() -> None:
    """Whoever mistypes is told what may be written."""
    with pytest.raises(ValueError, match="got 'yesterday'; write an ISO 8601 time or how long ago"):
        since_of("yesterday", NOW)
