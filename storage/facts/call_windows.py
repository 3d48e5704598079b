"""Sums of API calls over stretches of time, for all integrations at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from core.histogram import Histogram
from storage.codes import decode_histogram
from storage.facts.pieces import Level, Piece, by_hours
from storage.facts.scope import Scope
from storage.schema import (
    call_day,
    call_day_latency,
    call_hour,
    call_hour_latency,
    call_minute,
    call_minute_latency,
)

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
        """Count more calls."""
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
    table, sides, name = TABLES[piece.level]
    bucket, side_bucket = table.c[name], sides.c[name]
    daily = piece.level is Level.DAY
    foreign = sa.func.sum(sa.case((table.c.zone_id != scope.zone_id, 1), else_=0)) if daily else sa.literal(0)
    query = (
        sa.select(
            table.c.integration_id, table.c.source_id, table.c.status, sa.func.sum(table.c.calls), foreign
        )
        .where(scope.holds(table.c.integration_id), bucket >= piece.start, bucket < piece.end)
        .group_by(table.c.integration_id, table.c.source_id, table.c.status)
    )
    found: defaultdict[int, CallSums] = defaultdict(CallSums)
    for integration_id, source_id, status, count, of_other_zone in connection.execute(query):
        if of_other_zone:
            return call_sums(connection, scope, by_hours(piece), latencies=latencies)
        found[integration_id].add(scope.sources.get(source_id, ""), status, int(count))
    if latencies and found:
        each = sa.select(sides.c.integration_id, sides.c.histogram).where(
            scope.holds(sides.c.integration_id), side_bucket >= piece.start, side_bucket < piece.end
        )
        for integration_id, stored in connection.execute(each):
            found[integration_id].latency.merge(decode_histogram(stored))
    return found
