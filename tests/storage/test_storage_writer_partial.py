"""A run that succeeded while records of it failed is partial, in whatever order and poll the two were told."""

from __future__ import annotations

import itertools

import pytest

from core.records import BatchMode, FailedRecord
from storage import schema, writer_partial
from storage.codes import STATUS_OF
from storage.store import Store
from tests.storage.storage_run_log import Log
from tests.storage.storage_samples import at, run

START = run("1", "running", started=30, finished=None)
END = run("1", started=None, finished=10)


@pytest.fixture
def log(store: Store) -> Log:
    return Log(store)


def failed(external_id: str = "1", *, job: str = "sync", minutes: float = 20) -> FailedRecord:
    """A record of a run that did not arrive, so many minutes before NOW."""
    return FailedRecord(
        record_key="7", occurred_at=at(minutes), job=job, run_external_id=external_id, fingerprint="f"
    )


def statuses(log: Log) -> dict[str, str]:
    rows = log.rows(schema.sync_run, "external_id", "status")
    return {str(name): STATUS_OF[status].value for name, status in rows}  # type: ignore[index]


@pytest.mark.parametrize("order", list(itertools.permutations(["start", "record", "end"])), ids="-".join)
def test_each_line_in_a_poll_of_its_own(log: Log, order: tuple[str, ...]) -> None:
    """In any order, each sum moved with it."""
    for line in order:
        if line == "record":
            log.write(mode=BatchMode.DELTA, failed=[failed()])
        else:
            log.write(START if line == "start" else END, mode=BatchMode.DELTA)
    assert statuses(log) == {"1": "partial"}
    assert log.rows(schema.run_hour, "succeeded", "partial") == [(0, 1)]
    log.write(mode=BatchMode.DELTA, failed=[failed()])
    assert log.rows(schema.run_hour, "succeeded", "partial") == [(0, 1)]


def test_only_the_run_of_the_record_is_partial(log: Log) -> None:
    """Neither another job's nor another run's, nor one that ended in another way."""
    others = [run("2"), run("1", job="other"), run("3", "failed"), run("4", "cancelled")]
    log.write(run("1"), *others, mode=BatchMode.DELTA)
    log.write(mode=BatchMode.DELTA, failed=[failed(), failed("3"), failed("4"), failed("5"), failed("")])
    rows = log.rows(schema.sync_run, "external_id", "status")
    assert sorted((str(name), STATUS_OF[status].value) for name, status in rows) == [  # type: ignore[index]
        ("1", "partial"), ("1", "succeeded"), ("2", "succeeded"), ("3", "failed"), ("4", "cancelled"),
    ]  # fmt: skip


def test_a_source_that_tells_all_of_its_runs_is_taken_at_its_word(log: Log) -> None:
    """What it says last of a run stands, records of an earlier answer or not."""
    log.write(run("1", "partial"), failed=[failed()])
    log.write(run("1"))
    assert statuses(log) == {"1": "succeeded"}


def test_a_backlog_looks_nothing_up(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """More runs than come in one poll: what is told in one batch with them counts, the rest costs nothing."""
    monkeypatch.setattr(writer_partial, "MOST_RUNS", 1)
    log.write(mode=BatchMode.DELTA, failed=[failed("1"), failed("2")])
    log.write(run("1"), run("2"), mode=BatchMode.DELTA, failed=[failed("2", minutes=15)])
    assert statuses(log) == {"1": "succeeded", "2": "partial"}


@pytest.mark.parametrize("told", ["apart", "with the end", "with another run"])
def test_what_failed_in_an_earlier_attempt_does_not_make_a_later_one_partial(log: Log, told: str) -> None:
    """Whichever poll tells it, and whatever else that one tells; what failed in the later one does."""
    first = run("1", "failed", started=60, finished=50, attempt=1)
    log.write(first, run("2", "running", started=70, finished=None), mode=BatchMode.DELTA)
    early = [failed(minutes=55)]
    if told != "with the end":
        log.write(mode=BatchMode.DELTA, failed=early)
    others = [run("2", started=None, finished=9)] if told == "with another run" else []
    again = run("1", started=30, finished=10, attempt=2)
    log.write(again, *others, mode=BatchMode.DELTA, failed=early if told == "with the end" else [])
    assert statuses(log)["1"] == "succeeded"
    log.write(mode=BatchMode.DELTA, failed=[failed(minutes=20)])
    assert statuses(log)["1"] == "partial"
