"""How many failed records were open as of an instant, for all integrations at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import sqlalchemy as sa

from storage.codes import GroupState
from storage.days import HOUR, hour_of
from storage.facts.scope import Scope, within
from storage.schema import error_group, failed_record, group_hour
from storage.schema.base import BIG
from storage.selected import AnySelect

CLOSED = (int(GroupState.RESOLVED), int(GroupState.IGNORED))


def open_failed_records(connection: sa.Connection, scope: Scope, at: int) -> Mapping[int, int]:
    """Failed records of causes neither resolved nor ignored at `at` (µs), by integration id.

    All those a cause ever had, less those that occurred after `at`: counted by hours, and row by row in
    the hour of `at` itself.
    """
    totals, *later = _open_queries(scope.every)
    parameters = scope.parameters(at=at, next_hour=hour_of(at) + HOUR)
    found = {row[0]: int(row[1]) for row in connection.execute(totals, parameters).all()}
    if found:
        for query in later:
            for integration_id, count in connection.execute(query, parameters).all():
                found[integration_id] -= int(count)
    return found


@cache
def _open_queries(every: bool) -> tuple[AnySelect, AnySelect, AnySelect]:
    """All that causes open at `at` ever had, and what of it came later: by hours, and in the hour of `at`."""
    group, owner = error_group.c, error_group.c.integration_id
    at, next_hour = sa.bindparam("at", type_=BIG), sa.bindparam("next_hour", type_=BIG)
    was_open = sa.or_(group.state.not_in(CLOSED), group.state_at > at)
    inside = sa.and_(within(owner, every), was_open, group.first_seen_at <= at)
    newer = sa.and_(inside, group.last_seen_at > at)
    totals: AnySelect = sa.select(owner, sa.func.sum(group.records)).where(inside)
    hours: AnySelect = sa.select(owner, sa.func.sum(group_hour.c.records))
    hours = hours.select_from(error_group.join(group_hour, group_hour.c.group_id == group.id))
    rows: AnySelect = sa.select(owner, sa.func.count())
    rows = rows.select_from(error_group.join(failed_record, failed_record.c.group_id == group.id))
    in_hour = (failed_record.c.occurred_at > at, failed_record.c.occurred_at < next_hour)
    return (
        totals.group_by(owner),
        hours.where(newer, group_hour.c.hour >= next_hour).group_by(owner),
        rows.where(newer, *in_hour).group_by(owner),
    )


def failed_records(connection: sa.Connection, scope: Scope, since: int, until: int) -> Mapping[int, int]:
    """Failed records that occurred in [since, until] (µs), by integration id."""
    rows = connection.execute(_failed_query(scope.every), scope.parameters(since=since, until=until))
    return {row[0]: row[1] for row in rows.all()}


@cache
def _failed_query(every: bool) -> AnySelect:
    record = failed_record.c
    query: AnySelect = sa.select(record.integration_id, sa.func.count())
    between = (record.occurred_at >= sa.bindparam("since"), record.occurred_at <= sa.bindparam("until"))
    return query.where(within(record.integration_id, every), *between).group_by(record.integration_id)
