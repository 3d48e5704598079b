"""Builds the local days anew when the installation's time zone changes."""

from __future__ import annotations

import sqlalchemy as sa

from core.histogram import Histogram
from storage import schema
from storage.codes import encode_histogram
from storage.days import Days
from storage.dictionary import Texts
from storage.engine import Row
from storage.pruned import pruned_until
from storage.recompute import Rollup, call_rollups, run_rollups
from storage.statements import Statements
from storage.zone import zone_of


def rebuild_days(connection: sa.Connection, statements: Statements, texts: Texts) -> None:
    """Put the days of the present zone in the place of those of the former one.

    Days whose raw rows are pruned stay as they are, days of their own zone.
    """
    zone = zone_of(connection)
    days, zone_id = Days(zone), texts.id(connection, zone.key)
    runs = run_rollups(connection, days.day_of)[0]
    calls = call_rollups(connection, days.day_of)[0]
    for rollup, counts, histograms, raw in (
        (runs, schema.run_day, schema.run_day_duration, schema.sync_run),
        (calls, schema.call_day, schema.call_day_latency, schema.call_minute),
    ):
        since = pruned_until(connection, raw)
        for table in (counts, histograms):
            connection.execute(sa.delete(table).where(table.c.day >= since))
        kept = {key: one for key, one in rollup.items() if key[1] >= since}
        _write(connection, statements, counts, histograms, kept, zone_id)


def _write(
    connection: sa.Connection,
    statements: Statements,
    counts: sa.Table,
    histograms: sa.Table,
    rollup: Rollup,
    zone_id: int,
) -> None:
    ordered = sorted(rollup.items(), key=lambda item: item[0])
    statements.put(connection, counts, [(*key, zone_id, *one.sums) for key, one in ordered])
    known: list[Row] = [
        (*key, encode_histogram(Histogram(buckets=one.buckets))) for key, one in ordered if one.buckets
    ]
    statements.put(connection, histograms, known)
