"""Durations are read in the notations that systems write them in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.durations import UNITS, seconds_of


@pytest.mark.parametrize(
    ("value", "unit", "seconds"),
    [
        (None, "s", None),
        ("", "ms", None),
        (90, "s", 90.0),
        ("90.5", "s", 90.5),
        (95123, "ms", 95.123),
        ("2500", "ms", 2.5),
        (1_500_000_000, "ns", 1.5),
        (0, "ms", 0.0),
        ("59.9s", "s", 59.9),
        ("1m2.5s", "ms", 62.5),
        ("250ms", "s", 0.25),
        ("850.5µs", "s", 0.0008505),
        ("1h0m0s", "s", 3600.0),
        ("2 min 3 sec", "s", 123.0),
        ("PT1M30.5S", "ms", 90.5),
        ("P1DT2H", "s", 93600.0),
        ("00:01:30", "ms", 90.0),
        ("1.02:03:04.5", "s", 93784.5),
        ("1 day, 0:00:01", "s", 86401.0),
        ("25 minutes and 52 seconds", "s", 1552.0),
        ("1 hour, 5 minutes", "ms", 3900.0),
        ("1,5 sec.", "s", 1.5),
        ("2hrs 30mins", "s", 9000.0),
        ("12 milliseconds", "s", 0.012),
    ],
    ids=str,
)
def test_a_duration_is_seconds(value: object, unit: str, seconds: float | None) -> None:
    """A bare number by the unit that is configured, a text by its own."""
    assert seconds_of(value, unit) == (None if seconds is None else pytest.approx(seconds, rel=1e-12))


@pytest.mark.parametrize(
    "value", ["soon", "-1", -1, "1m2x", "P", "PT", "12:30", True, [1], "nan", "1s 2q"], ids=str
)
def test_what_is_none_is_refused(value: object) -> None:
    """With what was got; two numbers and a colon may be hours or minutes, so they are no duration."""
    with pytest.raises(ValueError, match="got "):
        seconds_of(value)


@given(st.text() | st.integers() | st.floats() | st.booleans(), st.sampled_from(sorted(UNITS)))
def test_nothing_but_the_declared_refusal(value: object, unit: str) -> None:
    """Seconds, nothing, or ValueError."""
    try:
        found = seconds_of(value, unit)
    except ValueError:
        return
    assert found is None or found >= 0
