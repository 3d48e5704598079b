"""Lists of failed records and of their causes, newest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from core.clock import from_micros, to_micros
from storage.codes import GroupState
from storage.days import hour_of
from storage.queries.decode import error_group_row_of, failed_record_row_of
from storage.queries.joined import error_groups_query, failed_records_query
from storage.queries.page import Key, Page, limited, read_key
from storage.queries.record_keys import same_record
from storage.queries.rows import ErrorGroupRow, FailedRecordRow
from storage.schema import error_group, failed_record, group_hour
from storage.schema import integration as watched
from storage.schema import source as source_table
from storage.selected import AnySelect

MOST_CAUSES = 500
"""A search looks at the records of so many causes, the newest ones that match."""


def error_groups(
    connection: sa.Connection,
    integration: str | None = None,
    *,
    states: Collection[str] | None = None,
    search: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[ErrorGroupRow]:
    """Causes of failed records, the last seen first.

    states: `open acknowledged resolved ignored`, None for all; search: a part of the message; after: the
    `next` of the page before. Raises ValueError for an unreadable `after` or an unknown state.
    """
    key, size, group = read_key(after), limited(limit), error_group.c
    query = error_groups_query()
    if integration is not None:
        query = query.where(watched.c.key == integration)
    if states is not None:
        query = query.where(group.state.in_([_state(state) for state in states]))
    if search:
        query = query.where(group.message.icontains(search, autoescape=True))
    if key is not None:
        place = sa.tuple_(group.last_seen_at, group.id) < sa.tuple_(key.at, key.id)
        query = query.where(group.last_seen_at <= key.at, place)
    query = query.order_by(group.last_seen_at.desc(), group.id.desc()).limit(size + 1)
    rows = connection.execute(query).all()
    following = str(Key("e", rows[size - 1].last_seen_at, rows[size - 1].id)) if len(rows) > size else None
    return Page(tuple(error_group_row_of(row) for row in rows[:size]), following)


def group_hours(
    connection: sa.Connection, groups: Collection[int], since: datetime, until: datetime
) -> Mapping[int, Mapping[datetime, int]]:
    """Failed records by cause id and UTC hour in [since, until); hours and causes without any are missing."""
    hour = group_hour.c
    query = sa.select(hour.group_id, hour.hour, hour.records).where(
        hour.group_id.in_(list(groups)),
        hour.hour >= hour_of(to_micros(since)),
        hour.hour < to_micros(until),
    )
    found: dict[int, dict[datetime, int]] = {}
    for row in connection.execute(query.order_by(hour.group_id, hour.hour)):
        found.setdefault(row.group_id, {})[from_micros(row.hour)] = row.records
    return found


def failed_records(
    connection: sa.Connection,
    *,
    integration: str | None = None,
    source: str | None = None,
    group: int | None = None,
    run_external_id: str | None = None,
    record_key: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    search: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[FailedRecordRow]:
    """Failed records, the last occurred first; of all integrations together, by arrival.

    group: a cause's id; record_key: as it is stored (`Masker.record_key` of what a person typed), of one
    integration; since, until: occurred in [since, until); search: a part of the cause's message,
    among the MOST_CAUSES newest causes; after: the `next` of the page before. Raises ValueError for an
    unreadable `after`.
    """
    key, size, record = read_key(after), limited(limit), failed_record.c
    query = failed_records_query()
    if integration is not None:
        owner = sa.select(watched.c.id).where(watched.c.key == integration).scalar_subquery()
        query = query.where(record.integration_id == owner)
    if source is not None:
        query = query.where(source_table.c.name == source)
    if run_external_id is not None:
        query = query.where(record.run_external_id == run_external_id)
    if record_key is not None:
        query = query.where(same_record(record.record_key, record_key))
    if since is not None:
        query = query.where(record.occurred_at >= to_micros(since))
    if until is not None:
        query = query.where(record.occurred_at < to_micros(until))
    groups = [group] if group is not None else _found(connection, integration, search) if search else None
    if groups is not None:
        query = query.where(record.group_id.in_(groups))
    query = _after(query, key, by_arrival=integration is None and group is None)
    rows = connection.execute(query.limit(size + 1)).all()
    following = str(Key("e", rows[size - 1].occurred_at, rows[size - 1].id)) if len(rows) > size else None
    return Page(tuple(failed_record_row_of(row) for row in rows[:size]), following)


def failed_record_of(connection: sa.Connection, integration: str, number: int) -> FailedRecordRow | None:
    """One failed record of an integration by its number; None where it is not stored (any more)."""
    query = failed_records_query().where(failed_record.c.id == number, watched.c.key == integration)
    row = connection.execute(query).first()
    return failed_record_row_of(row) if row is not None else None


def _after(query: AnySelect, key: Key | None, *, by_arrival: bool) -> AnySelect:
    record = failed_record.c
    if by_arrival:
        return (query if key is None else query.where(record.id < key.id)).order_by(record.id.desc())
    if key is not None:
        place = sa.tuple_(record.occurred_at, record.id) < sa.tuple_(key.at, key.id)
        query = query.where(record.occurred_at <= key.at, place)
    return query.order_by(record.occurred_at.desc(), record.id.desc())


def _found(connection: sa.Connection, integration: str | None, search: str) -> list[int]:
    """The newest causes whose message holds the text: causes are few, records may be millions."""
    return [row.id for row in error_groups(connection, integration, search=search, limit=MOST_CAUSES).items]


def _state(word: str) -> int:
    try:
        return int(GroupState[word.upper()])
    except KeyError:
        known = ", ".join(state.name.lower() for state in GroupState)
        raise ValueError(f"got {word!r}; a cause is one of {known}") from None
