"""How the database would go about a query: its plan, as the engine itself tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

Read = Callable[[sa.Connection], object]


def plan_of(connection: sa.Connection, read: Read) -> list[str]:
    """The plan of the last statement that a query sends, line by line."""
    return _explained(connection, *_sent(connection, read)[-1])


def plans_of(connection: sa.Connection, read: Read) -> list[str]:
    """The plans of all the statements that a query sends."""
    return [line for one in _sent(connection, read) for line in _explained(connection, *one)]


def _sent(connection: sa.Connection, read: Read) -> list[tuple[str, Any]]:
    sent: list[tuple[str, Any]] = []

    def before(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        sent.append((statement, parameters))

    sa.event.listen(connection.engine, "before_cursor_execute", before)
    try:
        read(connection)
    finally:
        sa.event.remove(connection.engine, "before_cursor_execute", before)
    return sent


def _explained(connection: sa.Connection, statement: str, parameters: Any) -> list[str]:
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [row[3] for row in rows]
    # Tables as small as a test's would be read whole and sorted; so it is asked what it could do.
    for way in ("seqscan", "bitmapscan", "sort"):
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    rows = connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", parameters)
    return [row[0].strip() for row in rows]
