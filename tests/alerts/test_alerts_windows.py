"""When silences and maintenance windows hold: to the minute, on the days when clocks change too."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.windows import mutes_at, muting, next_start, open_spell
from core.muting import MaintenanceWindow, Silence
from tests.alerts.alerts_desk import AT, HOUR, MINUTE, integration


def silence(**fields: Any) -> Silence:
    """A silence of the next two hours on everything."""
    values: dict[str, Any] = {
        "silence_id": 1,
        "where": {},
        "starts_at": AT,
        "ends_at": AT + 2 * HOUR,
        "by": "local",
    }
    return Silence(**{**values, **fields})


def window(**fields: Any) -> MaintenanceWindow:
    """A maintenance window on everything."""
    values: dict[str, Any] = {"maintenance_id": 1, "name": "Patching", "where": {}}
    return MaintenanceWindow(**{**values, **fields})


def muted(where: dict[str, tuple[str, ...]], rule: str = "failed-syncs", at: datetime = AT) -> bool:
    """Whether a silence with this `where` mutes a rule on the CRM."""
    crm = integration(tags=("hr", "east"), criticality="high")
    return bool(muting(mutes_at([silence(where=where)], (), at), rule, crm))


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, True),
        ({"integration": ("crm",)}, True),
        ({"integration": ("erp", "crm")}, True),
        ({"integration": ("erp",)}, False),
        ({"tag": ("east",), "method": ("api",)}, True),
        ({"tag": ("east",), "method": ("csv",)}, False),
        ({"criticality": ("high",)}, True),
        ({"system": ("HR",)}, True),
        ({"rule": ("failed-syncs",)}, True),
        ({"rule": ("slow-api",)}, False),
    ],
)
def test_a_silence_mutes_what_it_matches(where: dict[str, tuple[str, ...]], expected: bool) -> None:
    """Each name must match; of several values any will do."""
    assert muted(where) is expected


def test_a_silence_holds_from_its_start_up_to_its_end() -> None:
    """The first instant is in it, the last is not; ended early it holds no longer."""
    assert not muted({}, at=AT - MINUTE)
    assert muted({}, at=AT + 2 * HOUR - MINUTE)
    assert not muted({}, at=AT + 2 * HOUR)
    ended = silence(ended_at=AT + HOUR)
    assert mutes_at([ended], (), AT + MINUTE).silences
    assert not mutes_at([ended], (), AT + HOUR).silences


def test_of_several_the_last_end_is_told() -> None:
    """Muting says until when no message leaves, and by what."""
    short, long = silence(), silence(silence_id=2, ends_at=AT + 5 * HOUR)
    planned = window(starts_at=AT - HOUR, ends_at=AT + HOUR)
    found = muting(mutes_at([short, long], [planned], AT), "any", integration())
    assert (found.silence, found.maintenance, found.until) == (long, planned, AT + 5 * HOUR)


def test_a_window_that_comes_once() -> None:
    """It is open from its start up to its end."""
    once = window(starts_at=AT, ends_at=AT + HOUR)
    assert open_spell(once, AT) == (AT, AT + HOUR)
    assert open_spell(once, AT + HOUR) is None
    assert next_start(once, AT - MINUTE) == AT


NIGHTLY = window(cron="0 23 * * *", timezone="America/New_York", duration_seconds=3600)


@pytest.mark.parametrize(
    ("day", "starts_at"),
    [
        ("winter", datetime(2026, 1, 10, 4, 0, tzinfo=UTC)),
        ("clocks go forward", datetime(2026, 3, 9, 3, 0, tzinfo=UTC)),
        ("summer", datetime(2026, 7, 10, 3, 0, tzinfo=UTC)),
        ("clocks go back", datetime(2026, 11, 2, 4, 0, tzinfo=UTC)),
    ],
)
def test_a_recurring_window_keeps_local_time(day: str, starts_at: datetime) -> None:
    """23:00 in New York is 23:00 there on every day of the year, whatever the offset."""
    assert open_spell(NIGHTLY, starts_at - timedelta(seconds=1)) is None
    assert open_spell(NIGHTLY, starts_at) == (starts_at, starts_at + HOUR)
    assert open_spell(NIGHTLY, starts_at + HOUR - timedelta(seconds=1)) is not None
    assert open_spell(NIGHTLY, starts_at + HOUR) is None
    assert next_start(NIGHTLY, starts_at - HOUR) == starts_at


def test_a_window_over_a_change_of_clocks_lasts_as_long_as_ever() -> None:
    """Four hours from 23:00 are four hours, also where the night has 23 or 25 of them."""
    long = window(cron="0 23 * * *", timezone="America/New_York", duration_seconds=4 * 3600)
    spring = datetime(2026, 3, 8, 4, 0, tzinfo=UTC)  # 23:00 on the evening before
    assert open_spell(long, spring) == (spring, spring + 4 * HOUR)
    autumn = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
    assert open_spell(long, autumn) == (autumn, autumn + 4 * HOUR)


def test_a_time_shown_twice_opens_once_at_its_first_showing() -> None:
    """01:30 on the night when clocks go back opens the window once."""
    early = window(cron="30 1 * * *", timezone="America/New_York", duration_seconds=1800)
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert open_spell(early, first) == (first, first + HOUR / 2)
    assert open_spell(early, first + HOUR) is None


def test_a_time_that_is_skipped_opens_where_the_clock_jumps() -> None:
    """02:30 does not exist on the night when clocks go forward: the window opens at 03:00."""
    early = window(cron="30 2 * * *", timezone="America/New_York", duration_seconds=1800)
    jump = datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
    assert open_spell(early, jump + MINUTE) is not None


def test_a_window_longer_than_its_period_is_always_open() -> None:
    """Of overlapping spells the newest counts."""
    hourly = window(cron="0 * * * *", timezone="UTC", duration_seconds=2 * 3600)
    assert open_spell(hourly, AT + MINUTE) == (AT, AT + 2 * HOUR)


def test_a_window_that_was_ended_holds_no_longer() -> None:
    """Ended early, once or for good, it mutes nothing."""
    assert open_spell(window(starts_at=AT, ends_at=AT + HOUR, ended_at=AT), AT) is None
