"""Opens a database of any kind for reading, and runs one query there with a limit on its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from collectors.sources._sql_drivers import DEFAULTS
from collectors.sources._sql_errors import missing_driver, told
from collectors.sources._sql_marks import Value
from collectors.sources._sql_query import bindable, names_cursor
from collectors.sources._sql_sqlite import connector
from core.errors import SourceError

Rows = Sequence[Sequence[object]]

_CONNECT_SECONDS = 10
_CONNECT_ARGS: Mapping[str, Mapping[str, object]] = {
    "psycopg": {"connect_timeout": _CONNECT_SECONDS},
    "psycopg2": {"connect_timeout": _CONNECT_SECONDS},
    "pymysql": {"connect_timeout": _CONNECT_SECONDS},
    "mysqldb": {"connect_timeout": _CONNECT_SECONDS},
    "mysqlconnector": {"connection_timeout": _CONNECT_SECONDS},
    "duckdb_engine": {"read_only": True},
}

_LOADING = Lock()
"""The first engine of a kind imports its modules; a thread that does so beside another one finds half of them,
and believes the driver not installed."""


class SqlReader:
    """Runs one query, read only. Made for one poll; `interrupt` may be called from another thread."""

    def __init__(self, url: str, query: str, timeout: timedelta) -> None:
        given = sa.make_url(url)
        self.url = given.set(drivername=DEFAULTS.get(given.drivername, given.drivername))
        self._query, self._timeout = query, timeout
        self._deadline = float("inf")
        self._stop: Callable[[], object] | None = None

    def pages(self, cursor: Value | None, size: int) -> Iterator[tuple[list[str], Rows]]:
        """The names of the columns and at most `size` rows, again and again; at least once.

        cursor: what `:cursor` is bound to. Raises SourceError, without any secret in its text.
        """
        with self._told("cannot be connected to"), _LOADING:
            engine = self._engine()
        try:
            with self._told("cannot be connected to"):
                connection = engine.connect()
            try:
                yield from self._read(connection, cursor, size)
            finally:
                self._stop = None
                with suppress(sa.exc.SQLAlchemyError, OSError):
                    connection.close()
        finally:
            engine.dispose()

    def interrupt(self) -> None:
        """End the statement that is running, where the driver can."""
        self._deadline = 0.0
        if self._stop is not None:
            self._stop()

    def _read(
        self, connection: sa.Connection, cursor: Value | None, size: int
    ) -> Iterator[tuple[list[str], Rows]]:
        driver: Any = connection.connection.driver_connection
        self._stop = getattr(driver, "interrupt", None) or getattr(driver, "cancel", None)
        with self._told("cannot be read"):
            if connection.dialect.driver == "psycopg":
                from collectors.sources._sql_postgresql import read_any_day

                read_any_day(driver)
            self._hold_to_reading(connection)
        bound = {"cursor": cursor} if names_cursor(self._query) else {}
        with self._told("the query failed"):
            streaming = connection.execution_options(stream_results=True, max_row_buffer=size)
            result = streaming.execute(sa.text(bindable(self._query)), bound)
            if not result.returns_rows:
                raise SourceError("the query gives no rows; write a SELECT", permanent=True)
            columns = list(map(str, result.keys()))
        first = True
        while True:
            with self._told("the query failed"):
                rows: Rows = result.fetchmany(size)
            if rows or first:
                yield columns, rows
            if not rows:
                return
            first = False

    def _engine(self) -> sa.Engine:
        backend, driver = self.url.get_backend_name(), self.url.drivername.partition("+")[2]
        try:
            if backend == "sqlite":
                connect = connector(self.url, lambda: time.monotonic() > self._deadline)
                return sa.create_engine("sqlite://", creator=connect, poolclass=NullPool)
            arguments = dict(_CONNECT_ARGS.get(driver or backend, {}))
            for name in self.url.query:
                arguments.pop(name, None)
            return sa.create_engine(self.url, poolclass=NullPool, connect_args=arguments)
        except (ModuleNotFoundError, sa.exc.NoSuchModuleError) as error:
            raise missing_driver(self.url, error) from None

    def _hold_to_reading(self, connection: sa.Connection) -> None:
        """A transaction that can only read, and statements that end in time, where the database has that."""
        milliseconds = max(1, round(self._timeout.total_seconds() * 1000))
        match connection.dialect.name:
            case "postgresql":
                _try(connection, "SET TRANSACTION READ ONLY")
                _try(connection, f"SET LOCAL statement_timeout = {milliseconds}")
            case "mysql" | "mariadb":
                _try(connection, "SET SESSION TRANSACTION READ ONLY")
                if getattr(connection.dialect, "is_mariadb", False):
                    _try(connection, f"SET SESSION max_statement_time = {milliseconds / 1000}")
                else:
                    _try(connection, f"SET SESSION MAX_EXECUTION_TIME = {milliseconds}")
                # What was set holds from the next transaction on.
                connection.rollback()
            case "oracle":
                _try(connection, "SET TRANSACTION READ ONLY")

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """What goes wrong inside as a SourceError; the time of a statement begins anew."""
        if self._deadline > 0:
            self._deadline = time.monotonic() + self._timeout.total_seconds()
        with told(self.url, what, self._timeout):
            yield


def _try(connection: sa.Connection, statement: str) -> None:
    """Set what a cousin of the database may not know; the query is one that reads in any case."""
    try:
        connection.exec_driver_sql(statement)
    except sa.exc.DBAPIError:
        connection.rollback()
