"""The fields of exported records under their own names, in their order, and how each value is written."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Protocol

from core.records import Side
from storage.queries.files import FileRow
from storage.queries.rows import FailedRecordRow, QuotaRow, RunRow
from storage.selected import AnyRow

Value = str | int | float | bool | None

Exported = dict[str, Value]


class Owned(Protocol):
    """A row that says whose it is."""

    @property
    def integration(self) -> str:
        """The integration's key."""

    @property
    def source(self) -> str:
        """The source's name."""

    @property
    def side(self) -> Side:
        """The source's side."""


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


def quota_fields(row: QuotaRow) -> Exported:
    """A reading of a limit under QUOTA_FIELDS; whole numbers are whole."""
    reading = row.reading
    return {
        **owner_fields(row),
        "scope": reading.scope,
        "quota": reading.quota,
        "limit": whole(reading.limit),
        "remaining": whole(reading.remaining),
        "used_ratio": reading.used_ratio,
        "resets_at": iso(reading.resets_at),
        "window_seconds": whole(reading.window_seconds),
        "limited": reading.limited,
        "observed_at": iso(reading.observed_at),
    }


def file_fields(row: FileRow) -> Exported:
    """A delivered file under FILE_FIELDS; header is a JSON list as text."""
    file = row.file
    return {
        **owner_fields(row),
        "name": file.name,
        "digest": file.digest,
        "bytes": file.bytes,
        "delimiter": file.delimiter,
        "encoding": file.encoding,
        "header": json.dumps(file.header, ensure_ascii=False),
        "rows_ok": file.rows_ok,
        "rows_bad": file.rows_bad,
        "unchanged": file.unchanged,
        "arrived_at": iso(file.arrived_at),
    }


def iso(at: datetime | None) -> str | None:
    """An instant as ISO 8601 in UTC, such as 2026-11-24T13:30:50+00:00; None for None."""
    return None if at is None else at.isoformat()


def owner_fields(row: AnyRow | Owned) -> Exported:
    """Whose a row is: the fields that every record carries."""
    return {"integration": row.integration, "source": row.source, "side": str(row.side)}


def whole(number: float | None) -> int | float | None:
    """5000 rather than 5000.0; a fraction stays one."""
    return int(number) if number is not None and number.is_integer() else number
