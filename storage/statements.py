"""The writer's statements, compiled once by SQLAlchemy Core and then run with ready tuples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from storage.engine import Engine, Row, Upsert


def columns_of(table: sa.Table, *, without: Sequence[str] = ()) -> tuple[str, ...]:
    """The columns that are written, in the table's order: not the computed ones."""
    return tuple(column.name for column in table.c if column.computed is None and column.name not in without)


class Statements:
    """Compiled INSERTs of one store, by table and by what they do on a conflict."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._compiled: dict[tuple[str, str], str] = {}

    def insert(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
        """Add rows of all written columns but `id`; a row already there is an error."""
        if rows:
            self._engine.insert_many(connection, table, columns_of(table, without=("id",)), rows)

    def add(
        self, connection: sa.Connection, table: sa.Table, sums: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Add rows of all columns; where the key is there already, add to its sums."""

        def adding(statement: Upsert) -> Upsert:
            changes = {name: table.c[name] + statement.excluded[name] for name in sums}
            return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes)

        self._run(connection, table, "add", adding, rows)

    def put(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
        """Write rows of all columns in the place of those with the same key."""

        def putting(statement: Upsert) -> Upsert:
            keys = {column.name for column in table.primary_key}
            changes = {c.name: statement.excluded[c.name] for c in table.c if c.name not in keys}
            return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes)

        self._run(connection, table, "put", putting, rows)

    def keep(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
        """Write rows of all columns; one whose key is there already stays as it is."""
        self._run(connection, table, "keep", lambda statement: statement.on_conflict_do_nothing(), rows)

    def _run(
        self,
        connection: sa.Connection,
        table: sa.Table,
        kind: str,
        conflict: Callable[[Upsert], Upsert],
        rows: Sequence[Row],
    ) -> None:
        if not rows:
            return
        text = self._compiled.get((table.name, kind))
        if text is None:
            names = columns_of(table)
            compiled = conflict(self._engine.upsert(table)).compile(
                dialect=connection.dialect, column_keys=list(names)
            )
            assert tuple(compiled.positiontup or ()) == names
            text = self._compiled[table.name, kind] = str(compiled)
        connection.exec_driver_sql(text, list(rows))
