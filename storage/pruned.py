"""How far each table has been pruned: before that instant nothing can be computed anew."""

from __future__ import annotations

import sqlalchemy as sa

from storage import schema
from storage.engine import Engine


def pruned_until(connection: sa.Connection, table: sa.Table) -> int:
    """Rows before this instant (epoch µs) may be gone; a number below all instants if none is."""
    stored = sa.select(schema.installation.c.value).where(schema.installation.c.name == _name(table))
    value = connection.execute(stored).scalar_one_or_none()
    return -(2**62) if value is None else int(value)


def note_pruned(connection: sa.Connection, engine: Engine, table: sa.Table, until: int) -> None:
    """Note it, before the first row goes: a prune that is killed half-way must not look complete."""
    if until > pruned_until(connection, table):
        insert = engine.upsert(schema.installation).values(name=_name(table), value=str(until))
        value = {"value": str(until)}
        connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=value))


def _name(table: sa.Table) -> str:
    return f"pruned:{table.name}"
