"""The clock, the histogram and the records: small words, exact meanings."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.errors import ConfigurationError, SourceError
from core.histogram import EXACT_BELOW, Histogram
from core.records import (
    COUNTED_STATUSES,
    OPEN_STATUSES,
    Batch,
    Poll,
    PollResult,
    QuotaReading,
    RunStatus,
    SyncRun,
)

AT = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
DURATIONS = st.lists(st.floats(min_value=1e-4, max_value=1e5), min_size=1, max_size=400)


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2106, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_instants_survive_storage(at: datetime) -> None:
    """Microseconds are whole and exact, there and back, until 2106 (2**32 seconds)."""
    assert clock.from_micros(clock.to_micros(at)) == at


def test_the_clock_is_aware_and_in_utc() -> None:
    """Zones are for showing."""
    assert clock.now().tzinfo is UTC
    assert clock.to_micros(AT.astimezone(timezone(timedelta(hours=3)))) == clock.to_micros(AT)


def test_an_empty_histogram_has_no_quantile() -> None:
    """No data is None, never 0."""
    assert Histogram().quantile(0.5) is None
    assert Histogram().count == 0


@given(DURATIONS, st.sampled_from([0.0, 0.5, 0.95, 1.0]))
def test_quantiles_are_exact_while_few_and_close_when_many(values: list[float], q: float) -> None:
    """Below a hundred values exact; above at most 5 % off."""
    histogram = Histogram(values)
    exact = sorted(values)[max(0, math.ceil(q * len(values)) - 1)]
    tolerance = 0 if len(values) < EXACT_BELOW else 0.05
    assert histogram.quantile(q) == pytest.approx(exact, rel=tolerance + 1e-9)
    assert histogram.count == len(values)


@given(DURATIONS, DURATIONS)
def test_merging_is_as_if_added_together(left: list[float], right: list[float]) -> None:
    """The parts of a window give the window."""
    merged, whole = Histogram(left), Histogram([*left, *right])
    merged.merge(Histogram(right))
    assert merged.count == whole.count
    assert merged.quantile(0.95) == pytest.approx(whole.quantile(0.95), rel=0.11)


@given(DURATIONS)
def test_what_was_added_can_be_taken_out(values: list[float]) -> None:
    """A run that changes leaves no trace of what it was."""
    histogram = Histogram([*values, 7.0])
    histogram.remove(7.0)
    assert histogram.count == len(values)
    histogram.remove(123456.0)
    assert histogram.count == len(values)


def test_every_status_is_open_counted_or_beside() -> None:
    """Cancelled, skipped and unknown stand beside the ratio."""
    assert set(RunStatus) - OPEN_STATUSES - COUNTED_STATUSES == {
        RunStatus.CANCELLED,
        RunStatus.SKIPPED,
        RunStatus.UNKNOWN,
    }


@pytest.mark.parametrize(
    ("limit", "remaining", "ratio"),
    [
        (100, 25, 0.75),
        (100, 100, 0.0),
        (100, 150, 0.0),
        (100, -5, 1.0),
        (None, 5, None),
        (100, None, None),
        (0, 0, None),
    ],
)
def test_the_used_part_of_a_quota(limit: int | None, remaining: int | None, ratio: float | None) -> None:
    """In [0, 1]; None where it cannot be known."""
    reading = QuotaReading(scope="s", quota="q", observed_at=AT, limit=limit, remaining=remaining)
    assert reading.used_ratio == ratio


def test_a_batch_counts_its_records_and_a_poll_its_time() -> None:
    """Of any kind."""
    assert Batch(cursor={}, runs=[SyncRun(external_id="1", status=RunStatus.FAILED)]).records == 1
    poll = Poll(started_at=AT, finished_at=AT + timedelta(seconds=2), result=PollResult.OK)
    assert poll.duration == timedelta(seconds=2)


def test_errors_carry_what_their_catcher_needs() -> None:
    """A source's error says whether trying again can help; a configuration's, everything at once."""
    error = SourceError("slow down", retry_after=timedelta(seconds=5))
    assert (error.message, error.permanent, error.retry_after) == ("slow down", False, timedelta(seconds=5))
    assert str(ConfigurationError("m.yaml", [("a", "b; c")])) == "m.yaml: 1 problem\n  a: b; c"
