"""SQLite: one file, one owner, one writing thread, and readers that never lock it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import StorageError
from storage.engine import Engine, Ownership, Row, Value
from storage.engines._owner import FileOwner
from storage.engines._segments import SegmentIdentity

MOST_PARAMETERS = 999
"""What an old SQLite takes in one statement."""

MANY_ROWS = 200
"""From so many rows on it pays to look for columns in which all are alike."""

_WRITER_PRAGMAS = (
    "PRAGMA auto_vacuum=INCREMENTAL",  # holds only if it comes before the first table
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA busy_timeout=5000",
    "PRAGMA journal_size_limit=67108864",
)
_READER_PRAGMAS = (
    "PRAGMA busy_timeout=5000",
    "PRAGMA cache_size=-16384",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA query_only=ON",
)


def _path(url: sa.URL) -> Path:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise StorageError("the database must be a file; write sqlite:///data/monitor.db")
    return Path(url.database).absolute()


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # isolation_level=None: Python 3.11 would otherwise begin transactions of its own, deferred ones.
    return sqlite3.connect(
        f"file:{quote(str(path))}?{mode}", uri=True, isolation_level=None, check_same_thread=False
    )


def _connect_to_read(path: Path) -> sqlite3.Connection:
    connection = _connect(path, "mode=ro")
    try:
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        # A closed database in a folder we may not write to: with no WAL beside it nobody is writing.
        if not path.exists() or path.with_name(path.name + "-wal").exists():
            raise
        connection = _connect(path, "immutable=1")
    return connection


def _engine(path: Path, pragmas: Sequence[str], begin: str, size: int, *, read_only: bool) -> sa.Engine:
    def connect() -> sqlite3.Connection:
        try:
            return _connect_to_read(path) if read_only else _connect(path, "mode=rwc")
        except sqlite3.OperationalError as error:
            if read_only and not path.exists():
                raise _moved(path) from error
            raise StorageError(
                f"{path} cannot be opened ({error}); check the path and its permissions"
            ) from error
        except sqlite3.DatabaseError as error:
            raise _damaged(path, error) from error

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.QueuePool, pool_size=size)

    def on_connect(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        try:
            for pragma in pragmas:
                connection.execute(pragma)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            raise _damaged(path, error) from error

    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    sa.event.listen(engine, "connect", on_connect)
    sa.event.listen(engine, "begin", on_begin)
    return engine


def _damaged(path: Path, error: sqlite3.DatabaseError) -> StorageError:
    return StorageError(f"{path} is damaged or no SQLite database ({error}); put a backup in its place")


def reader(url: sa.URL) -> sa.Engine:
    """Connections that can only read, and read while another process writes. Raises StorageError where there is no file."""
    path = _path(url)
    if not path.exists():
        raise StorageError(f"{path} does not exist; make it with `integration-monitor migrate`")
    engine = _engine(path, _READER_PRAGMAS, "BEGIN", 8, read_only=True)
    _refuse_another(engine, path)
    return engine


def _refuse_another(engine: sa.Engine, path: Path) -> None:
    """An open file is read on wherever it was moved to, and nobody would notice: what is read is the file of this name."""
    opened = _file(path)

    def on_checkout(_connection: object, _entry: object, _proxy: object) -> None:
        now = _file(path)
        if now is None:
            raise _moved(path)
        if now != opened:
            raise StorageError(f"{path} was replaced by another file while it was in use; start again")

    sa.event.listen(engine, "checkout", on_checkout)


def _moved(path: Path) -> StorageError:
    return StorageError(f"{path} was moved or removed while it was in use; put it back")


def _file(path: Path) -> tuple[int, int] | None:
    """Which file stands at a path, whatever it is called; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def writer(url: sa.URL) -> sa.Engine:
    """The one connection that writes; its transactions take the write lock at once."""
    return _engine(_path(url), _WRITER_PRAGMAS, "BEGIN IMMEDIATE", 1, read_only=False)


def own(url: sa.URL) -> Ownership:
    """Make this process the one that writes. Raises StorageError."""
    path = _path(url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileOwner(path)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written ({error}); check the path and its permissions"
        ) from error


def insert_many(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Ready tuples straight to the driver, many to a statement, and only what differs is bound.

    Half the work of one by one with every value bound; Core with dictionaries would take twice as long.
    """
    insert = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES "  # noqa: S608 - our own names
    if len(rows) < MANY_ROWS:
        connection.exec_driver_sql(insert + f"({', '.join('?' * len(columns))})", list(rows))
        return
    marks, differing = _differing(rows)
    each = max(1, MOST_PARAMETERS // len(differing))
    whole = len(rows) - len(rows) % each
    bound = list(zip(*differing, strict=True))
    joined = [tuple(chain.from_iterable(bound[start : start + each])) for start in range(0, whole, each)]
    if joined:
        connection.exec_driver_sql(insert + ", ".join([marks] * each), joined)
    if whole < len(rows):
        connection.exec_driver_sql(insert + marks, bound[whole:])


def _differing(rows: Sequence[Row]) -> tuple[str, list[Sequence[Value]]]:
    """The marks of one row, with NULL or the number where all rows have the same, and the other columns."""
    marks: list[str] = []
    differing: list[Sequence[Value]] = []
    for column in zip(*rows, strict=True):
        first = column[0]
        same = (first is None or first.__class__ is int) and column.count(first) == len(column)
        marks.append(("NULL" if first is None else str(first)) if same else "?")
        if not same:
            differing.append(column)
    if not differing:  # rows that are all alike: something has to be bound
        marks[0], differing = "?", [[row[0] for row in rows]]
    return f"({', '.join(marks)})", differing


def prepare(_engine: sa.Engine, _table: sa.Table, _instants: Iterable[int]) -> None:
    """Nothing to prepare: a table is one tree whatever its times."""


def drop_before(_connection: sa.Connection, _table: sa.Table, _before: int) -> int:
    """Nothing to drop at once; pruning deletes in chunks."""
    return 0


def tidy(connection: sa.Connection) -> None:
    """Forget the identities of runs that are gone."""
    first = connection.exec_driver_sql("SELECT MIN(id) FROM sync_run").scalar_one()
    newest = connection.exec_driver_sql("SELECT MAX(last_id) FROM run_segment").scalar_one()
    if first is not None and newest is not None:
        # The newest one stays: from it on, ids are not sealed yet.
        connection.exec_driver_sql(
            "DELETE FROM run_segment WHERE last_id < ? AND last_id < ?", (first, newest)
        )


def copy(url: sa.URL, target: Path) -> None:
    """Copy page by page through SQLite's backup, consistent while others write."""
    source = _connect(_path(url), "mode=ro")
    try:
        destination = sqlite3.connect(target)
        try:
            source.backup(destination, pages=-1)
        finally:
            destination.close()
    finally:
        source.close()


ENGINE = Engine(
    name="sqlite",
    schemes=frozenset({"sqlite", "sqlite+pysqlite"}),
    single_writer=True,
    reader=reader,
    writer=writer,
    own=own,
    upsert=insert,
    insert_many=insert_many,
    run_identity=SegmentIdentity,
    partitioned=frozenset(),
    prepare=prepare,
    drop_before=drop_before,
    tidy=tidy,
    copy=copy,
)
