"""Writes one row of the configuration, whether it is there already or not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from storage.engine import Engine, Upsert


class _Put(NamedTuple):
    """The two statements, made once for a table: building them takes ten times as long as running them."""

    write: Upsert
    find: sa.Select[tuple[Any, ...]] | None


def put(
    connection: sa.Connection,
    engine: Engine,
    table: sa.Table,
    keys: Mapping[str, str | int],
    values: Mapping[str, str | int | None],
    first: Mapping[str, str | int] | None = None,
) -> int:
    """Insert or update by a unique key; `first` holds only for a new row. The row's id, or 0."""
    first = first or {}
    statements = _statements(engine, table, tuple(keys), tuple(values), tuple(first))
    connection.execute(statements.write, {**keys, **values, **first})
    return 0 if statements.find is None else int(connection.execute(statements.find, keys).scalar_one())


@cache
def _statements(
    engine: Engine, table: sa.Table, keys: tuple[str, ...], values: tuple[str, ...], first: tuple[str, ...]
) -> _Put:
    insert = engine.upsert(table).values({name: sa.bindparam(name) for name in (*keys, *values, *first)})
    changes = {name: insert.excluded[name] for name in values}
    write = insert.on_conflict_do_update(index_elements=list(keys), set_=changes)
    if "id" not in table.c:
        return _Put(write, None)
    found = sa.and_(*(table.c[name] == sa.bindparam(name) for name in keys))
    return _Put(write, sa.select(table.c.id).where(found))
