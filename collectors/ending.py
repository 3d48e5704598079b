"""How a run ended, by all that its source says: when, whether overdue, and whether without all its records (pure)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec

from core.records import OPEN_STATUSES, ErrorClass, ErrorOrigin, FailedRecord, RunStatus, SyncRun

NO_END_SEEN = "no end seen"


def ended(run: SyncRun, now: datetime, stale_after: timedelta | None) -> SyncRun:
    """The run as it is stored.

    One that goes on has no end yet, whatever time its source keeps changing, and is failed where its
    end is overdue; the end of one that has a start and a duration only follows from them; one that
    succeeded with failed records is partial.
    """
    if run.status in OPEN_STATUSES:
        if run.finished_at is not None or run.duration_seconds is not None:
            run = msgspec.structs.replace(run, finished_at=None, duration_seconds=None)
        return stale(run, now, stale_after)
    if run.finished_at is None and run.started_at is not None and run.duration_seconds is not None:
        run = msgspec.structs.replace(run, finished_at=_after(run.started_at, run.duration_seconds))
    if run.records_failed and run.status is RunStatus.SUCCEEDED:
        run = msgspec.structs.replace(run, status=RunStatus.PARTIAL)
    return run


def partly_failed(runs: Sequence[SyncRun], failed: Collection[FailedRecord]) -> Sequence[SyncRun]:
    """The runs, those that succeeded partial where one of these records of theirs failed."""
    if not failed:
        return runs
    without = {(record.job, record.run_external_id) for record in failed}
    return [
        msgspec.structs.replace(run, status=RunStatus.PARTIAL)
        if run.status is RunStatus.SUCCEEDED and (run.job, run.external_id) in without
        else run
        for run in runs
    ]


def _after(start: datetime, seconds: float) -> datetime | None:
    try:
        return start + timedelta(seconds=seconds)
    except OverflowError:
        return None


def stale(run: SyncRun, now: datetime, stale_after: timedelta | None) -> SyncRun:
    """The run, failed as of the instant its end was overdue; as it is where that is not reached.

    The instant follows from the run alone, so a run seen again is the same run; and if its end comes
    after all, what the source says replaces this.
    """
    if stale_after is None or run.started_at is None or run.status not in OPEN_STATUSES:
        return run
    overdue_at = _after(run.started_at, stale_after.total_seconds())
    if overdue_at is None or now < overdue_at:
        return run
    return msgspec.structs.replace(
        run,
        status=RunStatus.FAILED,
        finished_at=overdue_at,
        error_origin=ErrorOrigin.UNKNOWN,
        error_class=ErrorClass.UNKNOWN,
        error_message=run.error_message or NO_END_SEEN,
    )
