"""The fields of exported records under their own names, in their order, and how each value is written."""

from __future__ import annotations

from datetime import datetime

from storage.queries.rows import FailedRecordRow, RunRow
from storage.selected import AnyRow

Value = str | int | float | bool | None

Exported = dict[str, Value]

RUN_FIELDS = [
    "integration",
    "source",
    "side",
    "external_id",
    "job",
    "status",
    "started_at",
    "finished_at",
    "duration_seconds",
    "trigger",
    "attempt",
    "records_read",
    "records_written",
    "records_skipped",
    "records_failed",
    "bytes",
    "error_origin",
    "error_class",
    "error_code",
    "error_message",
    "url",
]

FAILED_RECORD_FIELDS = [
    "integration",
    "source",
    "side",
    "job",
    "run_external_id",
    "entity",
    "record_key",
    "root_key",
    "operation",
    "attempt",
    "error_origin",
    "error_class",
    "error_code",
    "error_message",
    "fingerprint",
    "payload",
    "occurred_at",
    "file",
    "line",
]

CALL_FIELDS = [
    "integration",
    "source",
    "side",
    "minute",
    "consumer",
    "method",
    "endpoint",
    "status",
    "status_class",
    "calls",
    "latency_p50_seconds",
    "latency_p95_seconds",
]

QUOTA_FIELDS = [
    "integration",
    "source",
    "side",
    "scope",
    "quota",
    "limit",
    "remaining",
    "used_ratio",
    "resets_at",
    "window_seconds",
    "limited",
    "observed_at",
]

FILE_FIELDS = [
    "integration",
    "source",
    "side",
    "name",
    "digest",
    "bytes",
    "delimiter",
    "encoding",
    "header",
    "rows_ok",
    "rows_bad",
    "unchanged",
    "arrived_at",
]


def run_fields(row: RunRow) -> Exported:
    """A run under RUN_FIELDS."""
    run = row.run
    return {
        **owner_fields(row),
        "external_id": run.external_id,
        "job": run.job,
        "status": run.status.value,
        "started_at": iso(run.started_at),
        "finished_at": iso(run.finished_at),
        "duration_seconds": row.seconds,
        "trigger": run.trigger,
        "attempt": run.attempt,
        "records_read": run.records_read,
        "records_written": run.records_written,
        "records_skipped": run.records_skipped,
        "records_failed": run.records_failed,
        "bytes": run.bytes,
        "error_origin": run.error_origin,
        "error_class": run.error_class,
        "error_code": run.error_code,
        "error_message": run.error_message,
        "url": run.url,
    }


def failed_record_fields(row: FailedRecordRow) -> Exported:
    """A failed record under FAILED_RECORD_FIELDS; payload is JSON text, masked when it came."""
    record = row.record
    return {
        **owner_fields(row),
        "job": record.job,
        "run_external_id": record.run_external_id,
        "entity": record.entity,
        "record_key": record.record_key,
        "root_key": record.root_key,
        "operation": record.operation,
        "attempt": record.attempt,
        "error_origin": record.error_origin.value,
        "error_class": record.error_class.value,
        "error_code": record.error_code,
        "error_message": record.error_message,
        "fingerprint": record.fingerprint,
        "payload": record.payload,
        "occurred_at": iso(record.occurred_at),
        "file": record.file,
        "line": record.line,
    }


def iso(at: datetime | None) -> str | None:
    """An instant as ISO 8601 in UTC, such as 2026-11-24T13:30:50+00:00; None for None."""
    return None if at is None else at.isoformat()


def whole(number: float | None) -> int | float | None:
    """5000 rather than 5000.0; a fraction stays one."""
    return int(number) if number is not None and number.is_integer() else number


def owner_fields(row: AnyRow | RunRow | FailedRecordRow) -> Exported:
    """Whose a row is: the fields that every record carries."""
    return {"integration": row.integration, "source": row.source, "side": str(row.side)}
