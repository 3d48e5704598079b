"""Takes out what is older than it is kept: whole buckets, in chunks, so that writes go on between."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from core.clock import to_micros
from storage import schema
from storage.chunks import delete_where
from storage.days import hour_of
from storage.keys import Pruned
from storage.pruned import note_pruned
from storage.retention_alerts import EVALUATIONS_KEPT, EVENTS_KEPT, prune_messages, prune_states
from storage.store import Store

if TYPE_CHECKING:
    from core.settings import Retention


def raw_horizon(retention: Retention, now: datetime) -> datetime:
    """What is older is neither kept nor taken: the start of the hour that `raw` reaches back to."""
    at = now - retention.raw
    return at.replace(minute=0, second=0, microsecond=0)


_Column = tuple[sa.Table, str]

_RAW: tuple[_Column, ...] = ((schema.sync_run, "at"), (schema.open_run, "started_at"))
_FILES: tuple[_Column, ...] = ((schema.file_delivery, "arrived_at"),)
_FAILED: tuple[_Column, ...] = ((schema.failed_record, "occurred_at"),)
_OURS: tuple[_Column, ...] = (
    (schema.poll, "started_at"),
    (schema.credential, "observed_at"),
    (schema.pushed, "at"),
)
_EVENTS: tuple[_Column, ...] = ((schema.record_event, "at"),)
_COUNTS: tuple[_Column, ...] = ((schema.count_reading, "observed_at"),)
_MINUTES: tuple[_Column, ...] = (
    (schema.call_minute, "minute"),
    (schema.call_minute_latency, "minute"),
    (schema.quota_sample, "observed_at"),
)
_HOURS: tuple[_Column, ...] = (
    (schema.run_hour, "hour"),
    (schema.run_hour_duration, "hour"),
    (schema.call_hour, "hour"),
    (schema.call_hour_latency, "hour"),
    (schema.quota_hour, "hour"),
    (schema.group_hour, "hour"),
)
_DAYS: tuple[_Column, ...] = (
    (schema.run_day, "day"),
    (schema.run_day_duration, "day"),
    (schema.call_day, "day"),
    (schema.call_day_latency, "day"),
)


def prune(store: Store, retention: Retention, now: datetime) -> Pruned:
    """Prune every table by its retention; rollups stay longer than the raw rows they came from."""

    def take(tables: tuple[_Column, ...], kept: timedelta | None) -> int:
        if kept is None:
            return 0
        before = hour_of(to_micros(now - kept))
        return sum(_prune_table(store, table, column, before) for table, column in tables)

    pruned = Pruned(
        runs=take(_RAW, retention.raw),
        failed_records=take(_FAILED, retention.failed_records),
        minutes=take(_MINUTES, retention.minute),
        hours=take(_HOURS, retention.hour),
        days=take(_DAYS, retention.day),
        polls=take(_OURS, retention.raw),
        record_events=take(_EVENTS, retention.raw),
        counts=take(_COUNTS, retention.raw),
        files=take(_FILES, retention.raw),
        evaluations=take(((schema.evaluation, "at"),), EVALUATIONS_KEPT),
        alert_events=take(((schema.alert_event, "at"),), EVENTS_KEPT),
        messages=prune_messages(store, now),
    )
    prune_states(store, now)
    store.transact(store.engine.tidy)
    return pruned


def _prune_table(store: Store, table: sa.Table, column: str, before: int) -> int:
    """Take out the rows before an instant (epoch µs); how many went."""
    engine = store.engine
    store.transact(lambda connection: note_pruned(connection, engine, table, before))
    gone = store.transact(lambda connection: engine.drop_before(connection, table, before))
    for lead in _leads(store, table, column, before):
        old = sa.and_(table.c[column] < before, lead)
        gone += delete_where(store, table, old)
    return gone


def _leads(store: Store, table: sa.Table, column: str, before: int) -> list[sa.ColumnElement[bool]]:
    """Conditions that together hold for every old row, each a stretch of an index of the table.

    Without them the last chunk would read all of a large table to find nothing more to delete.
    """
    name = next((name for name in ("integration_id", "group_id", "scope_id") if name in table.c), None)
    by_time = (
        schema.poll,
        schema.quota_sample,
        schema.credential,
        schema.count_reading,
        schema.file_delivery,
        schema.open_run,
        schema.evaluation,
        schema.alert_event,
    )
    if name is None or table in by_time:
        return [sa.true()]
    if name == "integration_id":
        every: sa.FromClause = schema.integration
        owner: sa.ColumnElement[int] = schema.integration.c.id
    else:
        every = sa.select(table.c[name]).distinct().subquery("owners")
        owner = every.c[name]
    # Most have nothing that is old: they are told from the others by one question, not by a write each.
    any_old = sa.exists().where(table.c[name] == owner, table.c[column] < before)
    owners = sa.select(owner).where(any_old.correlate(every))
    with store.read() as connection:
        return [table.c[name] == value for value in connection.execute(owners).scalars()]
