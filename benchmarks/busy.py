"""Measures what readers, the writer and retention cost each other while all of them work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from benchmarks.history import fill
from benchmarks.measure import NOW, Measured
from benchmarks.storing import KEY, opened
from core.clock import to_micros
from core.records import Batch, BatchMode, RunStatus, SyncRun
from core.settings.models import Retention
from storage import queries
from storage.store import Store
from storage.writer import Writer

READERS = 8
ROWS_A_SECOND = 10_000
_BATCH = 500
_PAUSE_SECONDS = 0.1
_SECONDS = 10.0


def readers_beside_a_writer(folder: Path) -> Measured:
    """Eight threads read a page of runs ten times a second each while 10,000 runs a second are written."""
    store, writer = opened(folder / "readers.db", 20)
    fill(store, 200_000, 20, to_micros(NOW))
    writer.write(KEY, _batch(0, 20), revision=0, now=NOW, horizon=None)
    took: list[float] = []
    until = time.monotonic() + _SECONDS
    readers = [threading.Thread(target=_read, args=(store, number, until, took)) for number in range(READERS)]
    for reader in readers:
        reader.start()
    written = _write_steadily(writer, until)
    for reader in readers:
        reader.join()
    store.close()
    p99 = _quantile(took, 0.99) * 1000
    rate = written / _SECONDS
    return Measured(
        f"readers' p99 with {READERS} of them at 10k rows/s written",
        "≤ 15 ms",
        f"{p99:.1f} ms (median {_quantile(took, 0.5) * 1000:.1f} ms, {len(took):,} pages, {rate:,.0f} rows/s)",
        p99 <= 15 and rate > 0.9 * ROWS_A_SECOND,
    )


def retention_beside_a_writer(folder: Path) -> Measured:
    """Small batches written all the time while 200,000 of 300,000 old runs are taken out."""
    store, writer = opened(folder / "retention.db", 20)
    fill(store, 300_000, 20, to_micros(NOW))
    # The first write of a process reads what it has to know of older runs.
    writer.write(KEY, _batch(0, 20), revision=0, now=NOW, horizon=None)
    idle: list[float] = []
    busy: list[float] = []
    _small_writes(writer, idle, lambda: len(idle) < 200, 1)
    pruning = threading.Thread(
        target=writer.prune, args=(Retention.model_validate({"raw": "30d"}), NOW + timedelta(hours=1))
    )
    pruning.start()
    _small_writes(writer, busy, pruning.is_alive, 1 + len(idle))
    pruning.join()
    store.close()
    longest = max(busy) * 1000
    return Measured(
        "retention holds the writer",
        "≤ 100 ms",
        f"at most {longest:.0f} ms, p99 {_quantile(busy, 0.99) * 1000:.0f} ms ({len(busy)} writes; alone p99"
        f" {_quantile(idle, 0.99) * 1000:.0f} ms)",
        longest <= 100,
    )


def _read(store: Store, number: int, until: float, took: list[float]) -> None:
    while time.monotonic() < until:
        with _timed(took), store.read() as connection:
            queries.runs(connection, integration=f"i{number}")
        time.sleep(_PAUSE_SECONDS)


def _write_steadily(writer: Writer, until: float) -> int:
    number, begin = 1, time.monotonic()
    while time.monotonic() < until:
        writer.write(KEY, _batch(number, _BATCH), revision=number, now=NOW, horizon=None)
        number += 1
        time.sleep(max(0.0, begin + (number - 1) * _BATCH / ROWS_A_SECOND - time.monotonic()))
    return (number - 1) * _BATCH


def _small_writes(writer: Writer, took: list[float], going: Callable[[], bool], first: int = 0) -> None:
    number = first
    while going():
        with _timed(took):
            writer.write(KEY, _batch(number, 20), revision=number, now=NOW, horizon=None)
        number += 1
        time.sleep(0.005)


def _batch(number: int, size: int) -> Batch:
    runs = [
        SyncRun(
            external_id=f"new-{index}",
            status=RunStatus.SUCCEEDED,
            started_at=NOW + timedelta(milliseconds=index),
            finished_at=NOW + timedelta(seconds=3, milliseconds=index),
            records_read=index % 500,
        )
        for index in range(number * size, (number + 1) * size)
    ]
    return Batch(cursor={}, mode=BatchMode.DELTA, runs=runs)


@contextmanager
def _timed(took: list[float]) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    took.append(time.perf_counter() - begin)


def _quantile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]
