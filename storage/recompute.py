"""Rollups computed anew from raw rows: what `verify` compares with and a new time zone is built from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from core.histogram import bucket_of
from storage import schema
from storage.codes import decode_histogram
from storage.days import hour_of
from storage.engine import Row
from storage.rollups import RUN_SUMS, RunTotals, bucketed
from storage.run_rows import ENDED

ROWS = 20_000
"""So many rows are read at a time."""

Key = tuple[int, ...]
"""The primary key of a rollup row, in its table's order."""


@dataclass(slots=True)
class Sums:
    """One rollup row: its sums in its table's order, and its histogram as counts by bucket."""

    sums: list[int]
    buckets: dict[int, int] = field(default_factory=dict)

    def add(self, sums: list[int], buckets: Mapping[int, int]) -> None:
        """Add another row's."""
        self.sums = [mine + theirs for mine, theirs in zip(self.sums, sums, strict=True)]
        for bucket, count in buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count

    @property
    def nothing(self) -> bool:
        """Whether it is the same as no row at all."""
        return not any(self.sums) and not self.buckets


Rollup = dict[Key, Sums]


def read_rows(
    connection: sa.Connection, query: sa.Select[tuple[int]] | sa.Select[tuple[object, ...]]
) -> Iterator[list[Row]]:
    """The rows of a query, some at a time: a table may hold more than memory does."""
    result = connection.execute(query.execution_options(yield_per=ROWS))
    for rows in result.partitions(ROWS):
        yield [tuple(row) for row in rows]  # type: ignore[arg-type]


def run_rollups(connection: sa.Connection, *buckets: Callable[[int], int]) -> list[Rollup]:
    """One rollup of all ended runs for each bucket function, such as `hour_of`."""
    found: list[Rollup] = [{} for _ in buckets]
    query = sa.select(*(schema.sync_run.c[name] for name in ENDED))
    for rows in read_rows(connection, query):
        owners: dict[tuple[int, int], RunTotals] = {}
        for row in rows:
            owners.setdefault((row[0], row[1]), RunTotals()).add((row,))  # type: ignore[arg-type]
        for (integration_id, source_id), totals in owners.items():
            for rollup, bucket in zip(found, buckets, strict=True):
                for start, one in totals.by(bucket).items():
                    counts: dict[int, int] = {}
                    for seconds in one.came:
                        place = bucket_of(seconds)
                        counts[place] = counts.get(place, 0) + 1
                    _at(rollup, (integration_id, start, source_id), len(RUN_SUMS)).add(one.sums, counts)
    return found


def call_rollups(connection: sa.Connection, *buckets: Callable[[int], int]) -> list[Rollup]:
    """One rollup of all minutes of calls for each bucket function."""
    found: list[Rollup] = [{} for _ in buckets]
    for table, column in ((schema.call_minute, "calls"), (schema.call_minute_latency, "histogram")):
        query = sa.select(*table.primary_key, table.c[column])
        for rows in read_rows(connection, query):
            for integration_id, minute, *kind, value in rows:
                calls = value if column == "calls" else 0
                latency = {} if column == "calls" else bucketed(decode_histogram(value))  # type: ignore[arg-type]
                for rollup, bucket in zip(found, buckets, strict=True):
                    key = (integration_id, bucket(minute), *kind)  # type: ignore[arg-type]
                    _at(rollup, key, 1).add([calls], latency)  # type: ignore[arg-type,list-item]
    return found


def group_rollup(connection: sa.Connection) -> Rollup:
    """Failed records by cause and hour."""
    found: Rollup = {}
    table = schema.failed_record
    for rows in read_rows(connection, sa.select(table.c.group_id, table.c.occurred_at)):
        for group_id, at in rows:
            _at(found, (group_id, hour_of(at)), 1).add([1], {})  # type: ignore[arg-type]
    return found


def stored_rollup(connection: sa.Connection, table: sa.Table, histograms: sa.Table | None) -> Rollup:
    """The rows of a rollup as they stand."""
    found: Rollup = {}
    keys = [column.name for column in table.primary_key]
    sums = [column for column in table.c if column.name not in {*keys, "zone_id"}]
    for rows in read_rows(connection, sa.select(*table.primary_key, *sums)):
        for row in rows:
            found[row[: len(keys)]] = Sums(list(row[len(keys) :]))  # type: ignore[index,arg-type]
    if histograms is not None:
        query = sa.select(*histograms.primary_key, histograms.c.histogram)
        for rows in read_rows(connection, query):
            for *key, histogram in rows:
                counts = bucketed(decode_histogram(histogram))  # type: ignore[arg-type]
                _at(found, tuple(key), len(sums)).add([0] * len(sums), counts)  # type: ignore[arg-type]
    return {key: one for key, one in found.items() if not one.nothing}


def _at(rollup: Rollup, key: Key, width: int) -> Sums:
    found = rollup.get(key)
    if found is None:
        found = rollup[key] = Sums([0] * width)
    return found
