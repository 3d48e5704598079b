"""Failed records, record events and counts that stand in lists inside items, or beside them (pure)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from collectors.expressions import ExpressionError, compile_expression
from collectors.mapping import FailedRecordMapping
from collectors.mapping_events import CountMapping, RecordEventMapping
from collectors.mapping_settings import CountsSettings, FailedRecordsSettings, RecordEventsSettings
from collectors.problems import Problems
from collectors.source import COUNTS, FAILED_RECORDS, RECORD_EVENTS
from collectors.times import NO_HINTS, Hints
from collectors.views import View, compile_view_expression, views
from core.records import CountReading, FailedRecord, RecordEvent, SyncRun
from core.same import Same, remembered

Make = Callable[[View, Problems, str, SyncRun | None], FailedRecord | RecordEvent | CountReading | None]
"""Makes the record of an entry; the text names it in problems, the run is that of the item."""


class ListsSettings(Protocol):
    """The keys of a source that describe lists."""

    @property
    def failed_records(self) -> FailedRecordsSettings | None:
        """Failed records in an item."""

    @property
    def record_events(self) -> RecordEventsSettings | None:
        """Steps of records in an item."""

    @property
    def counts(self) -> CountsSettings | None:
        """Counts in an item."""


@dataclass(slots=True)
class Found:
    """What lists held. inside: the kinds of lists that stood in an item, if empty."""

    failed_records: list[FailedRecord] = field(default_factory=list)
    record_events: list[RecordEvent] = field(default_factory=list)
    counts: list[CountReading] = field(default_factory=list)
    inside: set[str] = field(default_factory=set)

    def add(self, record: FailedRecord | RecordEvent | CountReading | None) -> None:
        """Keep a record in the list of its kind."""
        if isinstance(record, FailedRecord):
            self.failed_records.append(record)
        elif isinstance(record, RecordEvent):
            self.record_events.append(record)
        elif isinstance(record, CountReading):
            self.counts.append(record)


class _InnerList:
    """One of them."""

    __slots__ = ("_records", "_where", "kind", "make", "whole")

    def __init__(
        self, kind: str, settings: FailedRecordsSettings | RecordEventsSettings | CountsSettings, make: Make
    ) -> None:
        self.kind, self.make = kind, make
        self._records = compile_expression(settings.records)
        self._where = compile_view_expression(settings.where) if settings.where is not None else None
        self.whole = settings.records.strip() == "@"

    def read(self, item: object, problems: Problems, name: str, run: SyncRun | None, found: Found) -> None:
        """Add the entries' records to what was found; where the item has no such list nothing happens."""
        word = self.kind.removesuffix("s").replace("_", " ")
        try:
            if self._records(item) is None:
                return
            found.inside.add(self.kind)
            for number, view in enumerate(views(item, self._records, self._where), start=1):
                place = name if self.whole else f"{name}: {word} {number}"
                found.add(self.make(view, problems, place, run))
        except ExpressionError as error:
            problems.add("bad_expression", f"{name}: {self.kind}", str(error))


@remembered
def _failed_records(held: Same[FailedRecordsSettings], zone: ZoneInfo, hints: Hints) -> FailedRecordMapping:
    return FailedRecordMapping.compile(held.held.fields, zone, hints)


@remembered
def _record_events(held: Same[RecordEventsSettings], zone: ZoneInfo, hints: Hints) -> RecordEventMapping:
    return RecordEventMapping.compile(held.held.fields, zone, hints)


@remembered
def _counts(held: Same[CountsSettings], zone: ZoneInfo, hints: Hints) -> CountMapping:
    return CountMapping.compile(held.held.fields, zone, hints)


class InnerLists:
    """All the lists that a source's settings describe. now: for records that tell no time."""

    __slots__ = ("_lists",)

    def __init__(
        self, settings: ListsSettings, zone: ZoneInfo, now: datetime, hints: Hints = NO_HINTS
    ) -> None:
        self._lists: list[_InnerList] = []
        if (failed := settings.failed_records) is not None:
            record = _failed_records(Same(failed), zone, hints).record
            self._add(
                FAILED_RECORDS,
                failed,
                lambda view, problems, name, run: record(view, problems, name, run=run, observed_at=now),
            )
        if (events := settings.record_events) is not None:
            event = _record_events(Same(events), zone, hints).event
            self._add(
                RECORD_EVENTS,
                events,
                lambda view, problems, name, _: event(view, problems, name, observed_at=now),
            )
        if (counts := settings.counts) is not None:
            reading = _counts(Same(counts), zone, hints).reading
            self._add(
                COUNTS, counts, lambda view, problems, name, _: reading(view, problems, name, observed_at=now)
            )

    def _add(
        self, kind: str, settings: FailedRecordsSettings | RecordEventsSettings | CountsSettings, make: Make
    ) -> None:
        self._lists.append(_InnerList(kind, settings, make))

    def __bool__(self) -> bool:
        return bool(self._lists)

    def read(
        self,
        item: object,
        problems: Problems,
        name: str,
        run: SyncRun | None,
        found: Found,
        *,
        but: Collection[str] = (),
        nameless: bool = False,
    ) -> None:
        """Add what stands in an item's own lists. run: the item's; but: kinds that are not looked for.

        nameless: the item is a run without an id. What failed in it and names no run is left out: it would be
        stored again, as another record, once the run has its id.
        """
        for one in self._lists:
            if one.kind in but:
                continue
            known = len(found.failed_records)
            one.read(item, problems, name, run, found)
            if nameless and not one.whole:
                named = [record for record in found.failed_records[known:] if record.run_external_id]
                found.failed_records[known:] = named

    def beside(self, body: object, problems: Problems, found: Found) -> None:
        """Add what stands in the answer itself, of the kinds that stood in no item."""
        if not isinstance(body, Mapping):
            return
        told = self.told_beside(body)
        for one in self._lists:
            if one.kind not in found.inside and (not one.whole or one.kind in told):
                one.read(body, problems, "the answer", None, found)

    def told_beside(self, body: object) -> frozenset[str]:
        """The kinds that the answer tells itself: a count such as `total` that stands over its items."""
        if not self._lists or not isinstance(body, Mapping):
            return frozenset()
        found = Found()
        for one in self._lists:
            if one.kind == COUNTS:
                one.read(body, Problems(), "the answer", None, found)
        return frozenset({COUNTS}) if found.counts else frozenset()
