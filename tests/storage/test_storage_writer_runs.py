"""One run is one run: however often and however differently it is seen."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core.clock import to_micros
from core.errors import CursorMoved, StorageError
from core.records import Batch, BatchMode, SyncRun
from storage import schema
from storage.keys import SourceKey
from storage.store import Store
from storage.verify import verify
from tests.storage.storage_run_log import Log
from tests.storage.storage_samples import CRM, NOW, at, configuration, run


@pytest.fixture
def log(store: Store) -> Log:
    return Log(store)


def test_an_ended_run_is_stored_with_its_instants(log: Log) -> None:
    """What a run says stands in its row, and its readable instants follow from what is stored."""
    log.write(run("1", started=11, finished=10, records_read=7, trigger="schedule", url="https://x/1"))
    columns = (
        "external_id",
        "started_at",
        "finished_at",
        "first_seen_at",
        "changed_at",
        "records_read",
        "url",
    )
    now, started, finished = (to_micros(moment) for moment in (NOW, at(11), at(10)))
    assert log.rows(schema.sync_run, *columns) == [("1", started, finished, now, now, 7, "https://x/1")]
    assert log.counted() == 1


def test_a_run_read_again_changes_nothing(log: Log) -> None:
    """The same run in a later batch is a duplicate; `changed_at` stays."""
    log.write(run("1", records_read=7))
    written = log.write(run("1", records_read=7), now=NOW + timedelta(hours=1))
    assert (written.runs, written.duplicates) == (0, 1)
    assert log.rows(schema.sync_run, "changed_at") == [(to_micros(NOW),)]


def test_a_changed_run_moves_its_hour_and_keeps_when_it_was_first_seen(log: Log) -> None:
    """A run with another end, status and count is updated, and its old hour loses it."""
    log.write(run("1", "failed", started=200, finished=190, records_read=7))
    later = NOW + timedelta(minutes=5)
    assert log.write(run("1", "succeeded", started=200, finished=5, records_read=9), now=later).runs == 1
    assert log.rows(schema.sync_run, "finished_at", "first_seen_at", "changed_at", "records_read") == [
        (to_micros(at(5)), to_micros(NOW), to_micros(later), 9)
    ]
    hours = [row for row in log.rows(schema.run_hour, "succeeded", "failed", "records_read") if any(row)]
    assert hours == [(1, 0, 9)]


def test_an_open_run_moves_when_its_end_is_seen(log: Log) -> None:
    """A running run is not counted; with its end it leaves `open_run`."""
    log.write(run("1", "running", finished=None))
    assert log.counted() == 0
    assert log.rows(schema.open_run, "external_id") == [("1",)]
    log.write(run("1"), now=NOW + timedelta(minutes=1))
    assert log.rows(schema.open_run, "external_id") == []
    assert log.rows(schema.sync_run, "first_seen_at") == [(to_micros(NOW),)]
    assert log.counted() == 1


def test_an_ended_run_that_runs_again_is_open_and_not_counted(log: Log) -> None:
    """A cleared run moves back, its sums are taken out, and its new end counts once."""
    log.write(run("1", "failed", records_read=3), run("2", records_read=4))
    log.write(run("1", "running", started=1, finished=None))
    assert log.rows(schema.open_run, "external_id") == [("1",)]
    assert log.rows(schema.sync_run, "external_id") == [("2",)]
    assert log.counted() == 1
    log.write(run("1", "succeeded", started=1, finished=0))
    assert sorted(log.rows(schema.sync_run, "external_id")) == [("1",), ("2",)]
    assert log.counted() == 2


def test_an_older_attempt_never_overwrites_a_newer_one(log: Log) -> None:
    """Attempts may come out of order, in one batch or in several; the last attempt holds."""
    log.write(run("1", "succeeded", attempt=2), run("1", "failed", attempt=1))
    log.write(run("1", "failed", attempt=1))
    log.write(run("1", "running", attempt=1, finished=None))
    assert log.rows(schema.sync_run, "attempt", "status") == [(2, 3)]
    assert log.rows(schema.open_run, "id") == []


def test_the_last_word_of_one_batch_holds(log: Log) -> None:
    """A run that stands three times in one batch is stored once, as it was told last."""
    written = log.write(run("1", "running", finished=None), run("1", "failed"), run("1", "succeeded"))
    assert (written.runs, written.duplicates) == (1, 2)
    assert log.rows(schema.sync_run, "status") == [(3,)]


@pytest.mark.parametrize("batches", [1, 2])
def test_the_end_line_of_a_log_need_not_repeat_the_start(log: Log, batches: int) -> None:
    """In a log (delta) the line of the end takes start and trigger from the line of the start."""
    lines = [
        run("1", "running", started=20, finished=None, trigger="cron"),
        run("1", "succeeded", started=None, finished=10),
    ]
    if batches == 1:
        log.write(*lines, mode=BatchMode.DELTA)
    else:
        for line in lines:
            log.write(line, mode=BatchMode.DELTA)
    row = log.rows(schema.sync_run, "started_at", "took", "trigger_id")[0]
    assert row[:2] == (to_micros(at(20)), 10 * 60 * 1_000_000)
    assert row[2] is not None


def test_the_same_id_of_another_job_or_source_is_another_run(log: Log) -> None:
    """A run's identity is its source, its job and its id together."""
    log.write(run("1", job="a"), run("1", job="b"))
    log.revision = 0
    log.write(run("1", job="a"), source=SourceKey("crm", "gateway"))
    assert log.counted() == 3


