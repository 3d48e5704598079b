"""Stores API calls: minutes, and by their difference hours and local days, with latencies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from core.clock import to_micros
from core.histogram import Histogram
from core.records import ApiCalls, BatchMode
from storage import schema
from storage.codes import decode_histogram, encode_histogram
from storage.days import MINUTE, hour_of
from storage.engine import Row, Value
from storage.rollups import subtracted
from storage.writing import Part, Tally, Writing

Key = tuple[int, int, int, int, int, int, int]
"""The primary key of the tables of calls: (integration id, start of the bucket in µs, source id, status,
consumer id, method id, endpoint id)"""


class Latencies:
    """What comes to and goes from the latency histogram of one bucket."""

    __slots__ = ("came", "went")

    def __init__(self) -> None:
        self.came, self.went = Histogram(), Histogram()


def write_calls(parts: Sequence[Part[ApiCalls]]) -> None:
    """Add the calls of a delta batch; put those of an absolute one in the place of what stands there."""
    parts = [one for one in parts if one.records]
    if not parts:
        return
    writing = parts[0].writing
    names = {
        name for part in parts for one in part.records for name in (one.consumer, one.method, one.endpoint)
    }
    texts = writing.texts.ids(writing.connection, names)
    differences: dict[Key, int] = {}
    latencies: dict[Key, Latencies] = {}
    for part in parts:
        _differ(part, texts, differences, latencies)
    _add(writing, schema.call_minute, schema.call_minute_latency, differences, latencies)
    for counts, times, bucket in (
        (schema.call_hour, schema.call_hour_latency, hour_of),
        (schema.call_day, schema.call_day_latency, writing.days.day_of),
    ):
        larger: dict[Key, int] = {}
        for key, difference in differences.items():
            place = (key[0], bucket(key[1]), *key[2:])
            larger[place] = larger.get(place, 0) + difference
        larger_latencies: dict[Key, Latencies] = {}
        for key, moved in latencies.items():
            place = (key[0], bucket(key[1]), *key[2:])
            all_moved = larger_latencies.get(place)
            if all_moved is None:
                all_moved = larger_latencies[place] = Latencies()
            all_moved.came.merge(moved.came)
            all_moved.went.merge(moved.went)
        _add(writing, counts, times, larger, larger_latencies)


def _differ(
    part: Part[ApiCalls],
    texts: Mapping[str, int],
    differences: dict[Key, int],
    latencies: dict[Key, Latencies],
) -> None:
    """Add what one batch changes in the minutes."""
    news = _summed(part, texts)
    part.tally.stored = len(news)
    mine = {key: one.calls for key, one in news.items()}
    moved: dict[Key, Latencies] = {}
    for key, one in news.items():
        if one.latency.count:
            moved[key] = Latencies()
            moved[key].came.merge(one.latency)
    if part.mode is BatchMode.ABSOLUTE:
        _less_stored(part.writing, mine, moved, part.tally)
    differences.update(mine)
    latencies.update(moved)


def _summed(part: Part[ApiCalls], texts: Mapping[str, int]) -> dict[Key, ApiCalls]:
    """The batch by key: a delta's repeated keys are summed, of an absolute one the last holds."""
    writing, found = part.writing, dict[Key, ApiCalls]()
    ids = (writing.integration_id, writing.source_id)
    for one in part.records:
        at = to_micros(one.minute)
        if writing.refuses(at):
            part.tally.refused += 1
            continue
        kind = (one.status, texts[one.consumer], texts[one.method], texts[one.endpoint])
        key = (ids[0], at - at % MINUTE, ids[1], *kind)
        earlier = found.get(key)
        if earlier is not None and part.mode is BatchMode.DELTA:
            one = _sum(earlier, one)
        elif earlier is not None:
            part.tally.duplicates += 1
        found[key] = one
    return found


def _sum(one: ApiCalls, other: ApiCalls) -> ApiCalls:
    both = Histogram()
    both.merge(one.latency)
    both.merge(other.latency)
    return msgspec.structs.replace(other, calls=one.calls + other.calls, latency=both)


def _less_stored(
    writing: Writing, differences: dict[Key, int], latencies: dict[Key, Latencies], tally: Tally
) -> None:
    """Turn new values into differences from what is stored, and leave out what stays the same."""
    stored = _stored(writing, schema.call_minute, "calls", differences)
    times = _stored(writing, schema.call_minute_latency, "histogram", differences)
    for key in list(differences):
        if key not in stored:
            continue
        differences[key] -= int(stored[key])  # type: ignore[arg-type]
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
    zone = (writing.zone_id,) if "zone_id" in counts.c else ()
    rows: list[Row] = [(*key, *zone, difference) for key, difference in sorted(differences.items())]
    writing.statements.add(writing.connection, counts, ("calls",), rows)
    stored = _stored(writing, times, "histogram", latencies) if latencies else {}
    rows = []
    for key, moved in sorted(latencies.items(), key=lambda item: item[0]):
        histogram = decode_histogram(stored.get(key))  # type: ignore[arg-type]
        histogram = subtracted(histogram, moved.went)
        histogram.merge(moved.came)
        rows.append((*key, encode_histogram(histogram)))
    writing.statements.put(writing.connection, times, rows)


def _stored(writing: Writing, table: sa.Table, column: str, keys: Iterable[Key]) -> dict[Row, Value]:
    """What stands in these buckets, by key."""
    names = table.primary_key.columns.keys()
    buckets = sorted({key[:3] for key in keys})
    rows = writing.statements.find(writing.connection, table, [*names, column], names[:3], buckets)
    return {row[:-1]: row[-1] for row in rows}
