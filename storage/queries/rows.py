"""What the queries give back: frozen rows in the vocabulary's own words, instants aware in UTC."""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.records import (
    CountReading,
    CredentialReading,
    ErrorClass,
    ErrorOrigin,
    FailedRecord,
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


class QuotaRow(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of a quota: limit and remaining in requests, used_ratio in [0, 1] (None: unknown)."""

    integration: str
    source: str
    side: Side
    reading: QuotaReading


class CredentialRow(msgspec.Struct, frozen=True, kw_only=True):
    """The latest reading of the key that a source uses."""

    integration: str
    source: str
    side: Side
    reading: CredentialReading
