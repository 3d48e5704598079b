"""Stores API calls: minutes, and by their difference hours and local days, with latencies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from core.clock import to_micros
from core.histogram import Histogram
from core.records import ApiCalls, BatchMode
from storage import schema
from storage.codes import decode_histogram, encode_histogram
from storage.days import MINUTE, hour_of
from storage.engine import Row
from storage.rollups import subtracted
from storage.writing import Tally, Writing

Kind = tuple[int, int, int, int]
"""(status, consumer id, method id, endpoint id)"""

Key = tuple[int, Kind]
"""(start of the bucket in µs, kind of call)"""


class Latencies:
    """What comes to and goes from the latency histogram of one bucket."""

    __slots__ = ("came", "went")

    def __init__(self) -> None:
        self.came, self.went = Histogram(), Histogram()


def write_calls(writing: Writing, calls: Sequence[ApiCalls], mode: BatchMode) -> Tally:
    """Add the calls of a delta batch; put those of an absolute one in the place of what stands there."""
    tally = Tally()
    if not calls:
        return tally
    news = _summed(writing, calls, mode, tally)
    tally.stored = len(news)
    differences = {key: one.calls for key, one in news.items()}
    latencies: dict[Key, Latencies] = {}
    for key, one in news.items():
        if one.latency.count:
            latencies.setdefault(key, Latencies()).came.merge(one.latency)
    if mode is BatchMode.ABSOLUTE:
        _less_stored(writing, differences, latencies, tally)
    _add(writing, schema.call_minute, schema.call_minute_latency, differences, latencies)
    for counts, times, bucket in (
        (schema.call_hour, schema.call_hour_latency, hour_of),
        (schema.call_day, schema.call_day_latency, writing.days.day_of),
    ):
        larger: dict[Key, int] = {}
        for (minute, kind), difference in differences.items():
            place = (bucket(minute), kind)
            larger[place] = larger.get(place, 0) + difference
        larger_latencies: dict[Key, Latencies] = {}
        for (minute, kind), moved in latencies.items():
            all_moved = larger_latencies.setdefault((bucket(minute), kind), Latencies())
            all_moved.came.merge(moved.came)
            all_moved.went.merge(moved.went)
        _add(writing, counts, times, larger, larger_latencies)
    return tally


def _summed(
    writing: Writing, calls: Sequence[ApiCalls], mode: BatchMode, tally: Tally
) -> dict[Key, ApiCalls]:
    """The batch by key: a delta's repeated keys are summed, of an absolute one the last holds."""
    names = {name for one in calls for name in (one.consumer, one.method, one.endpoint)}
    texts = writing.texts.ids(writing.connection, names)
    found: dict[Key, ApiCalls] = {}
    for one in calls:
        at = to_micros(one.minute)
        if writing.refuses(at):
            tally.refused += 1
            continue
        kind = (one.status, texts[one.consumer], texts[one.method], texts[one.endpoint])
        key = (at - at % MINUTE, kind)
        earlier = found.get(key)
        if earlier is not None and mode is BatchMode.DELTA:
            both = Histogram()
            both.merge(earlier.latency)
            both.merge(one.latency)
            one = ApiCalls(
                minute=one.minute,
                method=one.method,
                endpoint=one.endpoint,
                status=one.status,
                consumer=one.consumer,
                calls=earlier.calls + one.calls,
                latency=both,
            )
        elif earlier is not None:
            tally.duplicates += 1
        found[key] = one
    return found


def _less_stored(
    writing: Writing, differences: dict[Key, int], latencies: dict[Key, Latencies], tally: Tally
) -> None:
    """Turn new values into differences from what is stored, and leave out what stays the same."""
    stored = _stored(writing, schema.call_minute, "calls", differences)
    times = _stored(writing, schema.call_minute_latency, "histogram", differences)
    for key in list(differences):
        if key not in stored:
            continue
        differences[key] -= int(stored[key])
        moved = latencies.setdefault(key, Latencies())
        moved.went.merge(decode_histogram(times.get(key)))  # type: ignore[arg-type]
        if _same(moved):
            del latencies[key]
            if not differences[key]:
                del differences[key]
                tally.stored, tally.duplicates = tally.stored - 1, tally.duplicates + 1


def _same(moved: Latencies) -> bool:
    came, went = moved.came, moved.went
    if came.values is not None and went.values is not None:
        return sorted(came.values) == sorted(went.values)
    return came.values is went.values and came.buckets == went.buckets


def _add(
    writing: Writing,
    counts: sa.Table,
    times: sa.Table,
    differences: Mapping[Key, int],
    latencies: Mapping[Key, Latencies],
) -> None:
    ids = (writing.integration_id, writing.source_id)
    zone = (writing.zone_id,) if "zone_id" in counts.c else ()
    rows: list[Row] = [
        (ids[0], start, ids[1], *kind, *zone, difference)
        for (start, kind), difference in sorted(differences.items())
    ]
    writing.statements.add(writing.connection, counts, ("calls",), rows)
    stored = _stored(writing, times, "histogram", latencies) if latencies else {}
    rows = []
    for (start, kind), moved in sorted(latencies.items(), key=lambda item: item[0]):
        histogram = decode_histogram(stored.get((start, kind)))  # type: ignore[arg-type]
        histogram = subtracted(histogram, moved.went)
        histogram.merge(moved.came)
        rows.append((ids[0], start, ids[1], *kind, encode_histogram(histogram)))
    writing.statements.put(writing.connection, times, rows)


def _stored(writing: Writing, table: sa.Table, column: str, keys: Iterable[Key]) -> dict[Key, int | bytes]:
    """What stands in these buckets, by key."""
    starts = sorted({start for start, _ in keys})
    found: dict[Key, int | bytes] = {}
    query, mine = (
        _standing(table, column),
        {"integration": writing.integration_id, "source": writing.source_id},
    )
    for first in range(0, len(starts), 500):
        rows = writing.connection.execute(query, {**mine, "starts": starts[first : first + 500]})
        for start, status, consumer, method, endpoint, value in rows:
            found[start, (status, consumer, method, endpoint)] = value
    return found


@cache
def _standing(table: sa.Table, column: str) -> sa.Select[tuple[Any, ...]]:
    bucket = table.c[1]
    columns = (bucket, table.c.status, table.c.consumer_id, table.c.method_id, table.c.endpoint_id)
    return sa.select(*columns, table.c[column]).where(
        table.c.integration_id == sa.bindparam("integration"),
        table.c.source_id == sa.bindparam("source"),
        bucket.in_(sa.bindparam("starts", expanding=True)),
    )
