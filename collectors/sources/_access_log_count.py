"""Adds calls up by minute, consumer, method, endpoint and status, as bounded as the cursor remembers (pure)."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast

from collectors.endpoints import INVALID, OTHER, Admitted
from collectors.files.formats import BadLine, parts_of
from collectors.files.marks import marks_of
from collectors.files.reader import Chunk
from collectors.files.wrapping import Wrapping, unwrapped
from collectors.problems import Problems
from collectors.sources._access_log_lines import Call, CallFormat, NotACall
from collectors.sources._access_log_w3c import W3cFormat
from collectors.times import Hints
from collectors.times_spoken import DateOrder
from core.clock import from_micros
from core.histogram import Histogram
from core.records import ApiCalls, Batch, BatchMode, Cursor, Json

MOST_ENDPOINTS = 500
MOST_NOT_FOUND = 100
"""Endpoints known by refusals only: a scanner asks for thousands that are not there."""

MOST_CONSUMERS = 200
_LONGEST_CONSUMER = 100
_REFUSALS = frozenset({400, 404, 405, 410, 414})
_MINUTE_MICROS = 60_000_000

Key = tuple[int, str, str, str, int]


class CallCounter:
    """The calls of a poll, batch by batch. Every line of a call counts once, also one that cannot be read."""

    def __init__(
        self,
        reads: CallFormat,
        cursor: Cursor,
        now: datetime,
        problems: Problems,
        wrapped: Wrapping | None = None,
        order: DateOrder | None = None,
    ) -> None:
        """order: of day and month in dates of three numbers."""
        self._wrapped, self._order = wrapped, order
        self._reads, self._now, self._problems = reads, now, problems
        self._endpoints = Admitted(MOST_ENDPOINTS, _sums(cursor, "endpoints"))
        self._not_found = Admitted(MOST_NOT_FOUND, _sums(cursor, "not_found"))
        self._consumers = Admitted(MOST_CONSUMERS, _sums(cursor, "consumers"))
        self._said = dict(cast("Mapping[str, dict[str, str]]", cursor.get("directives", {})))
        self._reset()

    def _reset(self) -> None:
        self._cells: dict[Key, list[float]] = {}
        self._counts: dict[Key, int] = {}
        self.items = self._bytes = 0

    def take(self, chunk: Chunk) -> int:
        """Count the lines of a chunk; the minute that its last line stands at.

        A line without a readable time stands at the line before it; before the first, at the first that has one.
        """
        self._bytes += len(chunk.raw)
        changed_at = chunk.changed_at(self._now)
        self._reads.hints = Hints(lambda: changed_at, self._order)
        calls = self._calls(chunk)
        minute = chunk.note
        if minute is None:
            minute = next((call.minute for call in calls if call.minute is not None), None)
        if minute is None:
            minute = int(min(chunk.mtime_seconds, self._now.timestamp()) // 60)
        counts, cells = self._counts, self._cells
        for call in calls:
            if call.minute is not None:
                minute = call.minute
            key = (minute, call.consumer, call.method, call.endpoint, call.status)
            counts[key] = counts.get(key, 0) + 1
            if call.seconds is not None:
                cells.setdefault(key, []).append(call.seconds)
        self.items += len(calls)
        return minute

    def batch(self, cursor: dict[str, Json]) -> Batch:
        """What was counted since the last batch; cursor: of the files, to which the names admitted are added."""
        calls = self._admitted()
        cursor = cursor | {
            "endpoints": self._endpoints.sums,
            "not_found": self._not_found.sums,
            "consumers": self._consumers.sums,
        }
        if isinstance(self._reads, W3cFormat):
            cursor["directives"] = cast("Json", self._said_in(cursor))
        problems = self._problems.take()
        batch = Batch(
            cursor=cursor,
            mode=BatchMode.DELTA,
            calls=calls,
            problems=problems,
            items=self.items,
            bytes=self._bytes,
        )
        self._reset()
        return batch

    def _calls(self, chunk: Chunk) -> list[Call]:
        calls: list[Call] = []
        read = self._reads.call
        lines = unwrapped(chunk.lines, self._wrapped) if self._wrapped else chunk.lines
        if isinstance(self._reads, W3cFormat):
            self._reads.at(chunk.head, first=not chunk.offset, said=self._said.get(chunk.id))
        for index, line in _each(lines) if b"\r" in chunk.raw or b"\x00" in chunk.raw else enumerate(lines):
            try:
                call = read(line.removeprefix(BOM_UTF8))
            except NotACall:
                continue
            except BadLine as error:
                if not line.strip(b"\r\x00 \t"):
                    continue
                call = self._mended(line) or self._unreadable(chunk, index, str(error))
            if call.minute is None and call is not _UNREADABLE:
                self._note(
                    chunk, index, "bad_time", "has no time that can be read; counted at the line before"
                )
            calls.append(call)
        if isinstance(self._reads, W3cFormat):
            self._remember(chunk.id, self._reads.said(chunk.head))
        return calls + [_UNREADABLE] * chunk.too_long

    def _remember(self, file: str, said: dict[str, str] | None) -> None:
        """Keeps what a file's columns are from here on, where that is not what its head says."""
        self._said.pop(file, None)
        if said is not None:
            self._said[file] = said

    def _said_in(self, cursor: Mapping[str, Json]) -> dict[str, dict[str, str]]:
        """What was said in the files that a cursor still knows."""
        known = {mark.id for mark in marks_of(cursor)}
        return {file: said for file, said in self._said.items() if file in known}

    def _unreadable(self, chunk: Chunk, index: int, why: str) -> Call:
        self._note(chunk, index, "bad_line", f"{why}; counted as an invalid call")
        return _UNREADABLE

    def _note(self, chunk: Chunk, index: int, kind: str, message: str) -> None:
        self._problems.add(kind, f"{chunk.path}: line {chunk.first_line + index}", message)

    def _mended(self, line: bytes) -> Call | None:
        """The line without the NULs that a crash or a truncation left in it, if that is a call."""
        if b"\x00" not in line:
            return None
        try:
            return self._reads.call(line.replace(b"\x00", b""))
        except (BadLine, NotACall):
            return None

    def _admitted(self) -> list[ApiCalls]:
        """The counts as records, names beyond the bounds under `{other}`. Successes are admitted first."""
        totals: dict[Key, tuple[int, list[float]]] = {}
        for key in sorted(self._counts, key=lambda key: key[4] in _REFUSALS):
            minute, consumer, method, endpoint, status = key
            if consumer and not self._consumers.admit(consumer):
                consumer = OTHER
            if endpoint != INVALID and not self._admits(endpoint, status):
                endpoint = OTHER
            short = (minute, consumer[:_LONGEST_CONSUMER], method, endpoint, status)
            count, seconds = totals.get(short, (0, []))
            totals[short] = (count + self._counts[key], seconds + self._cells.get(key, []))
        return [_record(key, count, seconds) for key, (count, seconds) in sorted(totals.items())]

    def _admits(self, endpoint: str, status: int) -> bool:
        if status in _REFUSALS:
            return self._endpoints.knows(endpoint) or self._not_found.admit(endpoint)
        return self._endpoints.admit(endpoint)


def _each(lines: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines with their indices, and what a carriage return or a NUL alone ends within one as a line of its own."""
    for index, line in enumerate(lines):
        parts = parts_of(line)
        if len(parts) > 1 and all(_BEGINS.match(part) for part in parts):
            yield from ((index, part) for part in parts)
        else:
            yield index, line


_BEGINS = re.compile(rb"\S+ \S+ .* \[\d|\{.*\}\s*$|\d{4}-\d\d-\d\d\s", re.DOTALL)
"""How whole lines of an access log begin: a line that a NUL or a return stands within by mischance goes on otherwise."""

_UNREADABLE = Call(None, "", "", INVALID, 0, None)


def _record(key: Key, count: int, seconds: Sequence[float]) -> ApiCalls:
    minute, consumer, method, endpoint, status = key
    return ApiCalls(
        minute=from_micros(minute * _MINUTE_MICROS),
        consumer=consumer,
        method=method,
        endpoint=endpoint,
        status=status,
        calls=count,
        latency=Histogram(seconds),
    )


def _sums(cursor: Cursor, name: str) -> Sequence[int]:
    return cast("Sequence[int]", cursor.get(name, ()))
