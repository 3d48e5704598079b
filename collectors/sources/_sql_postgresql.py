"""Gives what PostgreSQL has for a day and Python has not, such as infinity, as its text: no row is lost by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import DataError
from psycopg.adapt import Loader
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.abc import Buffer


class _AsText(Loader):
    """Before the driver's own loader of a kind of day: what that refuses is given as its text."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)  # type: ignore[safe-super]  # the driver's loader comes next
        except DataError:
            return bytes(data).decode()


class _Date(_AsText, DateLoader): ...


class _Timestamp(_AsText, TimestampLoader): ...


class _Timestamptz(_AsText, TimestamptzLoader): ...


def read_any_day(connection: Connection) -> None:
    """Make it so for what is read on a connection. The driver refuses the whole result otherwise."""
    for name, loader in (("date", _Date), ("timestamp", _Timestamp), ("timestamptz", _Timestamptz)):
        connection.adapters.register_loader(name, loader)
