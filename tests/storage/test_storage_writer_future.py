"""Runs whose source says that they ended later than now: counted at once, told as they were told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core.clock import to_micros
from core.records import BatchMode, RunStatus
from core.units import Window
from storage import schema
from storage.facts import facts
from storage.queries.export import export_runs
from storage.store import Store
from tests.storage.storage_run_log import Log
from tests.storage.storage_samples import NOW, at, run

HOUR = timedelta(hours=1)
AHEAD = -180
"""A clock of a zone three hours east, read as UTC: minutes before NOW."""


@pytest.fixture
def log(store: Store) -> Log:
    return Log(store)


def counted_at(log: Log) -> list[datetime | int]:
    return [row[0] for row in log.rows(schema.sync_run, "at")]  # type: ignore[misc]


def told(log: Log) -> list[tuple[object, object]]:
    with log.store.read() as connection:
        return [(row["started_at"], row["finished_at"]) for row in export_runs(connection, None, None)]


def test_a_run_from_the_future_counts_when_it_is_first_seen(log: Log) -> None:
    """It is in today's hour, lasts as long as it says, and reads back with the times that it told."""
    log.write(run("1", "failed", started=AHEAD + 10, finished=AHEAD))
    assert counted_at(log) == [to_micros(NOW)]
    assert told(log) == [("2026-11-24T15:20:00+00:00", "2026-11-24T15:30:00+00:00")]
    assert log.rows(schema.sync_run, "first_seen_at", "changed_at") == [(to_micros(NOW), to_micros(NOW))]
    hour = to_micros(NOW.replace(minute=0))
    assert log.rows(schema.run_hour, "hour", "failed") == [(hour, 1)]


def test_judges_see_runs_from_the_future(log: Log) -> None:
    """Seven failures that claim to end in three hours are failures of this hour, seven minutes long each."""
    log.write(*(run(f"{number}", "failed", started=AHEAD + 7, finished=AHEAD) for number in range(7)))
    with log.store.read() as connection:
        found = facts(connection, "crm", NOW, [Window.parse("1h"), Window.parse("10 runs")])
    assert found is not None
    assert [one.status.value for one in found.recent] == ["failed"] * 7
    assert {one.duration_seconds for one in found.recent} == {420.0}
    assert [window.runs[RunStatus.FAILED] for window in found.windows.values()] == [7, 7]


@pytest.mark.parametrize("later", [HOUR, 4 * HOUR], ids=["before its end", "after its end"])
@pytest.mark.parametrize("mode", BatchMode)
def test_it_stays_where_it_was_counted(log: Log, mode: BatchMode, later: timedelta) -> None:
    """Read again, before or after the end it claims, it is the same run and moves no sum."""
    log.write(run("1", started=AHEAD + 10, finished=AHEAD), mode=mode)
    written = log.write(run("1", started=AHEAD + 10, finished=AHEAD), mode=mode, now=NOW + later)
    assert (written.runs, written.duplicates) == (0, 1)
    assert counted_at(log) == [to_micros(NOW)]


def test_it_stays_there_when_it_is_corrected(log: Log) -> None:
    """Another status and count at the same end change the run, not the hour it counts in."""
    log.write(run("1", "failed", finished=AHEAD))
    log.write(run("1", "succeeded", finished=AHEAD, records_read=4), now=NOW + 2 * HOUR)
    assert counted_at(log) == [to_micros(NOW)]
    assert log.rows(schema.sync_run, "status", "records_read") == [(3, 4)]


def test_a_mended_zone_puts_it_where_it_belongs(log: Log) -> None:
    """Once the zone is right, the run moves to its true end."""
    log.write(run("1", started=AHEAD + 10, finished=AHEAD))
    log.write(run("1", started=10, finished=5), now=NOW + HOUR)
    assert counted_at(log) == [to_micros(at(5))]
    assert told(log) == [("2026-11-24T12:20:00+00:00", "2026-11-24T12:25:00+00:00")]


def test_an_open_run_ends_when_its_end_is_seen(log: Log) -> None:
    """A run first seen running keeps when that was, and counts when its end came."""
    log.write(run("1", "running", started=AHEAD + 10, finished=None))
    log.write(run("1", started=AHEAD + 10, finished=AHEAD), now=NOW + HOUR)
    assert counted_at(log) == [to_micros(NOW + HOUR)]
    assert log.rows(schema.sync_run, "first_seen_at") == [(to_micros(NOW),)]


def test_a_run_that_only_starts_in_the_future_counts_now(log: Log) -> None:
    """Without an end, or with a duration only, it keeps the start that it told."""
    log.write(
        run("1", "failed", started=AHEAD, finished=None),
        run("2", "failed", started=AHEAD, finished=None, duration_seconds=60),
    )
    log.write(run("1", "failed", started=AHEAD, finished=None), now=NOW + HOUR)
    assert counted_at(log) == [to_micros(NOW)] * 2
    assert told(log) == [("2026-11-24T15:30:00+00:00", None)] * 2


def test_clocks_may_differ_by_minutes(log: Log) -> None:
    """An end a few minutes ahead is taken as it is told: another machine's clock said it."""
    log.write(run("1", finished=-4))
    assert counted_at(log) == [to_micros(NOW + timedelta(minutes=4))]
