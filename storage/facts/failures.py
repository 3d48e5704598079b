"""How many failed records were open as of an instant, for all integrations at once."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from storage.codes import GroupState
from storage.days import HOUR, hour_of
from storage.facts.scope import Scope
from storage.schema import error_group, failed_record, group_hour

CLOSED = (int(GroupState.RESOLVED), int(GroupState.IGNORED))


def open_failed_records(connection: sa.Connection, scope: Scope, at: int) -> Mapping[int, int]:
    """Failed records of causes neither resolved nor ignored at `at` (µs), by integration id.

    All those a cause ever had, less those that occurred after `at`: counted by hours, and row by row in
    the hour of `at` itself.
    """
    group = error_group.c
    was_open = sa.or_(group.state.not_in(CLOSED), group.state_at > at)
    inside = sa.and_(scope.holds(group.integration_id), was_open, group.first_seen_at <= at)
    totals = sa.select(group.integration_id, sa.func.sum(group.records)).where(inside)
    found = {row[0]: int(row[1]) for row in connection.execute(totals.group_by(group.integration_id))}
    next_hour = hour_of(at) + HOUR
    newer = sa.and_(inside, group.last_seen_at > at)
    hours = (
        sa.select(group.integration_id, sa.func.sum(group_hour.c.records))
        .select_from(error_group.join(group_hour, group_hour.c.group_id == group.id))
        .where(newer, group_hour.c.hour >= next_hour)
        .group_by(group.integration_id)
    )
    rows = (
        sa.select(group.integration_id, sa.func.count())
        .select_from(error_group.join(failed_record, failed_record.c.group_id == group.id))
        .where(newer, failed_record.c.occurred_at > at, failed_record.c.occurred_at < next_hour)
        .group_by(group.integration_id)
    )
    for query in (hours, rows):
        for integration_id, count in connection.execute(query):
            found[integration_id] -= int(count)
    return found


def failed_records(connection: sa.Connection, scope: Scope, since: int, until: int) -> Mapping[int, int]:
    """Failed records that occurred in [since, until] (µs), by integration id."""
    record = failed_record.c
    query = (
        sa.select(record.integration_id, sa.func.count())
        .where(scope.holds(record.integration_id), record.occurred_at >= since, record.occurred_at <= until)
        .group_by(record.integration_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
