"""How many records runs carried in a window, and in the same stretch of the weeks before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.facts import VolumeFact
from core.units import Window
from storage.facts.pieces import Piece, pieces
from storage.facts.run_windows import RECORDS, RunSums, run_sums
from storage.facts.scope import Scope

WEEKS = 4
_MICROSECOND = timedelta(microseconds=1)
_UTC = ZoneInfo("UTC")


def volumes_at(
    connection: sa.Connection, scope: Scope, at: int, windows: Collection[Window]
) -> Mapping[int, Mapping[Window, VolumeFact]]:
    """The volume of each window of time that ends at `at` (µs), by integration id.

    A week before is the same wall-clock time of the installation's zone seven days earlier.
    """
    cut = {
        window: [
            pieces(end - window.duration // _MICROSECOND, end + 1, scope.zone)
            for end in (weeks_before(at, weeks, scope.zone or _UTC) for weeks in range(WEEKS + 1))
        ]
        for window in windows
        if window.duration is not None
    }
    distinct = {piece for weeks in cut.values() for week in weeks for piece in week}
    sums = {piece: run_sums(connection, scope, piece, durations=False) for piece in distinct}
    return {
        one: {window: volume_of([_sum(sums, week, one) for week in weeks]) for window, weeks in cut.items()}
        for one in scope.integrations
    }


def weeks_before(at: int, weeks: int, zone: ZoneInfo) -> int:
    """The same wall-clock time (µs in and out) so many weeks earlier."""
    return to_micros(from_micros(at).astimezone(zone) - timedelta(weeks=weeks))


_NOTHING = RunSums()
"""Of a stretch in which nothing ended; never added to."""


def _sum(sums: Mapping[Piece, Mapping[int, RunSums]], week: Collection[Piece], integration: int) -> RunSums:
    """The sums of a week's pieces; only to be read."""
    parts = [part for piece in week if (part := sums[piece].get(integration)) is not None]
    if len(parts) < 2:
        return parts[0] if parts else _NOTHING
    total = RunSums()
    for part in parts:
        total.merge(part)
    return total


def volume_of(weeks: list[RunSums]) -> VolumeFact:
    """The volume of a stretch, given first, against those of the weeks before it."""
    told = [_records(week) for week in weeks]
    now = told[0] if told[0] is not None or weeks[0].runs else 0
    return VolumeFact(records=now, usual=tuple(told[1:]))


def _records(sums: RunSums) -> int | None:
    for kind in (RECORDS.index("written"), RECORDS.index("read")):
        if sums.told[kind]:
            return sums.records[kind]
    return None
