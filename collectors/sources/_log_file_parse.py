"""Turns chunks of log lines into runs, failed records, record events and counts (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from collectors.expressions import ExpressionError, compile_expression
from collectors.files.entries import beginning, together
from collectors.files.formats import Item
from collectors.files.reader import Chunk
from collectors.files.wrapping import carried, carried_in, streams_of, texts_of, times_of
from collectors.mapping import FailedRecordMapping, RunMapping
from collectors.mapping_events import CountMapping, RecordEventMapping
from collectors.merging import merged
from collectors.problems import Problems
from collectors.sources._log_file_notation import (
    CARRIED_AT,
    Expressions,
    format_of,
    quick_of,
)
from collectors.sources._log_file_quick import Runs
from collectors.times import Hints
from collectors.values import from_json
from collectors.views import View, compile_view_expression, truthy, views
from core.records import Batch, BatchMode, CountReading, Cursor, FailedRecord, RecordEvent, SyncRun
from core.settings.fields import zone_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.mapping_settings import CountsSettings, FailedRecordsSettings, RecordEventsSettings
    from collectors.sources._log_file_settings import LogFileSettings


class _Place:
    """Names a line, only when it is asked for: `sync.jsonl: line 12`."""

    __slots__ = ("_offsets", "chunk", "index", "part")

    def __init__(self, chunk: Chunk) -> None:
        self.chunk, self.index, self.part = chunk, -1, 0
        self._offsets: list[int] | None = None

    def move(self, index: int) -> None:
        """To a line of the chunk; there again to the next of several entries that stand in it."""
        self.part = self.part + 1 if index == self.index else 0
        self.index = index

    @property
    def line(self) -> int:
        return self.chunk.first_line + self.index

    @property
    def identity(self) -> str:
        """File and byte offset, whatever the file's name."""
        if self._offsets is None:
            self._offsets = self.chunk.offsets()
        part = f".{self.part}" if self.part else ""
        return f"{self.chunk.id}:{self._offsets[self.index]}{part}"

    def __str__(self) -> str:
        return f"{self.chunk.path}: line {self.line}"


class _Lists:
    """The entries that one of `failed_records`, `record_events` and `counts` finds in a line."""

    def __init__(self, settings: FailedRecordsSettings | RecordEventsSettings | CountsSettings) -> None:
        self._records = compile_expression(settings.records)
        self._where = compile_view_expression(settings.where) if settings.where else None
        self.every_line = settings.where is not None

    def of(self, item: Item) -> Iterator[View]:
        return views(item, self._records, self._where)


