"""Both sides of an integration: what happened to one record, and how many records each side holds."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.records import CountReading, RecordEvent, Side
from storage.payloads import unpack_payload
from storage.queries.arrivals import first_arrived
from storage.queries.joined import OWNER, entity
from storage.queries.page import Key, Page, limited, page_of, read_key
from storage.queries.record_keys import same_record
from storage.queries.rows import CountRow, RecordEventRow
from storage.schema import count_reading, integration, record_event, source, text
from storage.selected import AnyRow, AnySelect
from storage.words import words_of

_step, _outcome = text.alias("step"), text.alias("outcome")


def record_history(
    connection: sa.Connection,
    integration: str,
    record_key: str,
    *,
    entity: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[RecordEventRow]:
    """The steps of one record on both sides, the first one first.

    record_key: as it is stored (`Masker.record_key` of what a person typed); entity: only of that kind;
    after: the `next` of the page before. Raises ValueError for an unreadable `after`.
    """
    query = events_query().where(_of(integration), same_record(record_event.c.record_key, record_key))
    return _page(connection, _onward(_of_entity(query, entity), read_key(after)), limit)


def record_events(
    connection: sa.Connection,
    integration: str | None = None,
    *,
    entity: str | None = None,
    source: str | None = None,
    side: Side | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[RecordEventRow]:
    """The steps of all records of an integration, the last one first; of all integrations, by arrival.

    since, until: in [since, until); after: the `next` of the page before. Raises ValueError for an
    unreadable `after`.
    """
    query = _of_entity(events_query(), entity)
    if integration is not None:
        query = query.where(_of(integration))
    if source is not None:
        query = query.where(OWNER[1] == source)
    if side is not None:
        query = query.where(OWNER[2] == side.value)
    if since is not None:
        query = query.where(record_event.c.at >= to_micros(since))
        if integration is None:
            query = query.where(record_event.c.id >= first_arrived(connection, record_event, since))
    if until is not None:
        query = query.where(record_event.c.at < to_micros(until))
    return _page(connection, _back(query, read_key(after), by_arrival=integration is None), limit)


def latest_counts(connection: sa.Connection, integration: str | None = None) -> list[CountRow]:
    """The newest count of each entity of each configured source, by integration, entity, side and source."""
    found = []
    for owner in _sources(connection, integration):
        found += [(owner, *reading) for reading in _newest(connection, owner.id)]
    words = words_of(connection, {entity_id for _, entity_id, _, _ in found})
    rows = [
        CountRow(
            integration=owner.integration,
            source=owner.source,
            side=Side(owner.side),
            reading=CountReading(entity=words[entity_id], count=count, observed_at=from_micros(at)),
        )
        for owner, entity_id, at, count in found
    ]
    return sorted(rows, key=lambda row: (row.integration, row.reading.entity, row.side, row.source))


def count_series(
    connection: sa.Connection, integration: str, since: datetime, until: datetime, most: int = 2000
) -> list[CountRow]:
    """The counts of an integration's configured sources in [since, until), oldest first; of each source
    and entity the newest `most`."""
    reading = count_reading.c
    found: list[CountRow] = []
    for owner in _sources(connection, integration):
        for entity_id, *_ in _newest(connection, owner.id):
            query = (
                sa.select(reading.observed_at, reading.count)
                .where(
                    reading.source_id == owner.id,
                    reading.entity_id == entity_id,
                    reading.observed_at >= to_micros(since),
                    reading.observed_at < to_micros(until),
                )
                .order_by(reading.observed_at.desc())
                .limit(most)
            )
            word = words_of(connection, [entity_id])[entity_id]
            found += [
                CountRow(
                    integration=owner.integration,
                    source=owner.source,
                    side=Side(owner.side),
                    reading=CountReading(entity=word, count=count, observed_at=from_micros(at)),
                )
                for at, count in connection.execute(query)
            ]
    return sorted(found, key=lambda row: (row.reading.observed_at, row.reading.entity, row.side, row.source))


def _of(key: str) -> sa.ColumnElement[bool]:
    owner = sa.select(integration.c.id).where(integration.c.key == key).scalar_subquery()
    return record_event.c.integration_id == owner


def _of_entity(query: AnySelect, word: str | None) -> AnySelect:
    return query if word is None else query.where(entity.c.value == word)


def events_query() -> AnySelect:
    """Steps of records: OWNER and the fields of `RecordEvent`, words for ids, request and response compressed."""
    event = record_event.c
    return (
        sa.select(
            *OWNER,
            event.id,
            event.at,
            event.event_id,
            entity.c.value.label("entity"),
            event.record_key,
            _step.c.value.label("step"),
            _outcome.c.value.label("outcome"),
            event.status,
            event.request,
            event.response,
            event.first_seen_at,
        )
        .select_from(record_event)
        .join(integration, integration.c.id == event.integration_id)
        .join(source, source.c.id == event.source_id)
        .join(entity, entity.c.id == event.entity_id)
        .join(_step, _step.c.id == event.step_id)
        .join(_outcome, _outcome.c.id == event.outcome_id)
    )


def _onward(query: AnySelect, key: Key | None) -> AnySelect:
    event = record_event.c
    if key is not None:
        place = sa.tuple_(event.at, event.id) > sa.tuple_(key.at, key.id)
        query = query.where(event.at >= key.at, place)
    return query.order_by(event.at, event.id)


def _back(query: AnySelect, key: Key | None, *, by_arrival: bool) -> AnySelect:
    event = record_event.c
    if by_arrival:
        return (query if key is None else query.where(event.id < key.id)).order_by(event.id.desc())
    if key is not None:
        place = sa.tuple_(event.at, event.id) < sa.tuple_(key.at, key.id)
        query = query.where(event.at <= key.at, place)
    return query.order_by(event.at.desc(), event.id.desc())


def _page(connection: sa.Connection, query: AnySelect, limit: int) -> Page[RecordEventRow]:
    size = limited(limit)
    rows = connection.execute(query.limit(size + 1)).all()
    return page_of(rows, size, "at", event_row_of)


def event_row_of(row: AnyRow) -> RecordEventRow:
    """A row of `events_query` with what it belongs to."""
    return RecordEventRow(
        id=row.id,
        integration=row.integration,
        source=row.source,
        side=Side(row.side),
        event=RecordEvent(
            event_id=row.event_id,
            entity=row.entity,
            record_key=row.record_key,
            step=row.step,
            outcome=row.outcome,
            at=from_micros(row.at),
            status=row.status,
            request=unpack_payload(row.request),
            response=unpack_payload(row.response),
        ),
        first_seen_at=from_micros(row.first_seen_at),
    )


def _sources(connection: sa.Connection, key: str | None) -> list[AnyRow]:
    """The configured sources: `integration`, `source`, `side` and `id`."""
    query = (
        sa.select(*OWNER, source.c.id)
        .join_from(source, integration, integration.c.id == source.c.integration_id)
        .where(source.c.retired_at.is_(None), integration.c.retired_at.is_(None))
    )
    return list(connection.execute(query if key is None else query.where(integration.c.key == key)))


def _newest(connection: sa.Connection, source_id: int) -> list[tuple[int, int, int]]:
    """The newest (entity id, instant, count) of each entity: one look into the key for each of them."""
    reading = count_reading.c
    query = sa.select(reading.entity_id, reading.observed_at, reading.count).where(
        reading.source_id == source_id
    )
    query = query.order_by(reading.entity_id.desc(), reading.observed_at.desc()).limit(1)
    found: list[tuple[int, int, int]] = []
    row = connection.execute(query).one_or_none()
    while row is not None:
        found.append((row[0], row[1], row[2]))
        row = connection.execute(query.where(reading.entity_id < row[0])).one_or_none()
    return found
