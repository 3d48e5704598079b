"""What the queries give back: frozen rows in the vocabulary's own words, instants aware in UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec

from core.facts import Facts
from core.records import (
    CountReading,
    CredentialReading,
    ErrorClass,
    ErrorOrigin,
    FailedRecord,
    Json,
    PollResult,
    Problem,
    QuotaReading,
    RecordEvent,
    Side,
    SyncRun,
)


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run, open or ended. id: unique among open or among ended runs; first_seen_at: our clock."""

    id: int
    integration: str
    source: str
    side: Side
    run: SyncRun
    first_seen_at: datetime
    changed_at: datetime

    @property
    def seconds(self) -> float | None:
        """The duration in seconds: as told, or finish less start; None while one of them is missing."""
        run = self.run
        if run.duration_seconds is not None or run.started_at is None or run.finished_at is None:
            return run.duration_seconds
        return (run.finished_at - run.started_at).total_seconds()


class FailedRecordRow(msgspec.Struct, frozen=True, kw_only=True):
    """One record that did not arrive; `group_id` is its error group's id."""

    id: int
    integration: str
    source: str
    side: Side
    record: FailedRecord
    group_id: int | None
    first_seen_at: datetime


class ErrorGroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """One cause. count: failed records of it ever stored; state: open | acknowledged | resolved | ignored.

    state_at: when a person set the state; regressed_at: when a record later than `resolved` opened it again,
    None once that is settled; assigned_to: who looks after it.
    """

    id: int
    integration: str
    fingerprint: str
    error_origin: ErrorOrigin
    error_class: ErrorClass
    error_code: str | None
    message: str
    state: str
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    state_at: datetime | None = None
    regressed_at: datetime | None = None
    assigned_to: str | None = None


