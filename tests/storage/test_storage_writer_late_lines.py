"""Lines of a log that come late, or leave things out: they never undo what is known of a run."""

from __future__ import annotations

import msgspec
import pytest

from core.clock import to_micros
from core.records import BatchMode, FailedRecord, SyncRun
from storage import schema
from storage.store import Store
from tests.storage.storage_run_log import Log
from tests.storage.storage_samples import at, run

DELTA = BatchMode.DELTA


@pytest.fixture
def log(store: Store) -> Log:
    return Log(store)


def untold(one: SyncRun) -> SyncRun:
    return msgspec.structs.replace(one, attempt=None)


@pytest.mark.parametrize("together", [False, True], ids=["in two polls", "in one poll"])
def test_a_late_line_of_the_start_does_not_reopen_the_run(log: Log, together: bool) -> None:
    """In a log, "started" after "finished" of one attempt only adds what the end did not say."""
    end = run("1", "succeeded", started=None, finished=5, records_read=3)
    start = run("1", "running", started=9, finished=None, trigger="manual")
    if together:
        log.write(end, start, mode=DELTA)
    else:
        log.write(end, mode=DELTA)
        log.write(start, mode=DELTA)
    assert log.rows(schema.open_run, "id") == []
    times = (to_micros(at(9)), to_micros(at(5)))
    assert log.rows(schema.sync_run, "status", "started_at", "finished_at", "records_read") == [
        (3, *times, 3)
    ]
    assert log.rows(schema.sync_run, "trigger_id") != [(None,)]


def test_a_start_after_the_end_is_another_go(log: Log) -> None:
    """The same run and attempt, started after its known end, runs again."""
    log.write(run("1", "failed", started=20, finished=15), mode=DELTA)
    log.write(run("1", "running", started=9, finished=None), mode=DELTA)
    assert log.rows(schema.open_run, "external_id") == [("1",)]
    assert log.rows(schema.sync_run, "id") == []


@pytest.mark.parametrize("mode", BatchMode)
@pytest.mark.parametrize("together", [False, True], ids=["in two polls", "in one poll"])
def test_a_line_without_an_attempt_is_of_the_one_that_is_known(
    log: Log, mode: BatchMode, together: bool
) -> None:
    """It ends the third attempt, and is not an old word on the first."""
    start = run("1", "running", started=9, finished=None, attempt=3)
    end = untold(run("1", "failed", started=9, finished=5))
    if together:
        log.write(start, end, mode=mode)
    else:
        log.write(start, mode=mode)
        log.write(end, mode=mode)
    assert log.rows(schema.open_run, "id") == []
    assert log.rows(schema.sync_run, "status", "attempt") == [(5, 3)]


def test_a_run_that_never_tells_its_attempt_is_at_its_first(log: Log) -> None:
    """What is not told stands as 1, open and ended."""
    log.write(untold(run("1", "running", finished=None)), untold(run("2")))
    assert log.rows(schema.open_run, "attempt") == [(1,)]
    assert log.rows(schema.sync_run, "attempt") == [(1,)]


@pytest.mark.parametrize("together", [False, True], ids=["in two polls", "in one poll"])
def test_a_line_without_a_job_is_of_the_run_that_has_its_id(log: Log, together: bool) -> None:
    """The start names the job, the end does not: one run, and its failed records are beside it."""
    start = run("7", "running", started=9, finished=None, job="staff")
    end = run("7", "failed", started=None, finished=5, job="")
    bad = FailedRecord(record_key="k1", occurred_at=at(5), run_external_id="7", fingerprint="x")
    if together:
        log.write(start, end, failed=[bad], mode=DELTA)
    else:
        log.write(start, mode=DELTA)
        log.write(end, failed=[bad], mode=DELTA)
    staff = text_id(log, "staff")
    assert log.rows(schema.open_run, "id") == []
    assert log.rows(schema.sync_run, "job_id", "external_id", "started_at") == [
        (staff, "7", to_micros(at(9)))
    ]
    assert log.rows(schema.failed_record, "job_id") == [(staff,)]


def test_a_line_without_a_job_stands_alone_where_two_jobs_use_its_id(log: Log) -> None:
    """Nobody can tell whose it is."""
    log.write(*(run("7", "running", finished=None, job=job) for job in ("staff", "pay")), mode=DELTA)
    log.write(run("7", "failed", job=""), mode=DELTA)
    assert len(log.rows(schema.open_run, "id")) == 2
    assert log.rows(schema.sync_run, "job_id") == [(text_id(log, ""),)]


def test_an_item_of_a_list_without_a_job_is_another_one(log: Log) -> None:
    """A list tells the whole truth of each run: one that has no job has none."""
    log.write(run("7", "running", finished=None, job="staff"))
    log.write(run("7", "succeeded", job=""))
    assert len(log.rows(schema.open_run, "id")) == len(log.rows(schema.sync_run, "id")) == 1


def text_id(log: Log, value: str) -> object:
    return next(number for text, number in log.rows(schema.text, "value", "id") if text == value)
