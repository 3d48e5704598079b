"""The API calls of one integration over a stretch of time, read once, and their sums at any instant in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import timedelta
from itertools import accumulate

import sqlalchemy as sa

from core.histogram import Histogram
from core.units import Window
from storage.codes import decode_histogram
from storage.days import HOUR, hour_of
from storage.facts.scope import Scope
from storage.schema import call_hour, call_hour_latency, call_minute, call_minute_latency

_MICROSECOND = timedelta(microseconds=1)


class CallStretch:
    """Instants are epoch µs within [since, until].

    minutes_from: from here on calls are known by the minute; before it by the hour, and an instant there
    stands for the whole hour last ended.
    """

    def __init__(
        self,
        connection: sa.Connection,
        scope: Scope,
        since: int,
        until: int,
        windows: Collection[Window],
        histograms: Collection[Window],
    ) -> None:
        """Read what the windows look back on; histograms: those whose latencies are wanted."""
        self._spans = {one: one.duration // _MICROSECOND for one in windows if one.duration is not None}
        self._measured = {one for one in histograms if one in self._spans}
        start = hour_of(since - max(self._spans.values(), default=0))
        self.minutes_from = _first_minute(connection, scope, start, until)
        minutes = _counts(connection, scope, call_minute, "minute", self.minutes_from, until)
        hours = _counts(connection, scope, call_hour, "hour", start, self.minutes_from)
        self._series = _running(scope, [*hours, *minutes])
        self._latencies = self._read_latencies(connection, scope, start, until) if self._measured else []

    def sums(self, at: int) -> Iterator[tuple[Window, dict[tuple[str, int], int], Histogram]]:
        """(window, calls by source and status, latencies) of each window of time that ends at the instant."""
        end = at + 1
        if at < self.minutes_from:
            at = end = hour_of(at)
        for window, span in self._spans.items():
            calls = {}
            for pair, (starts, totals) in self._series.items():
                count = totals[bisect_left(starts, end)] - totals[bisect_left(starts, at - span)]
                if count:
                    calls[pair] = count
            yield window, calls, self._latency(window, at - span, end)

    def _latency(self, window: Window, start: int, end: int) -> Histogram:
        merged = Histogram()
        if window in self._measured:
            first = bisect_left(self._latencies, start, key=lambda one: one[0])
            last = bisect_right(self._latencies, end - 1, key=lambda one: one[0])
            for _, histogram in self._latencies[first:last]:
                merged.merge(histogram)
        return merged

    def _read_latencies(
        self, connection: sa.Connection, scope: Scope, start: int, until: int
    ) -> list[tuple[int, Histogram]]:
        minutes = _histograms(connection, scope, call_minute_latency, "minute", self.minutes_from, until)
        return _histograms(connection, scope, call_hour_latency, "hour", start, self.minutes_from) + minutes


def _first_minute(connection: sa.Connection, scope: Scope, start: int, until: int) -> int:
    """The first whole hour whose minutes are all kept."""
    minute = call_minute.c
    inside = (scope.holds(minute.integration_id), minute.minute >= start, minute.minute <= until)
    first: int | None = connection.execute(sa.select(sa.func.min(minute.minute)).where(*inside)).scalar()
    hour = call_hour.c
    older = (scope.holds(hour.integration_id), hour.hour >= start, hour.hour <= until)
    oldest: int | None = connection.execute(sa.select(sa.func.min(hour.hour)).where(*older)).scalar()
    if first is None:
        return until if oldest is not None else start
    return start if oldest is None or oldest >= hour_of(first) else hour_of(first) + HOUR


def _counts(
    connection: sa.Connection, scope: Scope, table: sa.Table, bucket: str, start: int, end: int
) -> list[tuple[int, int, int, int]]:
    """(bucket, source id, status, calls) with the bucket in [start, end), rising."""
    at, columns = table.c[bucket], table.c
    query = (
        sa.select(at, columns.source_id, columns.status, sa.func.sum(columns.calls))
        .where(scope.holds(columns.integration_id), at >= start, at < end)
        .group_by(at, columns.source_id, columns.status)
        .order_by(at)
    )
    return [(row[0], row[1], row[2], int(row[3])) for row in connection.execute(query)]


def _running(
    scope: Scope, rows: list[tuple[int, int, int, int]]
) -> dict[tuple[str, int], tuple[list[int], list[int]]]:
    """By (source, status): the buckets with such calls, and the running total before each."""
    starts: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    counts: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for at, source_id, status, calls in rows:
        pair = (scope.sources.get(source_id, ""), status)
        starts[pair].append(at)
        counts[pair].append(calls)
    return {pair: (starts[pair], list(accumulate(counts[pair], initial=0))) for pair in starts}


def _histograms(
    connection: sa.Connection, scope: Scope, table: sa.Table, bucket: str, start: int, end: int
) -> list[tuple[int, Histogram]]:
    at = table.c[bucket]
    inside = (scope.holds(table.c.integration_id), at >= start, at < end)
    query = sa.select(at, table.c.histogram).where(*inside).order_by(at)
    return [(row[0], decode_histogram(row[1])) for row in connection.execute(query)]