class GroupNote(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wrote about a cause."""

    at: datetime
    actor: str
    note: str


class GroupTrend(msgspec.Struct, frozen=True, kw_only=True):
    """How a cause goes. hours: failed records of the last 24 UTC hours, oldest first, the current one last.

    last_day: their sum; day_before: that of the 24 hours before; rising: more of late than before.
    """

    hours: tuple[int, ...]
    last_day: int
    day_before: int

    @property
    def rising(self) -> bool:
        """Whether more records failed in the last day than in the day before."""
        return self.last_day > self.day_before


class FailedRecordHistory(msgspec.Struct, frozen=True, kw_only=True):
    """One failed record with what belongs to it. run: its run's summary, None where that is not stored.

    attempts: all failures of the same record of the same entity, the first first, itself among them.
    """

    failed: FailedRecordRow
    run: RunRow | None
    attempts: tuple[FailedRecordRow, ...]


class RecordEventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One step of one record on one side, requests and responses as masked JSON text."""

    id: int
    integration: str
    source: str
    side: Side
    event: RecordEvent
    first_seen_at: datetime


class CountRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many records of an entity one side held when it was looked at."""

    integration: str
    source: str
    side: Side
    reading: CountReading


class PollRow(msgspec.Struct, frozen=True, kw_only=True):
    """One look by a collector. duration_seconds: how long it took; problems: the first few bad items."""

    id: int
    integration: str
    source: str
    started_at: datetime
    finished_at: datetime
    duration_seconds: float
    result: PollResult
    error: str | None
    permanent: bool
    records: int
    items: int
    bad_items: int
    bytes: int
    requests: int
    problems: Sequence[Problem]
    not_before: datetime | None
    truncated: bool


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One action of a person or of the program itself: who did what to what, and the details."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Json


class QuotaRow(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of a quota: limit and remaining in requests, used_ratio in [0, 1] (None: unknown)."""

    integration: str
    source: str
    side: Side
    reading: QuotaReading


class QuotaHour(msgspec.Struct, frozen=True, kw_only=True):
    """One limit in one UTC hour. samples: readings; refusals: those that were a refusal for the limit.

    limit: the last one told; least_remaining: the tightest of the hour, in requests; most_used_ratio:
    in [0, 1]; each None where no reading told it.
    """

    scope: str
    quota: str
    at: datetime
    samples: int
    refusals: int
    limit: float | None
    least_remaining: float | None
    most_used_ratio: float | None


class CredentialRow(msgspec.Struct, frozen=True, kw_only=True):
    """The latest reading of the key that a source uses."""

    integration: str
    source: str
    side: Side
    reading: CredentialReading


class RunPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Ended runs of one hour or day, by `finished_at`. records_*: None where no run told a count.

    failure_ratio: failed of counted (succeeded + partial + failed), None without counted runs;
    duration_p50_seconds, duration_p95_seconds: None where no run has a duration.
    """

    at: datetime
    succeeded: int = 0
    partial: int = 0
    failed: int = 0
    cancelled: int = 0
    skipped: int = 0
    unknown: int = 0
    records_read: int | None = None
    records_written: int | None = None
    records_skipped: int | None = None
    records_failed: int | None = None
    duration_p50_seconds: float | None = None
    duration_p95_seconds: float | None = None

    @property
    def counted(self) -> int:
        """Runs inside the ratios."""
        return self.succeeded + self.partial + self.failed


class CallPoint(msgspec.Struct, frozen=True, kw_only=True):
    """API calls of one minute, hour or day. classes: calls by status class (`2xx` … `invalid`).

    statuses: calls by (source name, HTTP status; 0 not readable), for deciding what is an error;
    latency_p50_seconds, latency_p95_seconds: None where no call has a latency.
    """

    at: datetime
    calls: int
    classes: Mapping[str, int]
    statuses: Mapping[tuple[str, int], int]
    latency_p50_seconds: float | None = None
    latency_p95_seconds: float | None = None


class EndpointRow(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of one endpoint over a stretch of time, as in `CallPoint`."""

    source: str
    consumer: str
    method: str
    endpoint: str
    calls: int
    statuses: Mapping[tuple[str, int], int]
    latency_p50_seconds: float | None = None
    latency_p95_seconds: float | None = None


class DayCell(msgspec.Struct, frozen=True, array_like=True):
    """One local day of the strip: ended runs by `finished_at`; other: cancelled, skipped and unknown."""

    day: date
    succeeded: int = 0
    partial: int = 0
    failed: int = 0
    other: int = 0

    @property
    def counted(self) -> int:
        """Runs inside the ratio."""
        return self.succeeded + self.partial + self.failed


class OverviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """One integration as the snapshot holds it: facts at the refresh, and facts of 24 hours before.

    before: None where they were not computed yet; strip: of the last 30 local days of the
    installation's zone those that had runs, oldest first.
    """

    integration: str
    refreshed_at: datetime
    facts: Facts
    before: Facts | None
    strip: tuple[DayCell, ...]


class SourceState(msgspec.Struct, frozen=True, kw_only=True):
    """One source of the configuration, how it was last seen, and what it cost in the last 24 hours.

    every_seconds: the wanted distance of polls; next_due_at: when it is looked at next (the last look +
    every, not before `not_before`), None before its first; failures_in_a_row: failed polls since the last
    good one; retired: no longer in the configuration. last_record_at: when it last
    brought a record. The *_24h columns are sums over polls.
    """

    integration: str
    name: str
    type: str
    side: Side
    every_seconds: float | None
    required: bool
    retired: bool
    known_since: datetime
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_result: PollResult | None = None
    last_error: str | None = None
    last_duration_seconds: float | None = None
    last_records: int | None = None
    last_bad_items: int = 0
    last_problems: Sequence[Problem] = ()
    last_record_at: datetime | None = None
    not_before: datetime | None = None
    next_due_at: datetime | None = None
    failures_in_a_row: int = 0
    polls_24h: int = 0
    failed_polls_24h: int = 0
    requests_24h: int = 0
    bytes_24h: int = 0
    bad_items_24h: int = 0


class DatabaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The database itself. size_bytes: None where it cannot be told; rows: by table, estimated on big ones.

    oldest_run_at, newest_run_at: `finished_at` of the first and last stored run.
    """

    engine: str
    version: str
    size_bytes: int | None
    rows: Mapping[str, int]
    oldest_run_at: datetime | None
    newest_run_at: datetime | None
    revision: str | None
