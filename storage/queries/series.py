"""Runs and calls over time, by minute, hour or local day of the installation, oldest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.histogram import Histogram
from core.records import StatusClass
from storage.codes import decode_histogram
from storage.queries.joined import consumer, endpoint, method
from storage.queries.rows_series import CallPoint, EndpointRow, RunPoint
from storage.schema import (
    call_day,
    call_day_latency,
    call_hour,
    call_hour_latency,
    call_minute,
    call_minute_latency,
    run_day,
    run_day_duration,
    run_hour,
    run_hour_duration,
    source,
)
from storage.schema import integration as watched

RunStep = Literal["hour", "day"]
CallStep = Literal["minute", "hour", "day"]

_RUNS = {"hour": (run_hour, run_hour_duration), "day": (run_day, run_day_duration)}
_CALLS = {
    "minute": (call_minute, call_minute_latency),
    "hour": (call_hour, call_hour_latency),
    "day": (call_day, call_day_latency),
}
_STATUSES = ("succeeded", "partial", "failed", "cancelled", "skipped", "unknown")
_RECORDS = ("read", "written", "skipped", "failed")


def run_series(
    connection: sa.Connection, integration: str, since: datetime, until: datetime, step: RunStep
) -> list[RunPoint]:
    """Ended runs by hour (UTC) or local day whose start lies in [since, until); those without are missing."""
    table, sides = _RUNS[step]
    inside = _inside(table, step, integration, since, until)
    sums = [sa.func.sum(table.c[status]).label(status) for status in _STATUSES]
    for kind in _RECORDS:
        total, told = sa.func.sum(table.c[f"records_{kind}"]), sa.func.sum(table.c[f"{kind}_told"])
        sums.append(sa.case((told > 0, total)).label(f"records_{kind}"))
    at = table.c[step].label("at")
    query = sa.select(at, *sums).where(*inside).group_by(at).order_by(at)
    durations = _histograms(connection, sides, step, integration, since, until)
    points = []
    for row in connection.execute(query).mappings():
        took = durations.get(row["at"], Histogram())
        numbers = {name: None if row[name] is None else int(row[name]) for name in row if name != "at"}
        points.append(
            RunPoint(
                at=from_micros(row["at"]),
                duration_p50_seconds=took.quantile(0.5),
                duration_p95_seconds=took.quantile(0.95),
                **numbers,  # type: ignore[arg-type]
            )
        )
    return points


def call_series(
    connection: sa.Connection, integration: str, since: datetime, until: datetime, step: CallStep
) -> list[CallPoint]:
    """Calls by minute, hour or local day whose start lies in [since, until); those without are missing."""
    table, sides = _CALLS[step]
    at = table.c[step].label("at")
    query = (
        sa.select(at, source.c.name, table.c.status, sa.func.sum(table.c.calls).label("calls"))
        .join(source, source.c.id == table.c.source_id)
        .where(*_inside(table, step, integration, since, until))
        .group_by(at, source.c.name, table.c.status)
        .order_by(at)
    )
    found: dict[int, dict[tuple[str, int], int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.at, {})[row.name, row.status] = int(row.calls)
    latencies = _histograms(connection, sides, step, integration, since, until)
    return [
        CallPoint(
            at=from_micros(start),
            calls=sum(statuses.values()),
            classes=classes_of(statuses),
            statuses=statuses,
            latency_p50_seconds=latencies.get(start, Histogram()).quantile(0.5),
            latency_p95_seconds=latencies.get(start, Histogram()).quantile(0.95),
        )
        for start, statuses in found.items()
    ]


def endpoints(
    connection: sa.Connection, integration: str, since: datetime, until: datetime, limit: int = 100
) -> list[EndpointRow]:
    """Calls by source, caller, method and endpoint, of the hours (UTC) that start in [since, until).

    The most called first, at most `limit`.
    """
    calls = call_hour.c
    place = (calls.source_id, calls.consumer_id, calls.method_id, calls.endpoint_id)
    inside = _inside(call_hour, "hour", integration, since, until)
    top = (
        sa.select(*place, sa.func.sum(calls.calls).label("total"))
        .where(*inside)
        .group_by(*place)
        .order_by(sa.desc("total"))
        .limit(limit)
        .subquery()
    )
    same = sa.and_(*(column == top.c[column.name] for column in place))
    query = (
        sa.select(*place, top.c.total, calls.status, sa.func.sum(calls.calls).label("calls"))
        .join(top, same)
        .where(*inside)
        .group_by(*place, top.c.total, calls.status)
        .order_by(top.c.total.desc(), *place)
    )
    found: dict[tuple[int, ...], dict[int, int]] = {}
    for row in connection.execute(query):
        key = (row.source_id, row.consumer_id, row.method_id, row.endpoint_id)
        found.setdefault(key, {})[row.status] = int(row.calls)
    hours = _inside(call_hour_latency, "hour", integration, since, until)
    latencies = _latencies(connection, hours, found)
    names = _names(connection, top)
    return [
        _endpoint(names[key], statuses, latencies.get(key, Histogram())) for key, statuses in found.items()
    ]


def _latencies(
    connection: sa.Connection, hours: Iterable[sa.ColumnElement[bool]], places: Collection[tuple[int, ...]]
) -> dict[tuple[int, ...], Histogram]:
    """The latencies of these hours by place: source, consumer, method and endpoint."""
    sides = call_hour_latency.c
    parts = (sides.source_id, sides.consumer_id, sides.method_id, sides.endpoint_id)
    found: dict[tuple[int, ...], Histogram] = {}
    for *place, histogram in connection.execute(sa.select(*parts, sides.histogram).where(*hours)):
        if tuple(place) in places:
            found.setdefault(tuple(place), Histogram()).merge(decode_histogram(histogram))
    return found


def classes_of(statuses: Mapping[tuple[str, int], int]) -> dict[str, int]:
    """Calls by status class (`2xx` … `invalid`), in the order of the classes; those without are missing."""
    found: dict[str, int] = {}
    for (_, status), count in statuses.items():
        name = StatusClass.of(status).value
        found[name] = found.get(name, 0) + count
    return {name.value: found[name.value] for name in StatusClass if name.value in found}


def _endpoint(
    names: tuple[str, str, str, str], statuses: Mapping[int, int], latency: Histogram
) -> EndpointRow:
    return EndpointRow(
        source=names[0],
        consumer=names[1],
        method=names[2],
        endpoint=names[3],
        calls=sum(statuses.values()),
        statuses={(names[0], status): count for status, count in statuses.items()},
        latency_p50_seconds=latency.quantile(0.5),
        latency_p95_seconds=latency.quantile(0.95),
    )


def _names(connection: sa.Connection, top: sa.Subquery) -> dict[tuple[int, ...], tuple[str, str, str, str]]:
    query = (
        sa.select(
            top,
            source.c.name,
            consumer.c.value.label("caller"),
            method.c.value.label("verb"),
            endpoint.c.value,
        )
        .join(source, source.c.id == top.c.source_id)
        .join(consumer, consumer.c.id == top.c.consumer_id)
        .join(method, method.c.id == top.c.method_id)
        .join(endpoint, endpoint.c.id == top.c.endpoint_id)
    )
    return {
        (row.source_id, row.consumer_id, row.method_id, row.endpoint_id): (
            row.name,
            row.caller,
            row.verb,
            row.value,
        )
        for row in connection.execute(query)
    }


def _inside(
    table: sa.Table, step: str, integration: str, since: datetime, until: datetime
) -> list[sa.ColumnElement[bool]]:
    owner = sa.select(watched.c.id).where(watched.c.key == integration).scalar_subquery()
    at = table.c[step]
    return [table.c.integration_id == owner, at >= to_micros(since), at < to_micros(until)]


def _histograms(
    connection: sa.Connection, sides: sa.Table, step: str, integration: str, since: datetime, until: datetime
) -> dict[int, Histogram]:
    """The merged histograms of each bucket (µs)."""
    query = sa.select(sides.c[step].label("at"), sides.c.histogram)
    found: dict[int, Histogram] = {}
    for row in connection.execute(query.where(*_inside(sides, step, integration, since, until))):
        found.setdefault(row.at, Histogram()).merge(decode_histogram(row.histogram))
    return found
