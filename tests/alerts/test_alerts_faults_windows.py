"""Faults that bit well-known monitors: silences and maintenance windows that began or ended at the wrong time."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import StorageError
from core.muting import MaintenanceWindow
from storage.store import Store
from tests.alerts.alerts_desk import MINUTE, Desk, rule
from tests.alerts.alerts_house import FAILURES, HOUR, House, settings_of

BAD, GOOD = 0.1, 0.0
NIGHTLY = MaintenanceWindow(
    maintenance_id=1,
    name="Nightly restart",
    where={},
    cron="0 23 * * *",
    timezone="America/New_York",
    duration_seconds=3600,
)


@pytest.mark.parametrize(
    "starts_at",
    [
        pytest.param(datetime(2026, 3, 9, 3, 0, tzinfo=UTC), id="clocks go forward on 8 March"),
        pytest.param(datetime(2026, 11, 2, 4, 0, tzinfo=UTC), id="clocks go back on 1 November"),
    ],
)
def test_a_window_from_23_in_new_york_starts_at_23_on_both_change_over_days(starts_at: datetime) -> None:
    """A minute before 23:00 of that evening messages leave; from 23:00 on they do not; from midnight on again."""
    desk = Desk(rule())
    desk.maintenance = (NIGHTLY,)
    desk.now = starts_at - 3 * MINUTE
    for reading in (BAD, GOOD):
        desk.see(reading, after=MINUTE).deliver()
    assert desk.told == ["fired", "recovered"]
    assert desk.now == starts_at - MINUTE
    desk.see(BAD, after=MINUTE).deliver()
    desk.see(BAD, after=59 * MINUTE).deliver()
    assert desk.told == ["fired", "recovered"]
    desk.see(BAD, after=MINUTE).deliver()
    assert desk.told == ["fired", "recovered", "fired"]


def test_a_browser_clock_30_seconds_ahead_still_silences_now(store: Store) -> None:
    """Two hours from a `now` that our clock has yet to reach: what fires this second is silenced already."""
    one = House(store, settings_of(FAILURES)).poll()
    theirs = one.now + timedelta(seconds=30)
    one.writer.silence({}, theirs, theirs + 2 * HOUR, "local", "known", one.now)
    one.run("failed").evaluate().deliver()
    assert one.kinds("failures") == ["fired"]
    one.tick(10 * MINUTE, step=MINUTE).deliver()
    assert one.told == []
    one.tick(2 * HOUR, step=10 * MINUTE).deliver()
    assert one.told == [("crm", "failures", "fired")]


def test_a_silence_planned_for_later_waits_for_its_time(store: Store) -> None:
    """What begins in an hour holds nothing back now; one that is over already is refused."""
    one = House(store, settings_of(FAILURES)).poll()
    one.writer.silence({}, one.now + HOUR, one.now + 2 * HOUR, "local", "later", one.now)
    one.run("failed").evaluate().deliver()
    assert one.told == [("crm", "failures", "fired")]
    with pytest.raises(StorageError):
        one.writer.silence({}, one.now - 2 * HOUR, one.now - HOUR, "local", "past", one.now)
