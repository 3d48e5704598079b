"""What a `sql` source remembers between polls: how far a complete reading came (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from collectors.sources._sql_marks import SqlMark, mark_of, restored, stored
from core.records import Cursor, Json


@dataclass(frozen=True, slots=True)
class Memory:
    """mark: the furthest of the last complete reading; before: the furthest one below it that was seen.

    open: the least mark of runs that had not ended; asked: what `:cursor` was in that reading, the one
    to go back to where `open` is a text that has nothing before it. of: digest of address and query.
    """

    of: str
    mark: SqlMark | None = None
    before: SqlMark | None = None
    open: SqlMark | None = None
    asked: SqlMark | None = None

    @classmethod
    def of_cursor(cls, cursor: Cursor, of: str, zone: ZoneInfo) -> Memory:
        """What a stored cursor says; nothing if it was written for another query."""
        if cursor.get("of") != of:
            return cls(of)

        def read(name: str) -> SqlMark | None:
            return mark_of(restored(cursor.get(name)), zone)

        return cls(of, read("mark"), read("before"), read("open"), read("asked"))

    def cursor(self) -> Cursor:
        """As it is stored."""
        kept: dict[str, Json] = {"of": self.of}
        for name in ("mark", "before", "open", "asked"):
            mark: SqlMark | None = getattr(self, name)
            if mark is not None:
                kept[name] = stored(mark.value)
        return kept

    def ask_from(self, start: SqlMark | None, lookback: timedelta, zone: ZoneInfo) -> SqlMark | None:
        """What `:cursor` is this time: so far below the mark that an inclusive boundary is read again
        whether the query says `>` or `>=`, and below the least open run."""
        if self.mark is None:
            return start
        points = [self.mark.back(lookback, zone) or self.before or self.asked or start]
        if self.open is not None:
            points.append(self.open.back(timedelta(0), zone) or self.asked or start)
        known = [point for point in points if point is not None]
        least = min(known, key=lambda mark: mark.order) if known else start
        if start is not None and least is not None and least.order[0] == start.order[0]:
            return max(least, start, key=lambda mark: mark.order)
        return least


class Marks:
    """Gathers the marks of a reading as its rows go by, in whatever order."""

    def __init__(self, memory: Memory, asked: SqlMark | None, now: datetime, zone: ZoneInfo) -> None:
        self._memory, self._asked, self._now, self._zone = memory, asked, now, zone
        self._mark, self._before = memory.mark, memory.before
        self._open: SqlMark | None = None
        self.any = False

    def note(self, value: object, *, still_open: bool, passed: bool = True) -> bool:
        """Whether the value is a mark. still_open: its run has not ended and is asked for again.

        passed: whether the row could be read as the run that it is; one without an id moves nothing, so that it is
        read again once it has one.
        """
        mark = mark_of(value, self._zone)
        if mark is None:
            return False
        mark = mark.capped(self._now, self._zone)
        self.any = True
        if not passed:
            return True
        if self._mark is None or self._mark < mark:
            self._before, self._mark = self._mark, mark
        elif mark < self._mark and (self._before is None or self._before < mark):
            self._before = mark
        if still_open and (self._open is None or mark < self._open):
            self._open = mark
        return True

    def memory(self) -> Memory:
        """What is remembered after the complete reading."""
        before = self._before
        if before is None or (self._mark is not None and not before < self._mark):
            before = self._asked
        return Memory(self._memory.of, self._mark, before, self._open, self._asked)


def column_in(row: Mapping[str, object], field: str) -> str | None:
    """The column that the cursor's field names, whatever its case; None where there is none."""
    if field in row:
        return field
    return next((name for name in row if name.lower() == field.lower()), None)
