"""Whatever stands in the file for a duration, a window, a threshold or a size: a value or a ValueError."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.settings.integrations import Schedule
from core.units import Threshold, Unit, Window, format_duration, parse_duration, parse_ratio, parse_size

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "200"))
"""10,000 of them with FUZZ_EXAMPLES=10000."""

fuzzed = settings(max_examples=EXAMPLES, deadline=None)
parts = st.sampled_from(
    ["1", "0", "9" * 5, "9" * 400, "٣", "1.5", ".5", "-", " ", "ms", "s", "m", "h", "d", "w", "runs", "run", "KB", "MiB", "%",
     ">", ">=", "<", "<=", "e9", "inf", "nan", "x", "\x00", "\n"]
)  # fmt: skip
texts = st.text(max_size=20) | st.lists(parts, max_size=6).map("".join)
cron_parts = st.sampled_from(
    ["*", "*/15", "0", "59", "60", "1-5", "5-1", "1,2", "mon", "MON#2", "L", "5L", "LW", "W", "?", "*/0", "99999999999", "-", "/", "#",
     "31", "2", "٣", "jan"]
)  # fmt: skip
crons = st.lists(cron_parts, min_size=3, max_size=7).map(" ".join) | st.text(max_size=20)


@pytest.mark.parametrize(
    "parse",
    [parse_duration, parse_size, parse_ratio, Window.parse, *(lambda text, unit=unit: Threshold.parse(text, unit) for unit in Unit)],
    ids=["duration", "size", "ratio", "window", *Unit],
)  # fmt: skip
def test_any_text_is_a_value_or_a_value_error(parse: Callable[[str], object]) -> None:
    """What is read can be written, too, as the tables and messages do."""

    @given(texts)
    @fuzzed
    def any_text(text: str) -> None:
        with suppress(ValueError):
            assert str(parse(text))

    any_text()


@pytest.mark.parametrize(
    "parse",
    [parse_size, Window.parse, lambda text: Threshold.parse(f"> {text}", Unit.COUNT)],
    ids=["size", "window", "count"],
)
def test_a_number_without_end_is_refused(parse: Callable[[str], object]) -> None:
    """Four hundred digits are no size, no number of runs and no count."""
    for text in ("9" * 400, "9" * 400 + " runs", "9" * 5000):
        with pytest.raises(ValueError, match="got"):
            parse(text)


@given(st.integers(0, 10**9).map(lambda number: timedelta(seconds=number)))
@fuzzed
def test_a_duration_is_read_back_from_its_notation(duration: timedelta) -> None:
    """To the second."""
    assert parse_duration(format_duration(duration)) == duration


@given(crons)
@fuzzed
def test_any_cron_is_a_schedule_or_refused(cron: str) -> None:
    """Refused by the file's own validation, with a remedy; what is taken comes due."""
    with suppress(ValidationError):
        assert Schedule.model_validate({"cron": cron}).cron is not None
