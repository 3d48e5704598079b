"""Which fields each kind of pushed event has, and what it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from collectors.event_fields import (
    COUNT,
    FLAG,
    HTTP_STATUS,
    LATENCY,
    NUMBER,
    PAYLOAD,
    SECONDS,
    TEXT,
    TIME,
    Field,
    word_of,
)
from collectors.source import CALLS, COUNTS, CREDENTIALS, FAILED_RECORDS, QUOTAS, RECORD_EVENTS, RUNS
from core.records import (
    ApiCalls,
    CountReading,
    CredentialReading,
    ErrorClass,
    ErrorOrigin,
    FailedRecord,
    QuotaReading,
    RecordEvent,
    RunStatus,
    SyncRun,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event. record: what it becomes; at: the field that says when it was."""

    record: Callable[..., object]
    fields: Mapping[str, Field]
    required: tuple[str, ...]
    at: tuple[str, ...]


_ERROR = {
    "error_origin": word_of(ErrorOrigin),
    "error_class": word_of(ErrorClass),
    "error_code": TEXT,
    "error_message": TEXT,
}

KINDS: Mapping[str, Kind] = {
    RUNS: Kind(
        SyncRun,
        {
            "external_id": TEXT,
            "job": TEXT,
            "status": word_of(RunStatus),
            "started_at": TIME,
            "finished_at": TIME,
            "duration_seconds": SECONDS,
            "trigger": TEXT,
            "attempt": COUNT,
            "records_read": COUNT,
            "records_written": COUNT,
            "records_skipped": COUNT,
            "records_failed": COUNT,
            "bytes": COUNT,
            **_ERROR,
            "url": TEXT,
        },
        ("external_id", "status"),
        ("finished_at", "started_at"),
    ),
    FAILED_RECORDS: Kind(
        FailedRecord,
        {
            "record_key": TEXT,
            "occurred_at": TIME,
            "entity": TEXT,
            "job": TEXT,
            "run_external_id": TEXT,
            "root_key": TEXT,
            "operation": TEXT,
            "attempt": COUNT,
            **_ERROR,
            "payload": PAYLOAD,
            "file": TEXT,
            "line": COUNT,
        },
        ("record_key", "occurred_at"),
        ("occurred_at",),
    ),
    RECORD_EVENTS: Kind(
        RecordEvent,
        {
            "event_id": TEXT,
            "entity": TEXT,
            "record_key": TEXT,
            "step": TEXT,
            "outcome": TEXT,
            "at": TIME,
            "status": HTTP_STATUS,
            "request": PAYLOAD,
            "response": PAYLOAD,
        },
        ("entity", "record_key", "step", "outcome", "at"),
        ("at",),
    ),
    COUNTS: Kind(
        CountReading,
        {"entity": TEXT, "count": COUNT, "observed_at": TIME},
        ("entity", "count", "observed_at"),
        ("observed_at",),
    ),
    CALLS: Kind(
        ApiCalls,
        {
            "minute": TIME,
            "method": TEXT,
            "endpoint": TEXT,
            "status": HTTP_STATUS,
            "calls": COUNT,
            "consumer": TEXT,
            "latency_seconds": LATENCY,
        },
        ("minute", "method", "endpoint", "status"),
        ("minute",),
    ),
    QUOTAS: Kind(
        QuotaReading,
        {
            "scope": TEXT,
            "quota": TEXT,
            "observed_at": TIME,
            "limit": NUMBER,
            "remaining": NUMBER,
            "resets_at": TIME,
            "window_seconds": SECONDS,
            "limited": FLAG,
        },
        ("scope", "quota", "observed_at"),
        ("observed_at",),
    ),
    CREDENTIALS: Kind(
        CredentialReading,
        {"observed_at": TIME, "valid": FLAG, "reason": TEXT, "expires_at": TIME},
        ("observed_at",),
        ("observed_at",),
    ),
}
"""Every kind of event, by the name of its list in `Batch`."""

SINGULAR = {name.removesuffix("s"): name for name in KINDS}
"""The word for one event of a kind → the kind's name."""
