"""PostgreSQL: many writers, raw tables in monthly partitions, COPY for large batches."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.errors import StorageError
from storage.engine import Engine, Ownership, Row, RunKey
from storage.run_rows import ENDED

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert

_ENDED = ", ".join(f"s.{column}" for column in ENDED)

COPY_FROM = 200
"""So many rows are copied; fewer are inserted, which takes one round trip less."""

PARTITIONED = frozenset({"sync_run", "failed_record", "record_event", "call_minute", "call_minute_latency"})


def _url(url: sa.URL) -> sa.URL:
    return url.set(drivername="postgresql+psycopg")


def _engine(url: sa.URL, *, read_only: bool) -> sa.Engine:
    settings = "-c timezone=UTC" + (" -c default_transaction_read_only=on" if read_only else "")
    keep = {"keepalives": 1, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
    return sa.create_engine(
        _url(url),
        paramstyle="format",
        pool_pre_ping=True,
        pool_size=8,
        connect_args={"options": settings, "tcp_user_timeout": 10_000, "connect_timeout": 10, **keep},
    )


def reader(url: sa.URL) -> sa.Engine:
    """Connections that can only read."""
    return _engine(url, read_only=True)


def writer(url: sa.URL) -> sa.Engine:
    """Connections that write."""
    return _engine(url, read_only=False)


class _Anyone:
    """PostgreSQL has no owner: every node may write."""

    def release(self) -> None:
        """Nothing to give back."""


def own(_url: sa.URL) -> Ownership:
    """Everybody may write."""
    return _Anyone()


def upsert(table: sa.Table) -> Insert:
    """Its INSERT; the dialect is loaded where it is needed, for `status` on SQLite is to start quickly."""
    from sqlalchemy.dialects.postgresql import insert

    return insert(table)


def insert_many(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """COPY for many ready tuples, plain inserts for a few."""
    names = ", ".join(f'"{column}"' for column in columns)
    if len(rows) < COPY_FROM:
        marks = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
        connection.exec_driver_sql(statement, list(rows))
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copying:
        for row in rows:
            copying.write_row(row)


class IndexedIdentity:
    """Finds runs by the index (source_id, external_id, job_id) of each partition."""

    def find(self, connection: sa.Connection, keys: Sequence[RunKey]) -> list[Row]:
        """The rows that these keys name."""
        rows = connection.exec_driver_sql(
            f"SELECT s.id, {_ENDED} FROM unnest(%s::bigint[], %s::bigint[], %s::text[])"  # noqa: S608 - names of our own columns
            " AS k(source_id, job_id, external_id) JOIN sync_run s"
            " ON s.source_id = k.source_id AND s.external_id = k.external_id AND s.job_id = k.job_id",
            tuple([key[place] for key in keys] for place in range(3)),
        )
        return [tuple(row) for row in rows]

    def add(self, connection: sa.Connection, keys: Sequence[RunKey]) -> None:
        """The index remembers by itself."""

    def forget(self) -> None:
        """Nothing is remembered outside the database."""


def _month(micros: int) -> tuple[int, int]:
    at = from_micros(micros)
    return at.year, at.month


def _bounds(month: tuple[int, int]) -> tuple[int, int]:
    year, number = month
    following = (year + 1, 1) if number == 12 else (year, number + 1)
    return to_micros(datetime(year, number, 1, tzinfo=UTC)), to_micros(datetime(*following, 1, tzinfo=UTC))


_ready: set[tuple[str, str, tuple[int, int]]] = set()


def prepare(engine: sa.Engine, table: sa.Table, instants: Iterable[int]) -> None:
    """Make the monthly partitions that rows at these instants (epoch µs) go to."""
    if table.name not in PARTITIONED:
        return
    where = str(engine.url)
    missing = [m for m in {_month(at) for at in instants} if (where, table.name, m) not in _ready]
    for month in sorted(missing):
        first, end = _bounds(month)
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7236419021)")
            connection.exec_driver_sql(
                f"CREATE TABLE IF NOT EXISTS {table.name}_{month[0]:04d}_{month[1]:02d}"
                f" PARTITION OF {table.name} FOR VALUES FROM ({first}) TO ({end})"
            )
        _ready.add((where, table.name, month))


def drop_before(connection: sa.Connection, table: sa.Table, before: int) -> int:
    """Drop the months of a table that ended before an instant (epoch µs)."""
    if table.name not in PARTITIONED:
        return 0
    rows = connection.exec_driver_sql(
        "SELECT c.relname, c.reltuples::bigint FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = %s::regclass",
        (table.name,),
    ).all()
    gone = 0
    for name, _estimate in rows:
        year, month = (int(part) for part in name.rsplit("_", 2)[1:])
        if _bounds((year, month))[1] <= before:
            gone += connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()  # noqa: S608
            connection.exec_driver_sql(f"DROP TABLE {name}")
    _ready.clear()
    return gone


def tidy(_connection: sa.Connection) -> None:
    """Autovacuum does it."""


def copy(url: sa.URL, target: Path) -> None:
    """A dump in PostgreSQL's own compressed format, for pg_restore. Raises StorageError."""
    program = shutil.which("pg_dump")
    if program is None:
        raise StorageError("pg_dump is not on the PATH; install PostgreSQL's client programs to back it up")
    environment = {**os.environ, "PGPASSWORD": url.password or os.environ.get("PGPASSWORD", "")}
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    done = subprocess.run(
        [program, "--format=custom", f"--file={target}", address],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StorageError(f"pg_dump failed: {done.stderr.strip()}")


ENGINE = Engine(
    name="postgresql",
    schemes=frozenset({"postgresql", "postgres", "postgresql+psycopg"}),
    single_writer=False,
    reader=reader,
    writer=writer,
    own=own,
    upsert=upsert,
    insert_many=insert_many,
    run_identity=IndexedIdentity,
    partitioned=PARTITIONED,
    prepare=prepare,
    drop_before=drop_before,
    tidy=tidy,
    copy=copy,
)
