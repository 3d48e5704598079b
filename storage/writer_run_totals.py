"""Moves the hours and days of runs, and their duration histograms, by what a write changed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from storage import schema
from storage.codes import decode_histogram, encode_histogram
from storage.days import hour_of
from storage.rollups import RUN_SUMS, Buckets, RunTotals, Totals, changed
from storage.writing import Writing

_CHUNK = 500


def write_run_totals(writing: Writing, totals: RunTotals, integration_id: int) -> None:
    """Add the differences to `run_hour`, `run_day` and their histograms."""
    key, buckets = (integration_id, writing.source_id), Buckets()
    buckets.fill(totals.durations())
    hours = totals.by(hour_of)
    rows = [(key[0], hour, key[1], *one.sums) for hour, one in sorted(hours.items())]
    writing.statements.add(writing.connection, schema.run_hour, RUN_SUMS, rows)
    _write_durations(writing, schema.run_hour_duration, key, hours, buckets)
    days = totals.by(writing.days.day_of)
    rows = [(key[0], day, key[1], writing.zone_id, *one.sums) for day, one in sorted(days.items())]
    writing.statements.add(writing.connection, schema.run_day, RUN_SUMS, rows)
    _write_durations(writing, schema.run_day_duration, key, days, buckets)


def _write_durations(
    writing: Writing, table: sa.Table, key: tuple[int, int], totals: Mapping[int, Totals], buckets: Buckets
) -> None:
    moved = {start: one for start, one in totals.items() if one.came or one.went}
    stored = _stored(writing.connection, table, key, sorted(moved))
    rows = []
    for start, one in sorted(moved.items()):
        histogram = changed(decode_histogram(stored.get(start)), one, buckets)
        rows.append((key[0], start, key[1], encode_histogram(histogram)))
    writing.statements.put(writing.connection, table, rows)


def _stored(
    connection: sa.Connection, table: sa.Table, key: tuple[int, int], starts: list[int]
) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for first in range(0, len(starts), _CHUNK):
        asked = {"integration": key[0], "source": key[1], "starts": starts[first : first + _CHUNK]}
        rows = connection.execute(_standing(table), asked)
        found.update((start, histogram) for start, histogram in rows)
    return found


@cache
def _standing(table: sa.Table) -> sa.Select[tuple[Any, ...]]:
    bucket = table.c[1]
    return sa.select(bucket, table.c.histogram).where(
        table.c.integration_id == sa.bindparam("integration"),
        table.c.source_id == sa.bindparam("source"),
        bucket.in_(sa.bindparam("starts", expanding=True)),
    )
