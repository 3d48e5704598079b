"""Sums of ended runs over stretches of time, for all integrations at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from core.facts import WindowFacts
from core.histogram import Histogram
from core.records import COUNTED_STATUSES, RunStatus
from storage.codes import STATUS_CODE, STATUS_OF, decode_histogram
from storage.facts.pieces import Level, Piece, by_hours
from storage.facts.scope import Scope
from storage.schema import run_day, run_day_duration, run_hour, run_hour_duration, sync_run

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
        self.add_records(part for number in numbers for part in (number, int(number is not None)))

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


def told_microseconds() -> sa.ColumnElement[int | None]:
    """An ended run's duration in µs: as told, else from its start to its end; NULL if not known."""
    measured = sa.case((sync_run.c.timing == 0, sync_run.c.took))
    return sa.func.coalesce(sync_run.c.duration, measured)


def _from_rows(
    connection: sa.Connection, scope: Scope, piece: Piece, durations: bool
) -> Mapping[int, RunSums]:
    runs = sync_run.c
    inside = (scope.holds(runs.integration_id), runs.at >= piece.start, runs.at < piece.end)
    numbers = [runs[f"records_{kind}"] for kind in RECORDS]
    query = (
        sa.select(
            runs.integration_id,
            runs.status,
            sa.func.count(),
            *(part for number in numbers for part in (sa.func.sum(number), sa.func.count(number))),
        )
        .where(*inside)
        .group_by(runs.integration_id, runs.status)
    )
    found: defaultdict[int, RunSums] = defaultdict(RunSums)
    for integration_id, status, count, *records in connection.execute(query):
        found[integration_id].add_runs(STATUS_OF[status], count)
        found[integration_id].add_records(records)
    if durations:
        took = told_microseconds()
        each = sa.select(runs.integration_id, took).where(
            *inside, runs.status.in_(COUNTED_CODES), took.is_not(None)
        )
        for integration_id, micros in connection.execute(each):
            found[integration_id].duration.add(micros / 1e6)
    return found


def _from_rollups(
    connection: sa.Connection, scope: Scope, piece: Piece, durations: bool
) -> Mapping[int, RunSums] | None:
    """The same from hour or day rows; None where days of another zone lie in the piece."""
    daily = piece.level is Level.DAY
    table, sides = (run_day, run_day_duration) if daily else (run_hour, run_hour_duration)
    bucket, side_bucket = (table.c.day, sides.c.day) if daily else (table.c.hour, sides.c.hour)
    foreign = sa.func.sum(sa.case((table.c.zone_id != scope.zone_id, 1), else_=0)) if daily else sa.literal(0)
    columns = [table.c[status.value] for status in ENDED]
    for kind in RECORDS:
        columns += [table.c[f"records_{kind}"], table.c[f"{kind}_told"]]
    query = (
        sa.select(table.c.integration_id, foreign, *(sa.func.sum(column) for column in columns))
        .where(scope.holds(table.c.integration_id), bucket >= piece.start, bucket < piece.end)
        .group_by(table.c.integration_id)
    )
    found: defaultdict[int, RunSums] = defaultdict(RunSums)
    for integration_id, of_other_zone, *numbers in connection.execute(query):
        if of_other_zone:
            return None
        for status, count in zip(ENDED, numbers, strict=False):
            found[integration_id].add_runs(status, int(count))
        found[integration_id].add_records(numbers[len(ENDED) :])
    if durations:
        each = sa.select(sides.c.integration_id, sides.c.histogram).where(
            scope.holds(sides.c.integration_id), side_bucket >= piece.start, side_bucket < piece.end
        )
        for integration_id, stored in connection.execute(each):
            found[integration_id].duration.merge(decode_histogram(stored))
    return found
