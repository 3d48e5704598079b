"""Makes the partitions that a batch's times need, where tables are kept by month."""

from __future__ import annotations

from datetime import datetime

from core.clock import to_micros
from core.records import Batch
from storage import schema
from storage.store import Store


def make_room(store: Store, batch: Batch, now: datetime) -> None:
    """Prepare the tables for every instant in the batch, before the transaction that stores it."""
    if not store.engine.partitioned:
        return
    instants = {to_micros(now)}
    for run in batch.runs:
        duration = round((run.duration_seconds or 0) * 1_000_000)
        started = [to_micros(run.started_at), to_micros(run.started_at) + duration] if run.started_at else []
        instants.update(started, [to_micros(run.finished_at)] if run.finished_at else [])
    store.prepare(schema.sync_run, instants)
    store.prepare(schema.failed_record, {to_micros(one.occurred_at) for one in batch.failed_records})
    store.prepare(schema.record_event, {to_micros(one.at) for one in batch.record_events})
    minutes = {to_micros(one.minute) for one in batch.calls}
    store.prepare(schema.call_minute, minutes)
    store.prepare(schema.call_minute_latency, minutes)
