"""Sums of API calls over stretches of time, for all integrations at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import sqlalchemy as sa

from core.histogram import Histogram
from storage.codes import decode_histogram
from storage.facts.pieces import Level, Piece, by_hours
from storage.facts.scope import Scope, within
from storage.schema import (
    call_day,
    call_day_latency,
    call_hour,
    call_hour_latency,
    call_minute,
    call_minute_latency,
)
from storage.selected import AnySelect

TABLES = {
    Level.FINE: (call_minute, call_minute_latency, "minute"),
    Level.HOUR: (call_hour, call_hour_latency, "hour"),
    Level.DAY: (call_day, call_day_latency, "day"),
}


@dataclass(slots=True)
class CallSums:
    """Sums of one integration. calls: by (source name, HTTP status); latency: seconds."""

    calls: dict[tuple[str, int], int] = field(default_factory=dict)
    latency: Histogram = field(default_factory=Histogram)

    def add(self, source: str, status: int, count: int) -> None:
        """Count more calls. status: of HTTP, 0 where none could be read; count: how many."""
        self.calls[source, status] = self.calls.get((source, status), 0) + count

    def merge(self, other: CallSums) -> None:
        """Take in another stretch's sums."""
        for (source, status), count in other.calls.items():
            self.add(source, status, count)
        self.latency.merge(other.latency)


def call_sums(
    connection: sa.Connection, scope: Scope, piece: Piece, *, latencies: bool
) -> Mapping[int, CallSums]:
    """Sums of one piece by integration id: of the minutes, hours or days that start in it."""
    span = {"start": piece.start, "end": piece.end}
    zoned = {"zone_id": scope.zone_id} if piece.level is Level.DAY else {}
    found: defaultdict[int, CallSums] = defaultdict(CallSums)
    counts = _counts_query(scope.every, piece.level)
    rows = connection.execute(counts, scope.parameters(**span, **zoned)).all()
    for one, source_id, status, count, foreign in rows:
        if foreign:
            return call_sums(connection, scope, by_hours(piece), latencies=latencies)
        found[one].add(scope.sources.get(source_id, ""), status, int(count))
    if latencies and found:
        each = _latencies_query(scope.every, piece.level)
        for one, stored in connection.execute(each, scope.parameters(**span)).all():
            found[one].latency.merge(decode_histogram(stored))
    return found


@cache
def _counts_query(every: bool, level: Level) -> AnySelect:
    table, _, name = TABLES[level]
    foreign: sa.ColumnElement[int] = sa.literal_column("0")
    if level is Level.DAY:
        foreign = sa.func.sum(sa.case((table.c.zone_id != sa.bindparam("zone_id"), 1), else_=0))
    groups = (table.c.integration_id, table.c.source_id, table.c.status)
    query: AnySelect = sa.select(*groups, sa.func.sum(table.c.calls), foreign)
    return query.where(*_inside(table, name, every)).group_by(*groups)


@cache
def _latencies_query(every: bool, level: Level) -> AnySelect:
    _, sides, name = TABLES[level]
    query: AnySelect = sa.select(sides.c.integration_id, sides.c.histogram)
    return query.where(*_inside(sides, name, every))


def _inside(table: sa.Table, bucket: str, every: bool) -> tuple[sa.ColumnElement[bool], ...]:
    at = table.c[bucket]
    return within(table.c.integration_id, every), at >= sa.bindparam("start"), at < sa.bindparam("end")
