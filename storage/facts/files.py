"""The files that were delivered by an instant, for all integrations at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cache

import sqlalchemy as sa

from core.clock import from_micros
from core.facts import FileFact
from storage.facts.scope import Scope, within
from storage.schema import file_delivery
from storage.selected import AnyRow, AnySelect

MOST = 50
DAYS_BACK = 35
_DAY = 86_400_000_000


def files_at(connection: sa.Connection, scope: Scope, at: int) -> Mapping[int, list[FileFact]]:
    """The deliveries of the DAYS_BACK days before `at` (µs), newest first, at most MOST, by integration id."""
    found: defaultdict[int, list[FileFact]] = defaultdict(list)
    span = {"start": at - DAYS_BACK * _DAY, "end": at}
    for row in connection.execute(_files_query(scope.every), scope.parameters(**span)):
        found[row.integration_id].append(_fact(row, scope))
    return found


@cache
def _files_query(every: bool) -> AnySelect:
    file = file_delivery.c
    rank = sa.func.row_number().over(
        partition_by=file.integration_id, order_by=(file.arrived_at.desc(), file.id.desc())
    )
    inside = (file.arrived_at > sa.bindparam("start"), file.arrived_at <= sa.bindparam("end"))
    every_file = sa.select(file_delivery, rank.label("rank")).where(
        within(file.integration_id, every), *inside
    )
    ranked = every_file.subquery()
    query: AnySelect = sa.select(ranked).where(ranked.c.rank <= MOST)
    return query.order_by(ranked.c.integration_id, ranked.c.rank)


def files_between(connection: sa.Connection, scope: Scope, start: int, end: int) -> list[FileFact]:
    """The deliveries of one integration within (start, end] (µs), oldest first."""
    file = file_delivery.c
    inside = (scope.holds(file.integration_id), file.arrived_at > start, file.arrived_at <= end)
    query = sa.select(file_delivery).where(*inside).order_by(file.arrived_at, file.id)
    return [_fact(row, scope) for row in connection.execute(query)]


def _fact(row: AnyRow, scope: Scope) -> FileFact:
    return FileFact(
        source=scope.sources.get(row.source_id, ""),
        name=row.name,
        arrived_at=from_micros(row.arrived_at),
        day=date.fromordinal(row.contract_day),
        rows_ok=row.rows_ok,
        rows_bad=row.rows_bad,
        violations=tuple(json.loads(row.violations)),
        unchanged=bool(row.unchanged),
        times=row.times,
    )