class LogParser:
    """Gathers what the lines of a poll say, batch by batch.

    Lines about one run become one record. `failed_records`, `record_events` and `counts` with a `where`
    of their own look at every line; without one, at the lines that `where` lets pass.
    """

    def __init__(self, settings: LogFileSettings, now: datetime, problems: Problems) -> None:
        zone = zone_named(settings.time.zone)
        self._now, self._problems = now, problems
        self._changed_at = now
        hints = Hints(self._written_by, settings.time.order)
        self.format = format_of(settings)
        self._where = compile_expression(settings.where) if settings.where else None
        self._runs_of = (
            RunMapping.compile(settings.fields, settings.status_map, zone, settings.time.duration_unit, hints)
            if settings.fields
            else None
        )
        self._anonymous = bool(settings.fields) and "external_id" not in (settings.fields or {})
        self._quick = quick_of(settings)
        self._wrapped = settings.wrapped
        self._apart = carried_in(settings.wrapped) is not None
        expressions = Expressions.of(settings)
        self._asks_when = settings.wrapped is not None and expressions.ask_when_carried
        self._begins = beginning(settings.begins) if settings.begins else None
        self._in_path = re.compile(settings.path_pattern) if settings.path_pattern else None
        self._texts_with_json = expressions.texts_with_json
        self._lists = [
            (_Lists(part), getattr(self, f"_add_{kind}"))
            for kind in ("failed_records", "record_events", "counts")
            if (part := getattr(settings, kind)) is not None
        ]
        if settings.failed_records:
            self._failed_of = FailedRecordMapping.compile(settings.failed_records.fields, zone, hints)
        if settings.record_events:
            self._event_of = RecordEventMapping.compile(settings.record_events.fields, zone, hints)
        if settings.counts:
            self._count_of = CountMapping.compile(settings.counts.fields, zone, hints)
        self._reset()

    def _reset(self) -> None:
        self._runs: Runs = {}
        self._failed: list[FailedRecord] = []
        self._events: list[RecordEvent] = []
        self._counts: list[CountReading] = []
        self.items = self._bytes = 0

    def take(self, chunk: Chunk) -> None:
        """Read the lines of a chunk."""
        self.items += len(chunk.lines) + chunk.too_long
        self._bytes += len(chunk.raw)
        self._changed_at = chunk.changed_at(self._now)
        found = carried(chunk.lines, self._wrapped) if self._wrapped else None
        lines = texts_of(chunk.lines, found) if found is not None else chunk.lines
        if self._begins is not None:
            streams = streams_of(found) if found is not None and self._apart else None
            lines = together(lines, self._begins, streams)
        if self._quick is not None:
            self._quick.take(
                chunk,
                self._runs,
                self._problems,
                lambda index: self._take_items(chunk, [lines[index]], index),
            )
        else:
            times = times_of(found) if found is not None and self._asks_when else None
            self._take_items(chunk, lines, 0, times)

    def _written_by(self) -> datetime:
        """When the lines being read were written at the latest."""
        return self._changed_at

    def batch(self, cursor: Cursor) -> Batch:
        """What was gathered since the last batch, with the cursor that stands after it."""
        batch = Batch(
            cursor=cursor,
            mode=BatchMode.DELTA,
            runs=list(self._runs.values()),
            failed_records=self._failed,
            record_events=self._events,
            counts=self._counts,
            problems=self._problems.take(),
            items=self.items,
            bytes=self._bytes,
        )
        self._reset()
        return batch

    def _take_items(
        self, chunk: Chunk, lines: list[bytes], start: int, times: Sequence[str] | None = None
    ) -> None:
        """start: the index in the chunk of the first of the lines; times: when each line of it was carried."""
        place = _Place(chunk)

        def bad(index: int, why: str) -> None:
            place.index = start + index
            self._problems.add("bad_line", str(place), f"{why}; the line is passed over")

        first = chunk.first_line + start == 1
        of_path = self.told_by_path(chunk.path)
        for index, item in self.format.items(lines, chunk.head, first, bad):
            place.move(start + index)
            if times is not None and times[start + index]:
                item = {CARRIED_AT: times[start + index]} | item
            try:
                self._take_item(self._completed(item, of_path), place)
            except ExpressionError as error:
                self._problems.add("bad_expression", str(place), str(error))

    def told_by_path(self, path: str) -> Item:
        """What a file's path says of each of its lines."""
        found = self._in_path.search(path) if self._in_path is not None else None
        return {name: value for name, value in found.groupdict().items() if value} if found else {}

    def _completed(self, item: Item, of_path: Item) -> Item:
        """The item with what its file's path says, and with the JSON that its texts hold where it is looked into."""
        if of_path:
            item = of_path | item
        for name in self._texts_with_json & item.keys():
            value = item[name]
            if isinstance(value, str):
                item[name] = from_json(value)
        return item

    def _take_item(self, item: Item, place: _Place) -> None:
        passes = self._where is None or truthy(self._where(item))
        run = self._run(item, place) if passes and self._runs_of is not None else None
        for entries, add in self._lists:
            if passes or entries.every_line:
                for view in entries.of(item):
                    add(view, run, place)

    def _run(self, item: Mapping[str, object], place: _Place) -> SyncRun | None:
        fallback = place.identity if self._anonymous else None
        run = self._runs_of.run(item, self._problems, place, fallback) if self._runs_of else None
        if run is not None:
            key = (run.job, run.external_id)
            self._runs[key] = merged(self._runs[key], run) if key in self._runs else run
        return run

    def _add_failed_records(self, view: View, run: SyncRun | None, place: _Place) -> None:
        record = self._failed_of.record(
            view,
            self._problems,
            place,
            run=run,
            observed_at=self._now,
            file=place.chunk.path,
            line=place.line,
        )
        if record is not None:
            self._failed.append(record)

    def _add_record_events(self, view: View, _: SyncRun | None, place: _Place) -> None:
        event = self._event_of.event(view, self._problems, place, observed_at=self._now)
        if event is not None:
            self._events.append(event)

    def _add_counts(self, view: View, _: SyncRun | None, place: _Place) -> None:
        reading = self._count_of.reading(view, self._problems, place, observed_at=self._now)
        if reading is not None:
            self._counts.append(reading)
