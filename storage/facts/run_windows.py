"""Sums of ended runs over stretches of time, for all integrations at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

import sqlalchemy as sa

from core.facts import WindowFacts
from core.histogram import Histogram
from core.records import COUNTED_STATUSES, RunStatus
from storage.codes import STATUS_CODE, STATUS_OF, decode_histogram
from storage.facts.pieces import Level, Piece, by_hours
from storage.facts.scope import Scope, within
from storage.schema import run_day, run_day_duration, run_hour, run_hour_duration, sync_run
from storage.schema.runs import DURATION
from storage.selected import AnySelect

ENDED = (
    RunStatus.SUCCEEDED,
    RunStatus.PARTIAL,
    RunStatus.FAILED,
    RunStatus.CANCELLED,
    RunStatus.SKIPPED,
    RunStatus.UNKNOWN,
)
RECORDS = ("read", "written", "skipped", "failed")
COUNTED_CODES = tuple(sorted(STATUS_CODE[status] for status in COUNTED_STATUSES))


@dataclass(slots=True)
class RunSums:
    """Sums of one integration: runs by status; records by kind, with how many runs told each."""

    runs: dict[RunStatus, int] = field(default_factory=dict)
    records: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    told: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    duration: Histogram = field(default_factory=Histogram)

    def add_runs(self, status: RunStatus, count: int) -> None:
        """Count more runs of a status."""
        if count:
            self.runs[status] = self.runs.get(status, 0) + count

    def add_records(self, numbers: Iterable[int | None]) -> None:
        """Add pairs of (sum, runs that told it), in the order of RECORDS."""
        flat = list(numbers)
        for place in range(len(RECORDS)):
            self.records[place] += int(flat[2 * place] or 0)
            self.told[place] += int(flat[2 * place + 1] or 0)

    def add_told(self, numbers: Iterable[int | None]) -> None:
        """Add what one run told, in the order of RECORDS; None: it told nothing."""
        for place, number in enumerate(numbers):
            if number is not None:
                self.records[place] += number
                self.told[place] += 1

    def merge(self, other: RunSums) -> None:
        """Take in another stretch's sums."""
        for status, count in other.runs.items():
            self.add_runs(status, count)
        self.records = [a + b for a, b in zip(self.records, other.records, strict=True)]
        self.told = [a + b for a, b in zip(self.told, other.told, strict=True)]
        self.duration.merge(other.duration)

    def facts(
        self, calls: Mapping[tuple[str, int], int], duration: Histogram, latency: Histogram
    ) -> WindowFacts:
        """The sums in the judge's words, with calls and histograms beside them."""
        known = [total if told else None for total, told in zip(self.records, self.told, strict=True)]
        return WindowFacts(
            runs=dict(self.runs),
            records_read=known[0],
            records_written=known[1],
            records_skipped=known[2],
            records_failed=known[3],
            duration=duration,
            calls=calls,
            latency=latency,
        )


def run_sums(
    connection: sa.Connection, scope: Scope, piece: Piece, *, durations: bool
) -> Mapping[int, RunSums]:
    """Sums of one piece by integration id; durations: whether their histograms are wanted."""
    if piece.level is Level.FINE:
        return _from_rows(connection, scope, piece, durations)
    found = _from_rollups(connection, scope, piece, durations)
    if found is None:
        found = _from_rollups(connection, scope, by_hours(piece), durations)
    return found or {}


def _from_rows(
    connection: sa.Connection, scope: Scope, piece: Piece, durations: bool
) -> Mapping[int, RunSums]:
    parameters = scope.parameters(start=piece.start, end=piece.end)
    found: defaultdict[int, RunSums] = defaultdict(RunSums)
    for one, status, count, *records in connection.execute(_rows_query(scope.every), parameters).all():
        found[one].add_runs(STATUS_OF[status], count)
        found[one].add_records(records)
    if durations:
        for one, micros in connection.execute(_durations_query(scope.every), parameters).all():
            found[one].duration.add(micros / 1e6)
    return found


def _from_rollups(
    connection: sa.Connection, scope: Scope, piece: Piece, durations: bool
) -> Mapping[int, RunSums] | None:
    """The same from hour or day rows; None where days of another zone lie in the piece."""
    span = {"start": piece.start, "end": piece.end}
    zoned = {"zone_id": scope.zone_id} if piece.level is Level.DAY else {}
    query = _rollups_query(scope.every, piece.level)
    found: defaultdict[int, RunSums] = defaultdict(RunSums)
    for one, of_other_zone, *numbers in connection.execute(query, scope.parameters(**span, **zoned)).all():
        if of_other_zone:
            return None
        for status, count in zip(ENDED, numbers, strict=False):
            found[one].add_runs(status, int(count))
        found[one].add_records(numbers[len(ENDED) :])
    if durations:
        each = _histograms_query(scope.every, piece.level)
        for one, stored in connection.execute(each, scope.parameters(**span)).all():
            found[one].duration.merge(decode_histogram(stored))
    return found


# The queries are composed once: SQLAlchemy takes longer to put one together than SQLite to answer it.


def _inside(
    owner: sa.ColumnElement[int], at: sa.ColumnElement[int], every: bool
) -> tuple[sa.ColumnElement[bool], ...]:
    return within(owner, every), at >= sa.bindparam("start"), at < sa.bindparam("end")


@cache
def _rows_query(every: bool) -> AnySelect:
    runs = sync_run.c
    numbers = [runs[f"records_{kind}"] for kind in RECORDS]
    sums = (part for number in numbers for part in (sa.func.sum(number), sa.func.count(number)))
    query: AnySelect = sa.select(runs.integration_id, runs.status, sa.func.count(), *sums)
    query = query.where(*_inside(runs.integration_id, runs.at, every))
    return query.group_by(runs.integration_id, runs.status)


@cache
def _durations_query(every: bool) -> AnySelect:
    runs = sync_run.c
    query: AnySelect = sa.select(runs.integration_id, DURATION)
    counted = (runs.status.in_(COUNTED_CODES), DURATION.is_not(None))
    return query.where(*_inside(runs.integration_id, runs.at, every), *counted)


@cache
def _rollups_query(every: bool, level: Level) -> AnySelect:
    table = run_day if level is Level.DAY else run_hour
    foreign: sa.ColumnElement[int] = sa.literal_column("0")
    if level is Level.DAY:
        foreign = sa.func.sum(sa.case((table.c.zone_id != sa.bindparam("zone_id"), 1), else_=0))
    columns = [table.c[status.value] for status in ENDED]
    for kind in RECORDS:
        columns += [table.c[f"records_{kind}"], table.c[f"{kind}_told"]]
    query: AnySelect = sa.select(table.c.integration_id, foreign, *(sa.func.sum(one) for one in columns))
    query = query.where(*_inside(table.c.integration_id, table.c[level.value], every))
    return query.group_by(table.c.integration_id)


@cache
def _histograms_query(every: bool, level: Level) -> AnySelect:
    sides = run_day_duration if level is Level.DAY else run_hour_duration
    query: AnySelect = sa.select(sides.c.integration_id, sides.c.histogram)
    return query.where(*_inside(sides.c.integration_id, sides.c[level.value], every))
