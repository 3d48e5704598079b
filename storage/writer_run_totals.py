"""Moves the hours and days of runs, and their duration histograms, by what a write changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from storage import schema
from storage.codes import decode_histogram, encode_histogram
from storage.days import hour_of
from storage.engine import Row
from storage.rollups import RUN_SUMS, Buckets, RunTotals, Totals, changed
from storage.writing import Writing

Owner = tuple[int, int]
"""(integration id, source id)"""

Key = tuple[int, int, int]
"""(integration id, start of the bucket in µs, source id)"""


def write_run_totals(writing: Writing, totals: Mapping[Owner, RunTotals]) -> None:
    """Add each owner's differences to `run_hour`, `run_day` and their histograms."""
    buckets = Buckets()
    for one in totals.values():
        buckets.fill(one.durations())
    hours = _by_bucket(totals, hour_of)
    rows = [(*key, *one.sums) for key, one in hours.items()]
    writing.statements.add(writing.connection, schema.run_hour, RUN_SUMS, rows)
    _write_durations(writing, schema.run_hour_duration, hours, buckets)
    days = _by_bucket(totals, writing.days.day_of)
    rows = [(*key, writing.zone_id, *one.sums) for key, one in days.items()]
    writing.statements.add(writing.connection, schema.run_day, RUN_SUMS, rows)
    _write_durations(writing, schema.run_day_duration, days, buckets)


def _by_bucket(totals: Mapping[Owner, RunTotals], bucket: Callable[[int], int]) -> dict[Key, Totals]:
    """The differences by key, in its order."""
    found = {
        (integration_id, start, source_id): moved
        for (integration_id, source_id), one in totals.items()
        for start, moved in one.by(bucket).items()
    }
    return dict(sorted(found.items(), key=lambda item: item[0]))


def _write_durations(
    writing: Writing, table: sa.Table, totals: Mapping[Key, Totals], buckets: Buckets
) -> None:
    moved = {key: one for key, one in totals.items() if one.came or one.went}
    stored = _stored(writing, table, list(moved))
    rows: list[Row] = []
    for key, one in moved.items():
        histogram = changed(decode_histogram(stored.get(key)), one, buckets)
        rows.append((*key, encode_histogram(histogram)))
    writing.statements.put(writing.connection, table, rows)


def _stored(writing: Writing, table: sa.Table, keys: list[Key]) -> dict[Row, bytes]:
    names = table.primary_key.columns.keys()
    rows = writing.statements.find(writing.connection, table, [*names, "histogram"], names, keys)
    return {row[:3]: row[3] for row in rows}  # type: ignore[misc]
