"""How a run ended follows from all that its source says."""

from datetime import UTC, datetime, timedelta

import pytest

from collectors.ending import ended, partly_failed
from core.records import FailedRecord, RunStatus, SyncRun

NOW = datetime(2026, 11, 24, 13, 30, 50, tzinfo=UTC)
START = NOW - timedelta(hours=1)


def run(status: RunStatus = RunStatus.SUCCEEDED, **more: object) -> SyncRun:
    return SyncRun(external_id="1", status=status, **more)  # type: ignore[arg-type]


def failed(run_id: str, job: str = "") -> FailedRecord:
    return FailedRecord(record_key="7", run_external_id=run_id, job=job, occurred_at=NOW)


def test_the_end_follows_from_start_and_duration() -> None:
    """Where the source tells no end (Jenkins, Boomi)."""
    assert ended(run(started_at=START, duration_seconds=61.5), NOW, None).finished_at == START + timedelta(
        seconds=61.5
    )


def test_a_told_end_stands() -> None:
    """Whatever the duration."""
    one = run(started_at=START, finished_at=NOW, duration_seconds=1.0)
    assert ended(one, NOW, None) is one


def test_a_duration_beyond_time_leaves_the_end_unknown() -> None:
    """No exception for nonsense."""
    assert ended(run(started_at=START, duration_seconds=1e300), NOW, None).finished_at is None


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.QUEUED])
def test_an_open_run_has_no_end(status: RunStatus) -> None:
    """A time of last change mapped as the end, or a duration of 0 so far, ends nothing."""
    done = ended(run(status, started_at=START, finished_at=NOW, duration_seconds=0.0), NOW, None)
    assert (done.status, done.finished_at, done.duration_seconds) == (status, None, None)


@pytest.mark.parametrize(
    ("status", "count", "becomes"),
    [
        (RunStatus.SUCCEEDED, 7, RunStatus.PARTIAL),
        (RunStatus.SUCCEEDED, 0, RunStatus.SUCCEEDED),
        (RunStatus.SUCCEEDED, None, RunStatus.SUCCEEDED),
        (RunStatus.FAILED, 7, RunStatus.FAILED),
        (RunStatus.UNKNOWN, 7, RunStatus.UNKNOWN),
    ],
)
def test_success_with_failed_records_is_partial(
    status: RunStatus, count: int | None, becomes: RunStatus
) -> None:
    """Only success: other words of the source stand."""
    assert ended(run(status, records_failed=count), NOW, None).status is becomes


def test_listed_failed_records_make_their_run_partial() -> None:
    """Those of the same job and run; other runs stand."""
    runs = [run(), run(job="b"), run(RunStatus.FAILED, job="c")]
    told = partly_failed(runs, [failed("1"), failed("2", "b"), failed("1", "c")])
    assert [one.status for one in told] == [RunStatus.PARTIAL, RunStatus.SUCCEEDED, RunStatus.FAILED]
