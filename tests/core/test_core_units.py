"""The notations of the configuration: what they mean, and what they refuse."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.units import (
    Comparison,
    Threshold,
    Unit,
    Window,
    format_duration,
    parse_duration,
    parse_ratio,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("10m", 600),
        ("2h", 7200),
        ("7d", 604800),
        ("1w", 604800),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("500ms", 0.5),
        ("1.5H", 5400),
        ("0m", 0),
    ],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    """A number and a unit, or several."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 minutes", "1h30", "10 runs", "1e3s", "99999999d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """The error says what to write."""
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=10**9))
def test_durations_read_back_as_written(seconds: int) -> None:
    """Formatting and parsing are each other's inverse."""
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "size"),
    [("4096", 4096), ("50MB", 50_000_000), ("10 KiB", 10240), ("1.5kb", 1500), ("2gib", 2 * 1024**3)],
)
def test_sizes_are_read(text: str, size: int) -> None:
    """SI and binary units, in any case."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-1", "5 bananas", "1,5MB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    """The error says what to write."""
    with pytest.raises(ValueError, match="write a size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "ratio"),
    [("5%", 0.05), ("0.05", 0.05), ("99.5 %", 0.995), ("0", 0.0), ("1", 1.0), ("100%", 1.0)],
)
def test_ratios_are_read(text: str, ratio: float) -> None:
    """A percentage or a share."""
    assert parse_ratio(text) == pytest.approx(ratio)


@pytest.mark.parametrize("text", ["", "%", "120%", "5", "-1%", "nan", "inf"])
def test_what_is_no_ratio_is_refused(text: str) -> None:
    """Nothing outside 0 to 100 per cent."""
    with pytest.raises(ValueError, match="between 0% and 100%"):
        parse_ratio(text)


def test_windows_are_time_or_runs() -> None:
    """Their notation is their key."""
    assert Window.parse("10 runs") == Window(runs=10)
    assert str(Window.parse("90m")) == "1h30m"
    assert str(Window.parse("1 run")) == "1 runs"
    for text in ("0 runs", "0m", "many runs", ""):
        with pytest.raises(ValueError, match="window"):
            Window.parse(text)


@pytest.mark.parametrize(
    ("text", "unit", "comparison", "value"),
    [
        ("> 5%", Unit.RATIO, Comparison.ABOVE, 0.05),
        (">=0.5", Unit.RATIO, Comparison.AT_LEAST, 0.5),
        ("< 10m", Unit.SECONDS, Comparison.BELOW, 600),
        ("<= 3", Unit.COUNT, Comparison.AT_MOST, 3),
    ],
)
def test_thresholds_are_read_in_their_unit(
    text: str, unit: Unit, comparison: Comparison, value: float
) -> None:
    """A comparison, a number, and the unit of the indicator."""
    threshold = Threshold.parse(text, unit)
    assert threshold.comparison is comparison
    assert threshold.value == pytest.approx(value)
    assert Threshold.parse(str(threshold), unit) == threshold


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("5%", Unit.RATIO),
        ("> 5", Unit.RATIO),
        ("> 10m", Unit.RATIO),
        ("> 5%", Unit.COUNT),
        ("> 5%", Unit.SECONDS),
        ("> 5", Unit.SECONDS),
        ("=> 5%", Unit.RATIO),
        (">", Unit.COUNT),
    ],
)
def test_thresholds_of_another_unit_are_refused(text: str, unit: Unit) -> None:
    """A number without its unit would be guessed at."""
    with pytest.raises(ValueError, match="got"):
        Threshold.parse(text, unit)


def test_a_threshold_is_met_on_its_bad_side() -> None:
    """The strict ones exclude the value itself."""
    met = {
        text: Threshold.parse(text, Unit.COUNT).met(3)
        for text in ("> 3", ">= 3", "< 3", "<= 3", "> 2", "< 4")
    }
    assert met == {"> 3": False, ">= 3": True, "< 3": False, "<= 3": True, "> 2": True, "< 4": True}
