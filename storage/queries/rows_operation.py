"""What a query tells of the monitor's own work: its looks, its sources, its database, who did what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from core.records import (
    Json,
    PollResult,
    Problem,
    Side,
)


class PollRow(msgspec.Struct, frozen=True, kw_only=True):
    """One look by a collector. duration_seconds: how long it took; problems: the first few bad items."""

    id: int
    integration: str
    source: str
    side: Side
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
