"""What a diagnosis goes by beside the facts: the causes of late by side, and who waits for whom."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.facts import CauseFact, RootFact
from core.records import ErrorClass, Side
from storage.codes import CLASS_CODE, CLASS_OF, ORIGIN_OF, GroupState
from storage.queries.joined import code
from storage.schema import error_group, failed_record, integration, source
from storage.selected import AnyRow

MOST_CAUSES = 20
MOST_ROOTS = 5
MOST_RECORDS = 5
_OPEN = (int(GroupState.OPEN), int(GroupState.ACKNOWLEDGED))


def causes(connection: sa.Connection, key: str, since: datetime, until: datetime) -> tuple[CauseFact, ...]:
    """Causes neither resolved nor ignored with failed records in [since, until], the most records first.

    At most MOST_CAUSES causes, the last seen; a cause that both sides told of is there once for each.
    """
    group, record = error_group.c, failed_record.c
    ids = list(connection.execute(_newest(key, to_micros(since), to_micros(until))).scalars())
    number, last = sa.func.count().label("records"), sa.func.max(record.occurred_at).label("last")
    query = (
        sa.select(
            group.id,
            group.error_origin,
            group.error_class,
            code.c.value.label("error_code"),
            group.message,
            source.c.side,
            number,
            last,
        )
        .join(failed_record, record.group_id == group.id)
        .join(source, source.c.id == record.source_id)
        .outerjoin(code, code.c.id == group.error_code_id)
        .where(group.id.in_(ids), record.occurred_at >= to_micros(since))
        .where(record.occurred_at <= to_micros(until))
        .group_by(group.id, group.error_origin, group.error_class, code.c.value, group.message, source.c.side)
        .order_by(number.desc(), last.desc())
    )
    return tuple(_cause(row) for row in connection.execute(query))


def _newest(key: str, since: int, until: int) -> sa.Select[int]:
    """The ids of the causes of [since, until], in µs, that nobody has closed: the last seen."""
    group = error_group.c
    return (
        sa.select(group.id)
        .where(group.integration_id == _owner(key), group.state.in_(_OPEN))
        .where(group.last_seen_at >= since, group.first_seen_at <= until)
        .order_by(group.last_seen_at.desc())
        .limit(MOST_CAUSES)
    )


def _cause(row: AnyRow) -> CauseFact:
    return CauseFact(
        group_id=row.id,
        side=Side(row.side),
        error_origin=ORIGIN_OF[row.error_origin],
        error_class=CLASS_OF[row.error_class],
        error_code=row.error_code,
        message=row.message,
        records=row.records,
        last_seen_at=from_micros(row.last),
    )


def roots(connection: sa.Connection, key: str, since: datetime, until: datetime) -> tuple[RootFact, ...]:
    """Missing records and whom they hold back in [since, until], those that hold back most first.

    At most MOST_ROOTS of them, each with the keys of MOST_RECORDS records. People are counted, never
    summed: one who waits for two roots is one for each of them.
    """
    group, record = error_group.c, failed_record.c
    waiting = _waiting(key, to_micros(since), to_micros(until))
    people = sa.func.count(sa.distinct(record.record_key)).label("people")
    joined = failed_record.join(error_group, group.id == record.group_id)
    query = (
        sa.select(
            record.root_key,
            people,
            sa.func.max(record.occurred_at).label("last"),
            sa.func.max(record.error_message).label("message"),
        )
        .select_from(joined)
        .where(*waiting)
        .group_by(record.root_key)
        .order_by(people.desc(), record.root_key)
        .limit(MOST_ROOTS)
    )
    found = []
    for row in connection.execute(query).all():
        same = record.root_key.is_(None) if row.root_key is None else record.root_key == row.root_key
        some = sa.select(record.record_key).select_from(joined).where(*waiting, same).distinct()
        names = connection.execute(some.order_by(record.record_key).limit(MOST_RECORDS)).scalars()
        found.append(
            RootFact(
                root_key=row.root_key,
                held_back=row.people,
                records=tuple(names),
                message=row.message,
                last_seen_at=from_micros(row.last),
            )
        )
    return tuple(found)


def _waiting(key: str, since: int, until: int) -> tuple[sa.ColumnElement[bool], ...]:
    """What the failed records of [since, until], in µs, that wait for another record satisfy."""
    record = failed_record.c
    return (
        record.integration_id == _owner(key),
        record.occurred_at >= since,
        record.occurred_at <= until,
        record.error_class == CLASS_CODE[ErrorClass.MISSING_REFERENCE],
        error_group.c.state.in_(_OPEN),
    )


def _owner(key: str) -> sa.ScalarSelect[int]:
    return sa.select(integration.c.id).where(integration.c.key == key).scalar_subquery()
