"""The newest file deliveries as of an instant, for all integrations at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa

from core.clock import from_micros
from core.facts import FileFact
from storage.facts.scope import Scope
from storage.schema import metadata
from storage.selected import AnyRow

MOST = 50
"""How many deliveries of an integration a judge is shown."""


def files_at(connection: sa.Connection, scope: Scope, at: int) -> Mapping[int, list[FileFact]]:
    """Deliveries that had arrived by `at` (µs), by integration id, newest first, at most MOST each.

    Nothing where this database keeps no files.
    """
    table = metadata.tables.get("file_delivery")
    if table is None:
        return {}
    place = sa.func.row_number().over(
        partition_by=table.c.integration_id, order_by=(table.c.arrived_at.desc(), table.c.name)
    )
    newest = (
        sa.select(*table.c, place.label("place"))
        .where(scope.holds(table.c.integration_id), table.c.arrived_at <= at)
        .subquery()
    )
    query = sa.select(newest).where(newest.c.place <= MOST).order_by(newest.c.integration_id, newest.c.place)
    found: defaultdict[int, list[FileFact]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.integration_id].append(_fact(row, scope))
    return found


def _fact(row: AnyRow, scope: Scope) -> FileFact:
    return FileFact(
        source=scope.sources.get(row.source_id, ""),
        name=row.name,
        arrived_at=from_micros(row.arrived_at),
        day=date.fromordinal(row.contract_day),
        rows_ok=row.rows_ok,
        rows_bad=row.rows_bad,
        violations=tuple(str(one) for one in json.loads(row.violations or "[]")),
        unchanged=bool(row.unchanged),
        times=row.times,
    )
