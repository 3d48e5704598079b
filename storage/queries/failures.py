"""Lists of failed records and of their causes, newest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from core.clock import from_micros, to_micros
from storage.codes import GroupState
from storage.days import hour_of
from storage.queries.arrivals import first_arrived
from storage.queries.decode import error_group_row_of, failed_record_row_of
from storage.queries.joined import error_groups_query, failed_records_query
from storage.queries.page import Key, Page, limited, page_of, read_key
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
        # SQLite's LIKE minds no case as it is, and to lower each text first takes as long again.
        like = group.message.contains if connection.dialect.name == "sqlite" else group.message.icontains
        query = query.where(like(search, autoescape=True))
    if key is not None:
        place = sa.tuple_(group.last_seen_at, group.id) < sa.tuple_(key.at, key.id)
        query = query.where(group.last_seen_at <= key.at, place)
    query = query.order_by(group.last_seen_at.desc(), group.id.desc()).limit(size + 1)
    rows = connection.execute(query).all()
    return page_of(rows, size, "last_seen_at", error_group_row_of)


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
    """Failed records, the last occurred first; of all integrations together and without search, by arrival.

    group: a cause's id; record_key: as it is stored (`Masker.record_key` of what a person typed), of one
    integration; since, until: occurred in [since, until); search: a part of the cause's message,
    among the MOST_CAUSES newest causes; after: the `next` of the page before. Raises ValueError for an
    unreadable `after`.
    """
    key, size, record = read_key(after), limited(limit), failed_record.c
    wanted = _Wanted(integration, source, group, run_external_id, record_key, since, until)
    query = failed_records_query()
    if search:
        causes, wanted = _found(connection, integration, search), wanted._replace(integration=None)
        query = query.where(record.id.in_(_newest_of(connection, causes, wanted, key, size + 1)))
        query = _after(query, failed_record, None)
    elif integration is None and group is None:
        query = query.where(*wanted.of(failed_record)).order_by(record.id.desc())
        if key is not None:
            query = query.where(record.id < key.id)
        if since is not None:
            query = query.where(record.id >= first_arrived(connection, failed_record, since))
    else:
        query = _after(query.where(*wanted.of(failed_record)), failed_record, key)
        if record_key is not None:
            # Not the bare column: SQLite would walk all records of the integration in this order to find a few.
            query = query.order_by(None).order_by((record.occurred_at + 0).desc(), record.id.desc())
    rows = connection.execute(query.limit(size + 1)).all()
    return page_of(rows, size, "occurred_at", failed_record_row_of)


class _Wanted(NamedTuple):
    """The filters that a page of failed records has."""

    integration: str | None
    source: str | None
    group: int | None
    run_external_id: str | None
    record_key: str | None
    since: datetime | None
    until: datetime | None

    def of(self, table: sa.FromClause) -> list[sa.ColumnElement[bool]]:
        """The conditions on `failed_record`, or on an alias of it."""
        record, found = table.c, list[sa.ColumnElement[bool]]()
        if self.integration is not None:
            owner = sa.select(watched.c.id).where(watched.c.key == self.integration)
            # Where the cause is known its index is the one to go by; SQLite would take the integration's.
            of = record.integration_id if self.group is None else record.integration_id + 0
            found.append(of == owner.scalar_subquery())
        if self.source is not None:
            named = sa.select(source_table.c.id).where(source_table.c.name == self.source)
            found.append(record.source_id.in_(named))
        if self.group is not None:
            found.append(record.group_id == self.group)
        if self.run_external_id is not None:
            found.append(record.run_external_id == self.run_external_id)
        if self.record_key is not None:
            found.append(same_record(record.record_key, self.record_key))
        if self.since is not None:
            found.append(record.occurred_at >= to_micros(self.since))
        if self.until is not None:
            found.append(record.occurred_at < to_micros(self.until))
        return found


def _after(query: AnySelect, table: sa.FromClause, key: Key | None) -> AnySelect:
    record = table.c
    if key is not None:
        place = sa.tuple_(record.occurred_at, record.id) < sa.tuple_(key.at, key.id)
        query = query.where(record.occurred_at <= key.at, place)
    return query.order_by(record.occurred_at.desc(), record.id.desc())


def _newest_of(
    connection: sa.Connection, causes: list[int], wanted: _Wanted, key: Key | None, size: int
) -> AnySelect:
    """The ids of the newest records of several causes, of which each may have millions.

    Each cause's own are found by its index, and only those causes are asked whose newest is among the newest.
    """
    group, mine, row = error_group.c, failed_record.alias("mine"), failed_record.alias("newest")
    each = sa.select(mine.c.id).where(mine.c.group_id == group.id, *wanted.of(mine))
    each = _after(each, mine, key).limit(size).correlate(error_group)
    last, last_id = (
        each.with_only_columns(column).limit(1).scalar_subquery()
        for column in (mine.c.occurred_at, mine.c.id)
    )
    late = sa.select(group.id).where(group.id.in_(causes), last.is_not(None))
    late = late.order_by(last.desc(), last_id.desc()).limit(size)
    if (
        connection.dialect.name == "sqlite"
    ):  # it has no lateral join, PostgreSQL asks once a cause for that only
        query = sa.select(row.c.id).select_from(error_group.join(row, row.c.id.in_(each)))
        order = (row.c.occurred_at.desc(), row.c.id.desc())
    else:
        found = each.add_columns(mine.c.occurred_at).lateral("found")
        query = sa.select(found.c.id).select_from(error_group.join(found, sa.true()))
        order = (found.c.occurred_at.desc(), found.c.id.desc())
    return query.where(group.id.in_(late)).order_by(*order).limit(size)


def _found(connection: sa.Connection, integration: str | None, search: str) -> list[int]:
    """The newest causes whose message holds the text: causes are few, records may be millions."""
    return [row.id for row in error_groups(connection, integration, search=search, limit=MOST_CAUSES).items]


def _state(word: str) -> int:
    try:
        return int(GroupState[word.upper()])
    except KeyError:
        known = ", ".join(state.name.lower() for state in GroupState)
        raise ValueError(f"got {word!r}; a cause is one of {known}") from None
