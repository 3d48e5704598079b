"""The overview snapshot: computed from what is stored, written by the writer, read by the first page.

Each integration has two rows: its facts at the refresh (`now`) and those of 24 hours before
(`yesterday`). They hold facts and no verdict, so they age honestly.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.facts import Facts, WindowFacts
from core.records import RunStatus, StatusClass
from core.units import Window
from storage.days import Days
from storage.facts import facts_within
from storage.facts.failures import failed_records
from storage.facts.scope import Scope, scope_of, within
from storage.overview_row import OverviewSnapshot
from storage.queries.overview import NOW_ROW, YESTERDAY_ROW
from storage.queries.rows_series import DayCell
from storage.schema import run_day
from storage.selected import AnySelect

DAY = Window(duration=timedelta(hours=24))
YESTERDAY = timedelta(hours=24)
MICROSECOND = timedelta(microseconds=1)
STRIP_DAYS = 30

_ERROR_CLASSES = frozenset({StatusClass.CLIENT_ERROR, StatusClass.SERVER_ERROR})
_encode_strip = msgspec.msgpack.Encoder().encode


def compute_overview(
    connection: sa.Connection,
    now: datetime,
    windows: Collection[Window],
    integrations: Collection[str] | None = None,
    *,
    today: bool = True,
    yesterday: bool = True,
    histograms: Collection[Window] | None = None,
    volumes: Collection[Window] = (),
) -> list[OverviewSnapshot]:
    """The overview rows (for `Writer.save_overview`) of these integrations, None: all, as of now.

    windows: those the rules look back over; the last 24 hours are always there. today, yesterday: whether
    the rows of now, and those of 24 hours ago, are wanted. histograms: the windows whose durations
    and latencies are judged, None = all of `windows`; volumes: those whose usual number of records is.
    """
    wanted = _Wanted({*windows, DAY}, windows if histograms is None else histograms, volumes)
    scope = scope_of(connection, integrations)
    rows: list[OverviewSnapshot] = []
    if today:
        keys = {one.id: one.key for one in scope.integrations.values()}
        strips = {keys[one]: strip for one, strip in _strips(connection, scope, now).items() if one in keys}
        rows += _rows(connection, scope, NOW_ROW, now, wanted, strips)
    if yesterday:
        rows += _rows(connection, scope, YESTERDAY_ROW, now - YESTERDAY, wanted, {})
    return rows


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which sums the facts must hold."""

    windows: Collection[Window]
    histograms: Collection[Window]
    volumes: Collection[Window]


def _rows(
    connection: sa.Connection,
    scope: Scope,
    horizon: str,
    at: datetime,
    wanted: _Wanted,
    strips: Mapping[str, tuple[DayCell, ...]],
) -> list[OverviewSnapshot]:
    micros = to_micros(at)
    ids = {one.key: one.id for one in scope.integrations.values()}
    failed = failed_records(connection, scope, micros - YESTERDAY // MICROSECOND, micros)
    known = facts_within(connection, scope, at, wanted.windows, wanted.histograms, wanted.volumes)
    return [
        _row(horizon, facts, strips.get(key, ()), failed.get(ids[key], 0)) for key, facts in known.items()
    ]


def _row(horizon: str, facts: Facts, strip: tuple[DayCell, ...], failed_records_24h: int) -> OverviewSnapshot:
    day = facts.windows.get(DAY, WindowFacts())
    used = [fact.reading.used_ratio for fact in facts.quotas]
    return OverviewSnapshot(
        integration=facts.integration,
        horizon=horizon,
        as_of=facts.as_of,
        facts=facts,
        strip=_encode_strip(strip) if strip else None,
        runs_24h=sum(day.runs.values()),
        failed_runs_24h=day.runs.get(RunStatus.FAILED, 0),
        partial_runs_24h=day.runs.get(RunStatus.PARTIAL, 0),
        failed_records_open=facts.failed_records_open,
        failed_records_24h=failed_records_24h,
        api_calls_24h=sum(day.calls.values()),
        api_errors_24h=_errors(day.calls),
        quota_used_ratio=max((ratio for ratio in used if ratio is not None), default=None),
        last_run_at=facts.last_finished_at,
    )


def _errors(calls: Mapping[tuple[str, int], int]) -> int:
    """4xx and 5xx: a rough number for whoever reads the table; each source's own is judged at reading."""
    return sum(count for (_, status), count in calls.items() if StatusClass.of(status) in _ERROR_CLASSES)


def _strips(connection: sa.Connection, scope: Scope, now: datetime) -> Mapping[int, tuple[DayCell, ...]]:
    """The last local days with runs, by integration id, oldest first; days of a former zone are left out."""
    if scope.zone is None:
        return {}
    zone, query = scope.zone, _strips_query(scope.every)
    span = {"start": _first_day(now, zone), "end": to_micros(now), "zone_id": scope.zone_id}
    found: dict[int, list[DayCell]] = {}
    dates: dict[int, date] = {}
    for integration_id, start, *numbers in connection.execute(query, scope.parameters(**span)).all():
        if start not in dates:
            dates[start] = from_micros(start).astimezone(zone).date()
        found.setdefault(integration_id, []).append(DayCell(dates[start], *(int(one) for one in numbers)))
    return {integration_id: tuple(cells) for integration_id, cells in found.items()}


@cache
def _strips_query(every: bool) -> AnySelect:
    day = run_day.c
    counts = (day.succeeded, day.partial, day.failed, day.cancelled + day.skipped + day.unknown)
    query: AnySelect = sa.select(day.integration_id, day.day, *(sa.func.sum(count) for count in counts))
    between = (day.day >= sa.bindparam("start"), day.day <= sa.bindparam("end"))
    query = query.where(within(day.integration_id, every), *between, day.zone_id == sa.bindparam("zone_id"))
    return query.group_by(day.integration_id, day.day).order_by(day.integration_id, day.day)


def _first_day(now: datetime, zone: ZoneInfo) -> int:
    """The first instant (µs) of the first local day of the strip that ends today."""
    days = Days(zone)
    start = days.day_of(to_micros(now))
    for _ in range(STRIP_DAYS - 1):
        start = days.day_of(start - 1)
    return start
