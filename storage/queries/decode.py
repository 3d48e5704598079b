"""Turns stored rows into the vocabulary's records: codes into words, microseconds into instants."""

from __future__ import annotations

from core.clock import from_micros
from core.records import FailedRecord, QuotaReading, Side, SyncRun
from storage.codes import CLASS_OF, ORIGIN_OF, STATUS_OF, GroupState
from storage.instants import instant
from storage.payloads import unpack_payload
from storage.queries.rows import ErrorGroupRow, FailedRecordRow, QuotaRow, RunRow
from storage.selected import AnyRow

SIDE_OF = {side.value: side for side in Side}


def seconds(micros: int | None) -> float | None:
    """A stored duration in seconds; None for NULL."""
    return None if micros is None else micros / 1_000_000


def run_row_of(row: AnyRow) -> RunRow:
    """A row of `runs_query` with what it belongs to.

    Taken apart at once: a page reads a thousand values, and by name each costs three times as much.
    """
    integration, source, side, run_id, external_id, job, status, started, finished, duration, *facts = row
    trigger, attempt, read, written, skipped, failed, size, origin, kind, code, message, url, *seen = facts
    run = SyncRun(
        external_id=external_id,
        job=job,
        status=STATUS_OF[status],
        started_at=None if started is None else from_micros(started),
        finished_at=None if finished is None else from_micros(finished),
        duration_seconds=None if duration is None else duration / 1_000_000,
        trigger=trigger,
        attempt=attempt,
        records_read=read,
        records_written=written,
        records_skipped=skipped,
        records_failed=failed,
        bytes=size,
        error_origin=None if origin is None else ORIGIN_OF[origin],
        error_class=None if kind is None else CLASS_OF[kind],
        error_code=code,
        error_message=message,
        url=url,
    )
    return RunRow(
        id=run_id,
        integration=integration,
        source=source,
        side=SIDE_OF[side],
        run=run,
        first_seen_at=from_micros(seen[0]),
        changed_at=from_micros(seen[1]),
    )


def sync_run_of(row: AnyRow) -> SyncRun:
    """A row of `runs_query` as the record it was."""
    return run_row_of(row).run


def failed_record_row_of(row: AnyRow) -> FailedRecordRow:
    """A row of `failed_records_query` with what it belongs to; taken apart at once, as `run_row_of` does."""
    integration, source, side, row_id, group_id, occurred, job, run_external_id, entity, *facts = row
    key, root, operation, attempt, origin, kind, code, message, fingerprint, payload, file, line, seen = facts
    record = FailedRecord(
        record_key=key,
        occurred_at=from_micros(occurred),
        entity=entity,
        job=job,
        run_external_id=run_external_id,
        root_key=root,
        operation=operation,
        attempt=attempt,
        error_origin=ORIGIN_OF[origin],
        error_class=CLASS_OF[kind],
        error_code=code,
        error_message=message,
        fingerprint=fingerprint,
        payload=unpack_payload(payload),
        file=file,
        line=line,
    )
    return FailedRecordRow(
        id=row_id,
        integration=integration,
        source=source,
        side=SIDE_OF[side],
        record=record,
        group_id=group_id,
        first_seen_at=from_micros(seen),
    )


def error_group_row_of(row: AnyRow) -> ErrorGroupRow:
    """A row of `error_groups_query`."""
    return ErrorGroupRow(
        id=row.id,
        integration=row.key,
        fingerprint=row.fingerprint,
        error_origin=ORIGIN_OF[row.error_origin],
        error_class=CLASS_OF[row.error_class],
        error_code=row.error_code,
        message=row.message,
        state=GroupState(row.state).name.lower(),
        count=row.records,
        first_seen_at=from_micros(row.first_seen_at),
        last_seen_at=from_micros(row.last_seen_at),
        state_at=instant(row.state_at),
        regressed_at=instant(row.regressed_at),
        assigned_to=row.assigned_to,
    )


def quota_reading_of(row: AnyRow) -> QuotaReading:
    """A row with the columns of `quota_samples_query` as the reading it was."""
    return QuotaReading(
        scope=row.scope,
        quota=row.quota,
        observed_at=from_micros(row.observed_at),
        limit=row.limit,
        remaining=row.remaining,
        resets_at=instant(row.resets_at),
        window_seconds=row.window_seconds,
        limited=bool(row.limited),
    )


def quota_row_of(row: AnyRow) -> QuotaRow:
    """A row of `quota_samples_query` with what it belongs to."""
    return QuotaRow(
        integration=row.integration,
        source=row.source,
        side=SIDE_OF[row.side],
        reading=quota_reading_of(row),
    )
