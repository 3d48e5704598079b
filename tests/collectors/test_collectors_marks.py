"""Marks compare, move back and go out in the notation they came in."""

from __future__ import annotations

import math
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from collectors.marks import Mark

UTC = ZoneInfo("UTC")
MOSCOW = ZoneInfo("Europe/Moscow")
HOUR = timedelta(hours=1)


def mark(value: object, zone: ZoneInfo = UTC) -> Mark:
    found = Mark.of(value, zone)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("raw", "hour_before"),
    [
        ("2026-11-24T13:30:42Z", "2026-11-24T12:30:42Z"),
        ("2026-11-24T13:30:42.695804Z", "2026-11-24T12:30:42.695804Z"),
        ("2026-11-24T13:30:42.5+00:00", "2026-11-24T12:30:42.5+00:00"),
        ("2026-11-24T13:30:42.695Z", "2026-11-24T12:30:42.695Z"),
        ("2026-11-24 13:30:42.6958041", "2026-11-24 12:30:42.6958040"),
        ("2026-11-24T16:30:42+03:00", "2026-11-24T15:30:42+03:00"),
        ("2026-11-23T23:30:42-05:30", "2026-11-23T22:30:42-05:30"),
        ("2026-11-24 16:30:42.1234567 +03:00", "2026-11-24 15:30:42.1234560 +03:00"),
        ("2026-11-24 13:30:42 UTC", "2026-11-24 12:30:42 UTC"),
        ("20261124133042", "20261124123042"),
        (20261124133042, 20261124123042),
        (20261124, 20261124),
        ("2026-11-24 13:30:42", "2026-11-24 12:30:42"),
        ("2026-11-24", "2026-11-23"),
        (1_795_527_042, 1_795_523_442),
        (1_795_527_042.25, 1_795_523_442.25),
        (1_795_527_042_695, 1_795_523_442_695),
        ("1795527042695", "1795523442695"),
        ("Tue, 24 Nov 2026 13:30:42 GMT", "2026-11-24T12:30:42Z"),
        (12345, 12345),
        ("cursor-abc", "cursor-abc"),
    ],
    ids=str,
)
def test_looking_back_keeps_the_notation(raw: object, hour_before: object) -> None:
    """A counter and a text that is no time cannot be moved."""
    assert mark(raw).back(HOUR, UTC).raw == hour_before


def test_naive_times_stay_local() -> None:
    """Read in the source's zone, written in it."""
    assert mark("2026-11-24 16:30:42", MOSCOW).back(HOUR, MOSCOW).raw == "2026-11-24 15:30:42"


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2026-11-24T13:30:42Z", "2026-11-24T13:30:42.000001Z"),
        ("2026-11-24T16:30:42+03:00", "2026-11-24T14:00:00Z"),
        (9, 10),
        ("9", "10"),
        ("a", "b"),
    ],
    ids=str,
)
def test_order(earlier: object, later: object) -> None:
    """By instant, by number, else by text."""
    assert mark(earlier) < mark(later)
    assert max(mark(later), mark(earlier)).raw == later


@pytest.mark.parametrize(
    "nothing", [None, "", True, [], {}, math.nan, math.inf, 10**400, "9" * 400], ids=lambda one: str(one)[:9]
)
def test_what_is_no_mark(nothing: object) -> None:
    """Moves nothing; a number that no JSON can hold would leave a cursor that nobody can read."""
    assert Mark.of(nothing, UTC) is None


@pytest.mark.parametrize("raw", ["9999-12-31T23:59:59Z", "31.12.9999", 253402300799, "infinity"])
def test_what_has_no_end_is_no_mark(raw: object) -> None:
    """It would stand before everything that is still to come."""
    assert Mark.of(raw, MOSCOW) is None


@pytest.mark.parametrize("raw", ["0001-01-01T00:00:00Z", "0001-01-01", "0001-01-02T00:00:00-12:00"])
@pytest.mark.parametrize("zone", [MOSCOW, ZoneInfo("America/New_York")], ids=str)
def test_before_the_first_day_there_is_none(raw: str, zone: ZoneInfo) -> None:
    """A start before everything moves no further back, and can be written."""
    first = mark(raw, zone)
    assert first.back(timedelta(days=400), zone).raw == raw
    assert str(first.spelled("%Y", zone)).lstrip("0") == "1"
    assert first < mark("1990-01-01T00:00:00Z")
