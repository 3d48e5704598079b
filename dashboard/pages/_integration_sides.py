"""The tab Both sides: how many records each side holds, and what happened to single records on both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.records import Side
from dashboard import notices, panels, reads, tables
from dashboard.ranges import RANGES, Range
from dashboard.refresh import refreshing
from dashboard.tables import Column
from dashboard.viewer import Viewer
from dashboard.words import SIDE
from storage.queries.rows import CountRow, RecordEventRow

REFRESH_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Held:
    """How many records of an entity each side holds, as last counted; None where a side does not tell.

    counted_at: when the older of the two counts was taken.
    """

    entity: str
    counts: Mapping[Side, int]
    counted_at: datetime

    @property
    def missing(self) -> int | None:
        """How many more the customer's side holds than Butterboard's; None unless both tell."""
        if len(self.counts) < len(Side):
            return None
        return self.counts[Side.SOURCE] - self.counts[Side.TARGET]


def held(rows: Iterable[CountRow]) -> list[Held]:
    """The newest counts by entity, those that differ most first; of several sources of a side the newest."""
    found: dict[str, dict[Side, CountRow]] = defaultdict(dict)
    for row in rows:
        known = found[row.reading.entity].get(row.side)
        if known is None or row.reading.observed_at > known.reading.observed_at:
            found[row.reading.entity][row.side] = row
    sides = [
        Held(
            entity,
            {side: row.reading.count for side, row in both.items()},
            min(row.reading.observed_at for row in both.values()),
        )
        for entity, both in found.items()
    ]
    return sorted(sides, key=lambda one: (-abs(one.missing or 0), one.entity))


def draw(viewer: Viewer, key: str, span: Range) -> None:
    """Counts of both sides, and the steps of records in this range; it refreshes by itself."""
    _sides(key, span.key)


@refreshing(REFRESH_SECONDS, quiet=True)
def _sides(viewer: Viewer, key: str, range_key: str) -> None:
    text = viewer.text
    counts = held(reads.counts(key))
    events = reads.record_events(key, RANGES[range_key], viewer.now)
    if not counts and not events:
        notices.empty(
            text("No record has been followed or counted"),
            text("A source with record_events or counts tells what both sides hold."),
            icon="compare_arrows",
        )
        return
    if counts:
        panels.title(text("Records on each side"))
        tables.draw(
            viewer,
            "table-counts",
            _count_columns(viewer),
            counts,
            alt=text("Records on each side, as last counted"),
        )
    if events:
        panels.title(text("Steps of records"))
        tables.draw(
            viewer, "table-events", _event_columns(viewer), events, alt=text("The last steps of records")
        )


def _count_columns(viewer: Viewer) -> list[Column[Held]]:
    text = viewer.text
    return [
        tables.words(text("Kind of record"), lambda row: row.entity, width=180),
        *(
            tables.number(text(SIDE[side]), lambda row, side=side: row.counts.get(side), viewer.number, width=150)  # type: ignore[misc]
            for side in (Side.SOURCE, Side.TARGET)
        ),
        tables.number(
            text("Missing in Butterboard"), lambda row: row.missing, viewer.number, width=170,
            help=text("The customer's count less Butterboard's; below zero, Butterboard holds more."),
        ),
        tables.instant(viewer, text("Counted"), lambda row: row.counted_at, ago=True, width=120),
    ]  # fmt: skip


def _event_columns(viewer: Viewer) -> Sequence[Column[RecordEventRow]]:
    text = viewer.text
    return [
        tables.instant(viewer, text("Time"), lambda row: row.event.at, width=160),
        tables.words(text("Side"), lambda row: text(SIDE[row.side]), width=140),
        tables.words(text("Kind of record"), lambda row: row.event.entity, width=130),
        tables.words(text("Record"), lambda row: row.event.record_key, width=160),
        tables.words(text("Step"), lambda row: row.event.step, width=120),
        tables.words(text("Outcome"), lambda row: row.event.outcome, width=120),
        tables.number(text("Status"), lambda row: row.event.status, viewer.number, width=80),
        tables.words(text("Source"), lambda row: row.source, width=120),
    ]
