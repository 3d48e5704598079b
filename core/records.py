"""The vocabulary: what each collected fact is called and what it holds.

Records are frozen msgspec structs: they cost a third of a frozen dataclass to make, and a sync log
makes hundreds of thousands (docs/adr/0003). Instants are aware UTC; names carry their units; ratios
are in [0, 1]; what is not known is None, never 0. `integration`, `source` and `side` are not fields
here: a record gets them from the source that brought it when it is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from core.histogram import Histogram
from core.terms import (
    COUNTED_STATUSES,
    OPEN_STATUSES,
    BatchMode,
    ErrorClass,
    ErrorOrigin,
    PollResult,
    RunStatus,
    Side,
    StatusClass,
)

__all__ = [
    "COUNTED_STATUSES",
    "OPEN_STATUSES",
    "ApiCalls",
    "Batch",
    "BatchMode",
    "CountReading",
    "CredentialReading",
    "Cursor",
    "ErrorClass",
    "ErrorOrigin",
    "FailedRecord",
    "FileDelivery",
    "Json",
    "Poll",
    "PollResult",
    "Problem",
    "QuotaReading",
    "RecordEvent",
    "RunStatus",
    "Side",
    "StatusClass",
    "SyncRun",
]

type_json = str | int | float | bool | None
Json = type_json | Sequence["Json"] | Mapping[str, "Json"]

Cursor = Mapping[str, Json]
"""Where a source's next poll goes on; only the source reads it. An empty one means from the start."""


class SyncRun(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One run of a sync. Identity: (source, job, external_id)."""

    external_id: str
    status: RunStatus
    job: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    duration_seconds: float | None = None
    trigger: str | None = None
    attempt: int | None = None
    records_read: int | None = None
    records_written: int | None = None
    records_skipped: int | None = None
    records_failed: int | None = None
    bytes: int | None = None
    error_origin: ErrorOrigin | None = None
    error_class: ErrorClass | None = None
    error_code: str | None = None
    error_message: str | None = None
    url: str | None = None


class FailedRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One record that did not arrive.

    Identity: (source, job, run_external_id, entity, record_key, attempt, fingerprint). `payload` is
    JSON text, masked on arrival. `root_key` names the record that holds this one back.
    """

    record_key: str
    occurred_at: datetime
    entity: str = ""
    job: str = ""
    run_external_id: str = ""
    root_key: str | None = None
    operation: str | None = None
    attempt: int = 1
    error_origin: ErrorOrigin = ErrorOrigin.UNKNOWN
    error_class: ErrorClass = ErrorClass.UNKNOWN
    error_code: str | None = None
    error_message: str = ""
    fingerprint: str = ""
    payload: str | None = None
    file: str | None = None
    line: int | None = None


class RecordEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One step of one record on one side. Identity: (source, event_id); bodies are masked JSON text."""

    event_id: str
    entity: str
    record_key: str
    step: str
    outcome: str
    at: datetime
    status: int | None = None
    request: str | None = None
    response: str | None = None


class CountReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How many records one side holds. Identity: (source, entity, observed_at)."""

    entity: str
    count: int
    observed_at: datetime


class ApiCalls(msgspec.Struct, frozen=True, kw_only=True):
    """Calls in one minute. Identity: (source, minute, consumer, method, endpoint, status).

    minute: the minute's start; status: 0 where none could be read (class `invalid`); endpoint: a
    template such as `/users/{id}`; latency: durations in seconds of those calls that have one.
    """

    minute: datetime
    method: str
    endpoint: str
    status: int
    calls: int
    consumer: str = ""
    latency: Histogram = msgspec.field(default_factory=Histogram)

    @property
    def status_class(self) -> StatusClass:
        """The class of `status`."""
        return StatusClass.of(self.status)


class QuotaReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A rate limit as seen. Identity: (scope, quota, observed_at).

    limit, remaining: requests, None where the answer did not say; used_ratio: in [0, 1], None
    without a positive limit; limited: this answer was a refusal for the limit.
    """

    scope: str
    quota: str
    observed_at: datetime
    limit: float | None = None
    remaining: float | None = None
    resets_at: datetime | None = None
    window_seconds: float | None = None
    limited: bool = False

    @property
    def used_ratio(self) -> float | None:
        """The part of the limit that is used, in [0, 1]; None where limit or remaining is unknown."""
        if not self.limit or self.limit < 0 or self.remaining is None:
            return None
        return min(1.0, max(0.0, 1.0 - self.remaining / self.limit))


class CredentialReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A key as seen. Identity: (source, observed_at). valid: None when the answer does not tell."""

    observed_at: datetime
    valid: bool | None
    reason: str = ""
    expires_at: datetime | None = None


class FileDelivery(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One CSV file as delivered. Identity: (source, contract day, digest); a copy is counted, not stored.

    contract_day: in the zone of the contract, None for the UTC day of `arrived_at`; violations: short
    words for the rules of the contract that the file as a whole broke, bad rows not among them; unchanged: the same bytes as on the day of
    deliveries before.
    """

    name: str
    digest: str
    bytes: int
    arrived_at: datetime
    delimiter: str | None = None
    encoding: str | None = None
    header: Sequence[str] = ()
    rows_ok: int = 0
    rows_bad: int = 0
    unchanged: bool = False
    contract_day: date | None = None
    violations: Sequence[str] = ()


class Problem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something in the input that could not be read: counted, named, and never a reason to stop.

    kind: a short stable word (`bad_line`, `bad_time`, `unmapped_status`, `truncated`, …); where: the
    file and line or the item; message: what is wrong and what to do; count: how many alike.
    """

    kind: str
    where: str
    message: str
    count: int = 1


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one step of a poll brought, and the cursor that stands after it.

    The runner writes records and cursor in one transaction. `items`: how many lines or items were
    looked at, good or bad; `bytes`: how many bytes; `requests`: HTTP calls made; `last`: nothing
    follows it in this poll, so that how the poll went may be stored with it.
    """

    cursor: Cursor
    mode: BatchMode = BatchMode.ABSOLUTE
    runs: Sequence[SyncRun] = ()
    failed_records: Sequence[FailedRecord] = ()
    record_events: Sequence[RecordEvent] = ()
    counts: Sequence[CountReading] = ()
    calls: Sequence[ApiCalls] = ()
    quotas: Sequence[QuotaReading] = ()
    credentials: Sequence[CredentialReading] = ()
    files: Sequence[FileDelivery] = ()
    problems: Sequence[Problem] = ()
    items: int = 0
    bytes: int = 0
    requests: int = 0
    last: bool = False

    @property
    def records(self) -> int:
        """How many records it carries, of any kind."""
        return (
            len(self.runs)
            + len(self.failed_records)
            + len(self.record_events)
            + len(self.counts)
            + len(self.calls)
            + len(self.quotas)
            + len(self.credentials)
            + len(self.files)
        )


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """One look by a collector at its source. Identity: (source, started_at).

    bad_items: lines or items that could not be read; problems: the first few of them, by name;
    not_before: no poll of this source before then (a `Retry-After`); truncated: there was more.
    """

    started_at: datetime
    finished_at: datetime
    result: PollResult
    error: str | None = None
    permanent: bool = False
    records: int = 0
    items: int = 0
    bad_items: int = 0
    bytes: int = 0
    requests: int = 0
    problems: Sequence[Problem] = ()
    not_before: datetime | None = None
    truncated: bool = False

    @property
    def duration(self) -> timedelta:
        """How long the look took."""
        return self.finished_at - self.started_at
