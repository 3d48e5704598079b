"""What the stand-ins share whose runs stand in a database of any kind."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa

from tests.collectors.collectors_server import Reply, Seen
from tests.systems.base import System


class Tables(System):
    """Keeps its rows at an address. schema: its tables, `{time}` standing for the type of an instant.

    zoned: whether instants in PostgreSQL name their zone.
    """

    schema: ClassVar[tuple[str, ...]]
    zoned: ClassVar[bool] = False

    def __init__(self, now: datetime, url: str) -> None:
        self.url = url
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)
        lite = self.engine.dialect.name == "sqlite"
        self.kind = "DATETIME" if lite else "TIMESTAMPTZ" if self.zoned else "TIMESTAMP"
        for statement in self.schema:
            self.execute(statement.replace("{time}", self.kind))
        super().__init__(now)

    def keys(self, url: str) -> dict[str, Any]:
        return {"url": self.url}

    def answer(self, seen: Seen) -> Reply:
        return Reply(status=404)

    def execute(self, statement: str, **values: object) -> None:
        """Run one statement."""
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def insert(self, table: str, *row: object) -> None:
        """Write one row."""
        names = [f"v{number}" for number in range(len(row))]
        marks = ", ".join(f":{name}" for name in names)
        self.execute(f"INSERT INTO {table} VALUES ({marks})", **dict(zip(names, row, strict=True)))

    def instant(self, minutes: float | None) -> object:
        """A time in UTC as the system's own library writes it."""
        if minutes is None:
            return None
        at = self.ago(minutes)
        if self.kind == "DATETIME":
            return at.strftime("%Y-%m-%d %H:%M:%S.000000")
        return at if self.zoned else at.replace(tzinfo=None)
