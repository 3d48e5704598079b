"""Stores the steps of records and the counts of both sides: each event and each reading once."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from core.clock import to_micros
from core.records import CountReading, RecordEvent
from storage import schema
from storage.dictionary import PAYLOAD_LENGTH, clean, clean_name
from storage.engine import Row
from storage.identities import identity_of, stored_rows
from storage.payloads import pack_payload
from storage.writing import Tally, Writing

COLUMNS = (
    "integration_id",
    "source_id",
    "at",
    "identity",
    "event_id",
    "entity_id",
    "record_key",
    "step_id",
    "outcome_id",
    "status",
    "request",
    "response",
    "first_seen_at",
    "changed_at",
)
_AT, _CONTENT = 2, len(COLUMNS) - 2


def write_record_events(writing: Writing, events: Sequence[RecordEvent]) -> Tally:
    """Store what is new or changed of these events, by (source, event_id).

    An event happens once: met again, it keeps its earliest time, so that one whose source tells no
    time stays where it was first seen.
    """
    tally = Tally()
    kept: dict[int, RecordEvent] = {}
    source = str(writing.source_id)
    for event in events:
        if writing.refuses(to_micros(event.at)):
            tally.refused += 1
        else:
            kept[identity_of(source, event.event_id)] = event
    tally.duplicates = len(events) - tally.refused - len(kept)
    if not kept:
        return tally
    texts = writing.texts.ids(
        writing.connection, {name for one in kept.values() for name in (one.entity, one.step, one.outcome)}
    )
    stored = stored_rows(writing, schema.record_event, COLUMNS, list(kept))
    new, changed = [], []
    for identity, event in kept.items():
        old = stored.get(identity)
        row = _row(writing, event, identity, texts, None if old is None else old[1 + _AT])  # type: ignore[arg-type]
        if old is None:
            new.append(row)
        elif old[1 : 1 + _CONTENT] == row[:_CONTENT]:
            tally.duplicates += 1
        else:
            changed.append((*row[:_CONTENT], old[1 + _CONTENT], writing.now, old[0], old[1 + _AT]))
    tally.stored = len(new) + len(changed)
    writing.statements.insert(writing.connection, schema.record_event, COLUMNS, new)
    writing.statements.update(writing.connection, schema.record_event, COLUMNS, ("id", "at"), changed)
    return tally


def _row(
    writing: Writing, event: RecordEvent, identity: int, texts: dict[str, int], seen_at: int | None
) -> Row:
    """The columns of an event. seen_at: the time (epoch µs) it is stored under, None for a new one."""
    at = to_micros(event.at)
    request, response = (
        pack_payload(None if body is None else clean(body, PAYLOAD_LENGTH))
        for body in (event.request, event.response)
    )
    return (
        writing.integration_id,
        writing.source_id,
        at if seen_at is None else min(at, seen_at),
        identity,
        clean_name(event.event_id),
        texts[event.entity],
        clean_name(event.record_key),
        texts[event.step],
        texts[event.outcome],
        event.status,
        request,
        response,
        writing.now,
        writing.now,
    )


def write_counts(writing: Writing, readings: Sequence[CountReading]) -> Tally:
    """Store readings, by (source, entity, observed at); of one instant the last reading holds."""
    tally = Tally()
    texts = writing.texts.ids(writing.connection, {one.entity for one in readings})
    rows: dict[tuple[int, int], Row] = {}
    for reading in readings:
        at = to_micros(reading.observed_at)
        if writing.refuses(at):
            tally.refused += 1
            continue
        key = (texts[reading.entity], at)
        rows[key] = (writing.source_id, *key, writing.integration_id, reading.count)
    for key, count in _stored_counts(writing, list(rows)).items():
        if rows[key][-1] == count:
            del rows[key]
    tally.stored = len(rows)
    tally.duplicates = len(readings) - tally.refused - len(rows)
    writing.statements.put(writing.connection, schema.count_reading, [rows[key] for key in sorted(rows)])
    return tally


def _stored_counts(writing: Writing, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The counts that stand at these (entity id, instant)."""
    table = schema.count_reading
    found: dict[tuple[int, int], int] = {}
    for start in range(0, len(keys), 500):
        query = sa.select(table.c.entity_id, table.c.observed_at, table.c.count).where(
            table.c.source_id == writing.source_id,
            sa.tuple_(table.c.entity_id, table.c.observed_at).in_(keys[start : start + 500]),
        )
        found.update(((row[0], row[1]), row[2]) for row in writing.connection.execute(query))
    return found
