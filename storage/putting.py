"""Writes one row of the configuration, whether it is there already or not."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from storage.engine import Engine


def put(
    connection: sa.Connection,
    engine: Engine,
    table: sa.Table,
    keys: Mapping[str, str | int],
    values: Mapping[str, str | int | None],
    first: Mapping[str, str | int] | None = None,
) -> int:
    """Insert or update by a unique key; `first` holds only for a new row. The row's id, or 0."""
    insert = engine.upsert(table).values(**keys, **values, **(first or {}))
    connection.execute(insert.on_conflict_do_update(index_elements=list(keys), set_=dict(values)))
    if "id" not in table.c:
        return 0
    found = sa.and_(*(table.c[name] == value for name, value in keys.items()))
    return int(connection.execute(sa.select(table.c.id).where(found)).scalar_one())
