"""Measures the first page's one query, whose time must not depend on how many runs there are."""

from __future__ import annotations

from pathlib import Path

from benchmarks.history import fill
from benchmarks.measure import NOW, Measured, milliseconds
from benchmarks.storing import opened
from core.clock import to_micros
from storage.overview import compute_overview
from storage.queries.overview import overview
from storage.store import Store
from storage.writer import Writer


def front_page(folder: Path, large: Store, rows: int) -> Measured:
    """The overview of 500 integrations at a million runs and in a larger store."""
    small, writer = opened(folder / "million.db", 500)
    fill(small, 1_000_000, 500, to_micros(NOW))
    _refresh(small, writer)
    _refresh(large, Writer(large))
    few, many = _read(small), _read(large)
    small.close()
    found = f"{few:.1f} ms at 1,000,000 runs, {many:.1f} ms at {rows:,} ({many / few:.2f} times)"
    return Measured(
        "first page's query, 500 integrations",
        "≤ 2 ms; ≤ 1.2 × its time at 1M",
        found,
        many <= 2 and many <= few * 1.2,
    )


def _refresh(store: Store, writer: Writer) -> None:
    with store.read() as connection:
        snapshots = compute_overview(connection, NOW, [])
    writer.save_overview(snapshots)


def _read(store: Store) -> float:
    with store.read() as connection:
        return milliseconds(lambda: overview(connection))
