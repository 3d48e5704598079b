"""Forecasts of rate limits: by the readings of the window that is still going, and by no others."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.facts import QuotaFact
from core.records import QuotaReading
from health.forecast import forecast
from health.indicators.quota_exhausted_in_seconds import INDICATOR, LONGEST
from tests.health.health_makers import NOW, context, facts

MINUTE = timedelta(minutes=1)


def reading(minutes_ago: float, remaining: float | None, **more: Any) -> QuotaReading:
    values: dict[str, Any] = {"limit": 1000, "resets_at": NOW + timedelta(minutes=30), **more}
    return QuotaReading(
        scope="k", quota="hour", observed_at=NOW - minutes_ago * MINUTE, remaining=remaining, **values
    )


def seconds(samples: Sequence[QuotaReading]) -> float | None:
    known = facts(quotas=(QuotaFact(source="api", reading=samples[0], samples=tuple(samples)),))
    value: float | None = INDICATOR.read(known, None, context()).value
    return value


LASTS = LONGEST.total_seconds()


@pytest.mark.parametrize(
    ("samples", "left"),
    [
        ([(0, 100), (5, 200), (10, 300)], 300),
        ([(0, 900), (5, 910), (10, 920)], LASTS),
        ([(0, 500), (5, 500), (10, 500)], LASTS),
        ([(0, 0), (5, 50), (10, 100)], 0),
        ([(0, 100), (5, 200)], None),
        ([(0, 100), (0.2, 200), (0.4, 300)], None),
        ([(0, 900), (5, 950), (10, 100), (15, 200)], None),
        ([(0, None), (1, 100), (6, 200), (11, 300)], 240),
    ],
    ids=[
        "used up before it comes back",
        "lasts until it comes back",
        "unused",
        "exhausted",
        "two readings",
        "too close",
        "older than the reset",
        "the last one told nothing",
    ],
)
def test_the_pace_of_the_last_readings_goes_on(
    samples: list[tuple[float, float | None]], left: float | None
) -> None:
    """Seconds from now until nothing remains; 30 days where that does not come."""
    assert seconds([reading(ago, remaining) for ago, remaining in samples]) == left


def test_readings_from_before_a_reset_do_not_count() -> None:
    """Even where less was used then: their window is over."""
    old = {"resets_at": NOW - timedelta(minutes=7)}
    samples = [reading(0, 100), reading(3, 160), reading(6, 220), reading(9, 990, **old)]
    assert seconds(samples) == pytest.approx(300)


def test_a_limit_that_comes_back_in_a_minute_has_no_forecast() -> None:
    """It would be told too late to do anything."""
    assert seconds([reading(ago, 100 + ago, window_seconds=60) for ago in (0, 0.5, 1, 1.5)]) is None


def test_a_refusal_is_the_end() -> None:
    """Whatever remains by the headers."""
    samples = [reading(0, 3, limited=True), reading(5, 10), reading(10, 17)]
    assert seconds(samples) == 0


@given(
    st.lists(
        st.tuples(
            st.floats(0, 3600),
            st.one_of(st.none(), st.floats(0, 1e15)),
            st.integers(-4000, 4000),
            st.booleans(),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_no_readings_break_a_forecast(rows: list[tuple[float, float | None, int, bool]]) -> None:
    """Any order of remaining and resets gives a pace that is not negative in its own window, or none."""
    samples = [
        QuotaReading(
            scope="k",
            quota="q",
            observed_at=NOW - timedelta(seconds=ago),
            remaining=remaining,
            resets_at=NOW + timedelta(seconds=reset) if has else None,
        )
        for ago, remaining, reset, has in sorted(rows, key=lambda row: row[0])
    ]
    found = forecast(samples)
    assert found is None or (found.per_second >= 0 and found.samples >= 3)
