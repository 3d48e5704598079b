"""Turns stored rows into the vocabulary's records: codes into words, microseconds into instants."""

from __future__ import annotations

from datetime import datetime

from core.clock import from_micros
from core.records import ErrorClass, ErrorOrigin, FailedRecord, QuotaReading, Side, SyncRun
from storage.codes import CLASS_OF, ORIGIN_OF, STATUS_OF, GroupState
from storage.payloads import unpack_payload
from storage.queries.rows import ErrorGroupRow, FailedRecordRow, RunRow
from storage.selected import AnyRow


def instant(micros: int | None) -> datetime | None:
    """A stored instant; None for NULL."""
    return None if micros is None else from_micros(micros)


def seconds(micros: int | None) -> float | None:
    """A stored duration in seconds; None for NULL."""
    return None if micros is None else micros / 1_000_000


def origin_of(code: int | None) -> ErrorOrigin | None:
    """A stored origin; None for NULL."""
    return None if code is None else ORIGIN_OF[code]


def class_of(code: int | None) -> ErrorClass | None:
    """A stored error class; None for NULL."""
    return None if code is None else CLASS_OF[code]


def sync_run_of(row: AnyRow) -> SyncRun:
    """A row of `runs_query` as the record it was."""
    return SyncRun(
        external_id=row.external_id,
        job=row.job,
        status=STATUS_OF[row.status],
        started_at=instant(row.started_at),
        finished_at=instant(row.finished_at),
        duration_seconds=seconds(row.duration),
        trigger=row.trigger,
        attempt=row.attempt,
        records_read=row.records_read,
        records_written=row.records_written,
        records_skipped=row.records_skipped,
        records_failed=row.records_failed,
        bytes=row.bytes,
        error_origin=origin_of(row.error_origin),
        error_class=class_of(row.error_class),
        error_code=row.error_code,
        error_message=row.error_message,
        url=row.url,
    )


def run_row_of(row: AnyRow) -> RunRow:
    """A row of `runs_query` with what it belongs to."""
    return RunRow(
        id=row.id,
        integration=row.integration,
        source=row.source,
        side=Side(row.side),
        run=sync_run_of(row),
        first_seen_at=from_micros(row.first_seen_at),
        changed_at=from_micros(row.changed_at),
    )


def failed_record_of(row: AnyRow) -> FailedRecord:
    """A row of `failed_records_query` as the record it was."""
    return FailedRecord(
        record_key=row.record_key,
        occurred_at=from_micros(row.occurred_at),
        entity=row.entity,
        job=row.job,
        run_external_id=row.run_external_id,
        root_key=row.root_key,
        operation=row.operation,
        attempt=row.attempt,
        error_origin=ORIGIN_OF[row.error_origin],
        error_class=CLASS_OF[row.error_class],
        error_code=row.error_code,
        error_message=row.error_message,
        fingerprint=row.fingerprint,
        payload=unpack_payload(row.payload),
        file=row.file,
        line=row.line,
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


def failed_record_row_of(row: AnyRow) -> FailedRecordRow:
    """A row of `failed_records_query` with what it belongs to."""
    return FailedRecordRow(
        id=row.id,
        integration=row.integration,
        source=row.source,
        side=Side(row.side),
        record=failed_record_of(row),
        group_id=row.group_id,
        first_seen_at=from_micros(row.first_seen_at),
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
