"""The writer's statements, compiled once by SQLAlchemy Core and then run with ready tuples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from storage.engine import Engine, Row, Upsert, Value


def columns_of(table: sa.Table) -> tuple[str, ...]:
    """The columns that are written, in the table's order: not the computed ones."""
    return tuple(column.name for column in table.c if column.computed is None)


class Statements:
    """The compiled statements of one store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._compiled: dict[str, str] = {}

    def upsert(self, table: sa.Table) -> Upsert:
        """An INSERT that can say what to do on a conflict."""
        return self._engine.upsert(table)

    def keep(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
        """Add rows of all columns; one whose key is there already stays as it is."""
        if rows:

            def keeping() -> Upsert:
                return self._engine.upsert(table).on_conflict_do_nothing()

            self._run(connection, f"keep {table.name}", keeping, columns_of(table), rows)

    def insert(
        self, connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Add rows of these columns by the fastest way; a row already there is an error."""
        if rows:
            self._engine.insert_many(connection, table, columns, rows)

    def update(
        self,
        connection: sa.Connection,
        table: sa.Table,
        columns: Sequence[str],
        keys: Sequence[str],
        rows: Sequence[Row],
    ) -> None:
        """Change rows; each tuple has the columns' new values, then the keys' old ones."""
        if rows:

            def change() -> sa.Update:
                values: dict[str, sa.BindParameter[Value]] = {name: sa.bindparam(name) for name in columns}
                return sa.update(table).where(_named(table, keys)).values(values)

            names = (*columns, *(f"old_{key}" for key in keys))
            self._run(connection, f"update {table.name} {', '.join(names)}", change, names, rows)

    def delete(
        self, connection: sa.Connection, table: sa.Table, keys: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Take rows out by their keys."""
        if rows:
            names = tuple(f"old_{key}" for key in keys)

            def taking_out() -> sa.Delete:
                return sa.delete(table).where(_named(table, keys))

            self._run(connection, f"delete {table.name}", taking_out, names, rows)

    def add(
        self, connection: sa.Connection, table: sa.Table, sums: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Add rows of all columns; where the key is there already, add to its sums."""
        if rows:

            def adding() -> Upsert:
                statement = self._engine.upsert(table)
                changes = {name: table.c[name] + statement.excluded[name] for name in sums}
                return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes)

            self._run(connection, f"add {table.name}", adding, columns_of(table), rows)

    def put(
        self,
        connection: sa.Connection,
        table: sa.Table,
        rows: Sequence[Row],
        *,
        columns: Sequence[str] = (),
        keys: Sequence[str] = (),
    ) -> None:
        """Write rows in the place of those with the same key.

        columns: of the rows, () for all; keys: unique together, () for the primary key's.
        """
        if rows:
            columns = columns or columns_of(table)

            def putting() -> Upsert:
                statement, same = self._engine.upsert(table), list(keys or table.primary_key.columns.keys())
                changes = {name: statement.excluded[name] for name in columns if name not in same}
                return statement.on_conflict_do_update(index_elements=same, set_=changes)

            self._run(connection, f"put {table.name}", putting, columns, rows)

    def _run(
        self,
        connection: sa.Connection,
        name: str,
        build: Callable[[], sa.Update | sa.Delete | Upsert],
        parameters: Sequence[str],
        rows: Sequence[Row],
    ) -> None:
        """Run a statement with tuples of its parameters; it is built and compiled the first time only.

        Building one costs ten times as much as running it on one row.
        """
        text = self._compiled.get(name)
        if text is None:
            statement = build()
            columns = list(parameters) if isinstance(statement, sa.Insert) else None
            compiled = statement.compile(dialect=connection.dialect, column_keys=columns)
            assert tuple(compiled.positiontup or ()) == tuple(parameters), compiled.positiontup
            text = self._compiled[name] = str(compiled)
        connection.exec_driver_sql(text, list(rows))


def _named(table: sa.Table, keys: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[key] == sa.bindparam(f"old_{key}") for key in keys))
