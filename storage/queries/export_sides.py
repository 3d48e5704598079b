"""Both sides of an integration as `export` writes them: steps of single records, and counts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.records import CountReading, Side
from storage.queries.events import event_row_of, events_query
from storage.queries.export_fields import Exported, iso, owner_fields
from storage.queries.exporting import Records, integration_ids, source_ids, streamed
from storage.queries.joined import OWNER, entity
from storage.queries.rows import CountRow, RecordEventRow
from storage.schema import count_reading, integration, record_event, source

RECORD_EVENT_FIELDS = [
    "integration",
    "source",
    "side",
    "event_id",
    "entity",
    "record_key",
    "step",
    "outcome",
    "status",
    "request",
    "response",
    "at",
]

COUNT_FIELDS = ["integration", "source", "side", "entity", "count", "observed_at"]


def export_record_events(
    connection: sa.Connection, integration_key: str | None = None, since: datetime | None = None
) -> Records:
    """RECORD_EVENT_FIELDS of every step taken at or after `since`."""
    event = record_event.c
    for key in integration_ids(connection, integration_key):
        query = events_query().where(event.integration_id == key)
        if since is not None:
            query = query.where(event.at >= to_micros(since))
        for row in streamed(connection, query.order_by(event.at, event.id)):
            yield record_event_fields(event_row_of(row))


def export_counts(
    connection: sa.Connection, integration_key: str | None = None, since: datetime | None = None
) -> Records:
    """COUNT_FIELDS of every count observed at or after `since`, by source and entity."""
    reading = count_reading.c
    query = (
        sa.select(*OWNER, entity.c.value.label("entity"), reading.count.label("records"), reading.observed_at)
        .select_from(count_reading)
        .join(integration, integration.c.id == reading.integration_id)
        .join(source, source.c.id == reading.source_id)
        .join(entity, entity.c.id == reading.entity_id)
    )
    if integration_key is not None:
        query = query.where(integration.c.key == integration_key)
    if since is not None:
        query = query.where(reading.observed_at >= to_micros(since))
    for key in source_ids(connection, integration_key):
        of_source = query.where(reading.source_id == key)
        for row in streamed(connection, of_source.order_by(reading.entity_id, reading.observed_at)):
            observed_at = from_micros(row.observed_at)
            yield count_fields(
                CountRow(
                    integration=row.integration,
                    source=row.source,
                    side=Side(row.side),
                    reading=CountReading(entity=row.entity, count=row.records, observed_at=observed_at),
                )
            )


def record_event_fields(row: RecordEventRow) -> Exported:
    """A step under RECORD_EVENT_FIELDS; request, response: JSON text, masked when they came."""
    event = row.event
    return {
        **owner_fields(row),
        "event_id": event.event_id,
        "entity": event.entity,
        "record_key": event.record_key,
        "step": event.step,
        "outcome": event.outcome,
        "status": event.status,
        "request": event.request,
        "response": event.response,
        "at": iso(event.at),
    }


def count_fields(row: CountRow) -> Exported:
    """A count under COUNT_FIELDS."""
    reading = row.reading
    return {
        **owner_fields(row),
        "entity": reading.entity,
        "count": reading.count,
        "observed_at": iso(reading.observed_at),
    }
