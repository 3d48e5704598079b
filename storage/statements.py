"""The writer's statements, compiled once by SQLAlchemy Core and then run with ready tuples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

import sqlalchemy as sa

from storage.engine import Engine, Row, Upsert, Value

_AT_ONCE = 64
"""So many keys are looked for at once: more would be more parameters than an old SQLite takes."""


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

    def find(
        self,
        connection: sa.Connection,
        table: sa.Table,
        columns: Sequence[str],
        keys: Sequence[str],
        wanted: Sequence[Row],
    ) -> list[Row]:
        """These columns of the rows that have one of the wanted values in these keys; some may come twice.

        keys: the leading columns of an index. As a join, because SQLite scans for a list of tuples.
        """
        found: list[Row] = []
        for start in range(0, len(wanted), _AT_ONCE):
            chunk = wanted[start : start + _AT_ONCE]
            # Few sizes, so that few statements are prepared: the last is asked for again and again.
            size = 1 << (len(chunk) - 1).bit_length()
            asked = (*chain.from_iterable(chunk), *(chunk[-1] * (size - len(chunk))))
            name = f"find {table.name} {', '.join(columns)} by {', '.join(keys)} {size}"
            text = self._compiled.get(name)
            if text is None:
                mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
                text = self._compiled[name] = _finding(table.name, columns, keys, size, mark)
            found += map(tuple, connection.exec_driver_sql(text, asked).all())
        return found

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


def _finding(table: str, columns: Sequence[str], keys: Sequence[str], size: int, mark: str) -> str:
    names = ", ".join(f"k{place}" for place in range(len(keys)))
    rows = ", ".join([f"({', '.join([mark] * len(keys))})"] * size)
    chosen = ", ".join(f't."{column}"' for column in columns)
    same = " AND ".join(f't."{key}" = k{place}' for place, key in enumerate(keys))
    return f"WITH wanted ({names}) AS (VALUES {rows}) SELECT {chosen} FROM wanted CROSS JOIN {table} t WHERE {same}"  # noqa: S608 - our own names
