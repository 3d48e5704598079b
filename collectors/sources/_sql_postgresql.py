"""Gives what PostgreSQL has for a day and Python has not, such as infinity, as its text: no row is lost by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import DataError
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader

if TYPE_CHECKING:
    from datetime import date, datetime

    from psycopg import Connection
    from psycopg.abc import Buffer


class _Date(DateLoader):
    def load(self, data: Buffer) -> date:
        try:
            return super().load(data)
        except DataError:
            return _text(data)


class _Timestamp(TimestampLoader):
    def load(self, data: Buffer) -> datetime:
        try:
            return super().load(data)
        except DataError:
            return _text(data)


class _Timestamptz(TimestamptzLoader):
    def load(self, data: Buffer) -> datetime:
        try:
            return super().load(data)
        except DataError:
            return _text(data)


def _text(data: Buffer) -> datetime:
    return bytes(data).decode()  # type: ignore[return-value]  # whatever it is, it becomes a value of a row


def read_any_day(connection: Connection) -> None:
    """Make it so for what is read on a connection. The driver refuses the whole result otherwise."""
    for name, loader in (("date", _Date), ("timestamp", _Timestamp), ("timestamptz", _Timestamptz)):
        connection.adapters.register_loader(name, loader)
