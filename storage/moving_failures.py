"""Moves failed records to another integration: each under the same cause there, with its counts."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from storage import schema
from storage.days import HOUR
from storage.writing import Writing

_COPIED = (
    "fingerprint",
    "error_origin",
    "error_class",
    "error_code_id",
    "message",
    "state",
    "first_seen_at",
    "last_seen_at",
    "state_at",
    "regressed_at",
    "assigned_to",
)


class _Moved(NamedTuple):
    """Of one cause: how many records go in each hour, and the span (µs) in which they occurred."""

    hours: dict[int, int]
    first: int
    last: int


def move_failed_records(writing: Writing, chosen: sa.ColumnElement[bool], target: int) -> None:
    """Move the chosen failed records. A cause of which nothing stays goes whole, with its state."""
    record, connection = schema.failed_record, writing.connection
    for group_id, moved in _moved(connection, chosen).items():
        stays = sa.select(record.c.id).where(record.c.group_id == group_id, sa.not_(chosen)).limit(1)
        whole = connection.execute(stays).first() is None
        cause = _cause_at(connection, group_id, target)
        if cause is None and whole:
            mine = schema.error_group.c.id == group_id
            connection.execute(sa.update(schema.error_group).where(mine).values(integration_id=target))
            continue
        if cause is None:
            cause = _copy(connection, group_id, target)
        mine = sa.and_(chosen, record.c.group_id == group_id)
        connection.execute(sa.update(record).where(mine).values(group_id=cause))
        _move_counts(writing, group_id, cause, moved, whole=whole)
    connection.execute(sa.update(record).where(chosen).values(integration_id=target))


def _moved(connection: sa.Connection, chosen: sa.ColumnElement[bool]) -> dict[int, _Moved]:
    record = schema.failed_record.c
    hour = (record.occurred_at - record.occurred_at % sa.literal_column(str(HOUR))).label("hour")
    at = record.occurred_at
    query = (
        sa.select(record.group_id, hour, sa.func.count(), sa.func.min(at), sa.func.max(at))
        .where(chosen)
        .group_by(record.group_id, hour)
    )
    found: dict[int, _Moved] = {}
    for group_id, start, count, first, last in connection.execute(query):
        known = found.get(group_id, _Moved({}, first, last))
        hours = {**known.hours, int(start): count}
        found[group_id] = _Moved(hours, min(known.first, first), max(known.last, last))
    return found


def _cause_at(connection: sa.Connection, group_id: int, target: int) -> int | None:
    """The group of the same cause in the target integration."""
    table, own = schema.error_group, schema.error_group.alias()
    query = (
        sa.select(table.c.id)
        .join(own, own.c.fingerprint == table.c.fingerprint)
        .where(own.c.id == group_id, table.c.integration_id == target)
    )
    return connection.execute(query).scalar_one_or_none()


def _copy(connection: sa.Connection, group_id: int, target: int) -> int:
    """The same cause in the target integration, with nothing counted yet."""
    table = schema.error_group
    columns = [table.c[name] for name in _COPIED]
    row = connection.execute(sa.select(*columns).where(table.c.id == group_id)).one()
    values = {**dict(zip(_COPIED, row, strict=True)), "integration_id": target, "records": 0}
    return int(connection.execute(sa.insert(table).values(**values).returning(table.c.id)).scalar_one())


def _move_counts(writing: Writing, group_id: int, cause: int, moved: _Moved, *, whole: bool) -> None:
    group, hour, connection = schema.error_group, schema.group_hour, writing.connection
    if whole:
        # Records and hours that are pruned from the raw rows go along: nothing of the cause stays.
        stored = sa.select(hour.c.hour, hour.c.records).where(hour.c.group_id == group_id)
        hours = {row[0]: row[1] for row in connection.execute(stored)}
        records = connection.execute(sa.select(group.c.records).where(group.c.id == group_id)).scalar_one()
        first, last = connection.execute(
            sa.select(group.c.first_seen_at, group.c.last_seen_at).where(group.c.id == group_id)
        ).one()
        notes = sa.update(schema.group_note).where(schema.group_note.c.group_id == group_id)
        connection.execute(notes.values(group_id=cause))
        connection.execute(sa.delete(hour).where(hour.c.group_id == group_id))
        connection.execute(sa.delete(group).where(group.c.id == group_id))
    else:
        hours, records, first, last = moved.hours, sum(moved.hours.values()), moved.first, moved.last
        gone = [(group_id, start, -count) for start, count in sorted(hours.items())]
        writing.statements.add(connection, hour, ("records",), gone)
        _shrink(connection, group_id, records)
    rows = [(cause, start, count) for start, count in sorted(hours.items())]
    writing.statements.add(connection, hour, ("records",), rows)
    grown = sa.update(group).where(group.c.id == cause)
    earlier = sa.case((group.c.first_seen_at > first, first), else_=group.c.first_seen_at)
    later = sa.case((group.c.last_seen_at < last, last), else_=group.c.last_seen_at)
    values = {"records": group.c.records + records, "first_seen_at": earlier, "last_seen_at": later}
    connection.execute(grown.values(values))


def _shrink(connection: sa.Connection, group_id: int, records: int) -> None:
    """What stays of a cause: fewer records, and their own span."""
    group, record = schema.error_group, schema.failed_record.c
    span = sa.select(sa.func.min(record.occurred_at), sa.func.max(record.occurred_at))
    first, last = connection.execute(span.where(record.group_id == group_id)).one()
    values = {"records": group.c.records - records, "first_seen_at": first, "last_seen_at": last}
    connection.execute(sa.update(group).where(group.c.id == group_id).values(values))
