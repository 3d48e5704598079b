"""Measures the writer: against a raw insert, into a large table against an empty one, and on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.history import fill
from benchmarks.measure import NOW, Measured, cpu_seconds, watching
from core.clock import to_micros
from core.records import Batch, BatchMode, RunStatus, SyncRun
from storage import schema
from storage.engine import Row
from storage.keys import SourceKey
from storage.migrate import upgrade
from storage.run_rows import ENDED, rows_of
from storage.statements import Statements
from storage.store import Store, open_store
from storage.writer import Writer

SIZE = 20_000
KEY = SourceKey("i0", "log")
BEGAN = NOW - timedelta(days=60)
"""The first run's start: a million of them, five seconds apart, end before NOW."""
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "temp_store=MEMORY")


def opened(path: Path, integrations: int = 1) -> tuple[Store, Writer]:
    """A new database, and its writer."""
    url = f"sqlite:///{path}"
    upgrade(url)
    store = open_store(url, writable=True)
    writer = Writer(store)
    writer.configure(watching(integrations), NOW)
    return store, writer


def runs(number: int, size: int = SIZE) -> list[SyncRun]:
    """The runs of one batch: five seconds apart from BEGAN on, one in twenty failed."""
    found = []
    for index in range(number * size, (number + 1) * size):
        started = BEGAN + timedelta(seconds=index * 5)
        failed = index % 20 == 0
        found.append(
            SyncRun(
                external_id=f"run-{index:08d}",
                job=f"job-{index % 50}",
                status=RunStatus.FAILED if failed else RunStatus.SUCCEEDED,
                started_at=started,
                finished_at=started + timedelta(seconds=3, microseconds=index * 37 % 60_000_000),
                trigger="schedule",
                records_read=index % 5000,
                records_written=index % 4900,
                records_skipped=0,
                records_failed=int(failed),
                bytes=index % 1_000_000,
                error_message="connection to the source timed out" if failed else None,
            )
        )
    return found


def insert_ratio(folder: Path, batches: int = 15) -> Measured:
    """Ready tuples through our insert against raw executemany into the same table, turn by turn."""
    store, _ = opened(folder / "ours.db")
    upgrade(f"sqlite:///{folder / 'raw.db'}")
    raw = sqlite3.connect(folder / "raw.db", isolation_level=None)
    for pragma in _PRAGMAS:
        raw.execute(f"PRAGMA {pragma}")
    statements = Statements(store.engine)
    texts = {f"job-{job}": job + 1 for job in range(50)} | {"schedule": 51}
    ours, theirs = [], []
    for number in range(batches):
        rows = rows_of(runs(number), 1, 1, texts, to_micros(NOW))
        theirs.append(cpu_seconds(partial(_raw, raw, rows)))
        ours.append(cpu_seconds(partial(_ours, store, statements, rows)))
    raw.close()
    store.close()
    ratio = median(theirs) / median(ours)
    found = f"{ratio:.2f} (µs a row: raw {_each(theirs):.1f}, ours {_each(ours):.1f})"
    return Measured(
        "writer: ready tuples through our insert, against raw executemany", "≥ 0.9", found, ratio >= 0.9
    )


def _raw(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    marks = ", ".join("?" * len(ENDED))
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        f"INSERT INTO sync_run ({', '.join(ENDED)}) VALUES ({marks}) ON CONFLICT DO NOTHING",  # noqa: S608
        rows,
    )
    connection.execute("COMMIT")


def _ours(store: Store, statements: Statements, rows: Sequence[Row]) -> None:
    store.transact(lambda connection: statements.insert(connection, schema.sync_run, ENDED, rows))


def _each(seconds: Sequence[float]) -> float:
    return median(seconds) / SIZE * 1e6


def large_table_ratio(folder: Path, rows: int) -> tuple[Measured, Store]:
    """Whole writes into a table of so many runs against an empty one; and the filled store."""
    empty_store, empty = opened(folder / "empty.db", 500)
    store, full = opened(folder / "full.db", 500)
    fill(store, rows, 500, to_micros(NOW))
    quick: list[float] = []
    slow: list[float] = []
    for number in range(9):
        batch = Batch(cursor={}, mode=BatchMode.DELTA, runs=runs(number))
        for writer, took in ((empty, quick), (full, slow)):
            took.append(cpu_seconds(partial(_write, writer, batch, number)))
    empty_store.close()
    # The first write of a process reads what it has to know of older runs.
    ratio = median(quick[1:]) / median(slow[1:])
    found = f"{ratio:.2f} (µs a row: empty {_each(quick[1:]):.1f}, full {_each(slow[1:]):.1f}, first {slow[0]:.1f} s)"
    what = f"whole writes into {rows:,} runs, against an empty table"
    return Measured(what, "≥ 0.5", found, ratio >= 0.5), store


def _write(writer: Writer, batch: Batch, revision: int) -> None:
    writer.write(KEY, batch, revision=revision, now=NOW, horizon=None)


def disk(folder: Path, rows: int = 1_000_000) -> Measured:
    """Megabytes for a million runs, indexes and identities included: polled as they end, and all read at once."""
    polled, read_late = _bytes_a_run(folder / "polled.db", rows, 400), _bytes_a_run(folder / "late.db", rows)
    found = (
        f"{polled:.0f} MB polled every half an hour or oftener; {read_late:.0f} MB read long after they ended"
    )
    return Measured("disk for a million runs, index included", "≤ 100 MB", found, polled <= 100)


def _bytes_a_run(path: Path, rows: int, polled: int | None = None) -> float:
    """polled: so many runs to a poll, a minute and a half after the last of them; None: read at NOW."""
    store, writer = opened(path)
    size = polled or SIZE
    for number in range(rows // size):
        now = NOW if polled is None else BEGAN + timedelta(seconds=(number + 1) * size * 5 + 90)
        batch = Batch(cursor={}, mode=BatchMode.DELTA, runs=runs(number, size))
        writer.write(KEY, batch, revision=number, now=now, horizon=None)
    with store.read() as connection:
        pages = connection.exec_driver_sql("SELECT page_count FROM pragma_page_count").scalar_one()
    store.close()
    return float(pages * 4096 / rows)