def test_a_run_read_again_after_sixty_days_is_not_doubled(log: Log) -> None:
    """A sweep of the whole history finds old runs again, changed or not, however long ago they were."""
    log.write(*(run(str(number), started=number + 1, finished=number) for number in range(200)))
    later = NOW + timedelta(days=60)
    written = log.write(
        *(run(str(number), started=number + 1, finished=number) for number in range(200)), now=later
    )
    assert (written.runs, written.duplicates) == (0, 200)
    log.write(run("7", "failed", started=-60 * 24 * 60, finished=-60 * 24 * 60 - 1), now=later)
    assert log.counted() == 200


def test_a_record_older_than_the_horizon_is_refused_and_counted(log: Log) -> None:
    """What would be pruned at once is not taken in."""
    written = log.write(
        run("old", started=5000, finished=4999),
        run("old-open", "running", started=5000, finished=None),
        run("new"),
        horizon=at(1000),
    )
    assert (written.runs, written.refused) == (1, 2)


@pytest.mark.parametrize(
    ("given", "timing"),
    [
        (run("1", started=11, finished=10), 0),
        (run("1", started=11, finished=None, duration_seconds=30), 1),
        (run("1", started=11, finished=None), 2),
        (run("1", started=None, finished=None), 3),
    ],
    ids=["finished", "started-and-duration", "started", "nothing"],
)
def test_an_ended_run_without_an_end_falls_into_the_best_known_hour(
    log: Log, given: SyncRun, timing: int
) -> None:
    """`at` is the finish, else start and duration, else the start, else when it was first seen."""
    log.write(given)
    expected = {0: at(10), 1: at(11) + timedelta(seconds=30), 2: at(11), 3: NOW}[timing]
    assert log.rows(schema.sync_run, "at", "timing") == [(to_micros(expected), timing)]
    assert log.write(given, now=NOW + timedelta(hours=3)).duplicates == 1


def test_what_no_database_takes_is_made_storable(log: Log) -> None:
    """NUL, lone surrogates, endless text and absurd numbers do not stop a batch."""
    log.write(
        run("a\0b", error_message="\ud800" + "x" * 100_000, records_read=10**40, job="j" * 10_000),
        run("a\0b", job="j" * 9_999),
        run("i" * 5_000),
        run("i" * 4_999),
    )
    assert log.counted() == 4
    assert {row[0] for row in log.rows(schema.sync_run, "records_read")} == {None}


def test_a_moved_cursor_stores_nothing(log: Log) -> None:
    """Two workers cannot both win: the second batch of one revision raises and leaves no trace."""
    log.write(run("1"))
    batch = Batch(cursor={"at": 9}, runs=[run("2")])
    with pytest.raises(CursorMoved):
        log.writer.write(CRM, batch, revision=0, now=NOW, horizon=None)
    assert log.rows(schema.sync_run, "external_id") == [("1",)]
    assert ('{"at": 1}', 1) in log.rows(schema.source, "cursor", "revision")


def test_a_source_nobody_configured_is_an_error(log: Log) -> None:
    """Writing for an unknown source says so."""
    with pytest.raises(StorageError, match="crm/nothing"):
        log.write(run("1"), source=SourceKey("crm", "nothing"))


def test_days_are_local_and_may_have_23_or_25_hours(store: Store) -> None:
    """In Berlin, 25 October 2026 has 25 hours and 29 March 23; each run falls into its local day."""
    log = Log(store, zone="Europe/Berlin")
    first = datetime.fromisoformat("2026-10-24T21:30:00+00:00")
    log.write(*(_ending(first + timedelta(hours=hour)) for hour in range(28)))
    spring = datetime.fromisoformat("2026-03-28T22:30:00+00:00")
    log.write(*(_ending(spring + timedelta(hours=hour)) for hour in range(26)))
    assert [row[1] for row in sorted(log.rows(schema.run_day, "day", "succeeded"))] == [1, 23, 2, 1, 25, 2]


def _ending(moment: datetime) -> SyncRun:
    minutes = (NOW - moment).total_seconds() / 60
    return run(moment.isoformat(), started=minutes + 1, finished=minutes)


def test_a_new_time_zone_builds_the_days_anew(log: Log) -> None:
    """When the installation's zone changes, all days are those of the new zone."""
    log.write(*(run(str(hour), started=hour * 60 + 1, finished=hour * 60) for hour in range(50)))
    before = sorted(log.rows(schema.run_day, "day"))
    log.writer.configure(configuration(zone="Asia/Kolkata"), NOW)
    assert sorted(log.rows(schema.run_day, "day")) != before
    assert verify(log.store) == []
    log.write(run("more"))
