"""Where a stretch of a container's log may end, so that the parts of no line are torn from each other (pure)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from collectors.files.wrapping import Reads, Wrapping, carried_in

LONGEST_APART_BYTES = 256 * 1024
LONGEST_APART_SECONDS = 60
"""After so much that the other stream wrote, a line's next part is not waited for any more: its writer is gone."""

ENTRY_SECONDS = 5
"""A stream or a file not written to for so long has no half-written entry: a traceback is written at once."""

_STREAMS = 2


@dataclass(frozen=True, slots=True)
class Parting:
    """Tells, by how a container's lines are read, which of them are only parts."""

    reads: Reads

    @classmethod
    def of(cls, wrapping: Wrapping | None) -> Self | None:
        """None where lines are never parted."""
        reads = carried_in(wrapping)
        return cls(reads) if reads is not None else None

    def closed(self, data: bytes, end: int) -> int:
        """The last line end up to a given one at which no stream is within a line; -1 where there is none."""
        while end >= 0 and (begun := _begun(data, end, self.reads)) is not None:
            end = begun - 1
        return end

    def between_entries(self, data: bytes, end: int, begins: Callable[[bytes], bool]) -> int:
        """The last line end up to a given one at which no stream is within an entry; -1 before all of them.

        The end itself if there is none nearby. begins: whether a line begins an entry.
        """
        rows, at = [], end
        while at >= 0 and end - at <= LONGEST_APART_BYTES:
            start = data.rfind(b"\n", 0, at) + 1
            line = data[start:at]
            if (one := self.reads(line)) is not None:
                rows.append((at, one.stream, one.at, begins(line)))
            at = start - 1
        if not rows:
            return end
        last = {stream: told for _, stream, told, _ in reversed(rows)}
        # What follows a stream's lines there: True for an entry, and for nothing where it fell silent.
        follows = {stream: _long_ago(told, rows[0][2], ENTRY_SECONDS) for stream, told in last.items()}
        for stop, stream, _, begun in rows:
            if all(follows.values()):
                return stop
            follows[stream] = begun
        return -1 if at < 0 else end

    def are_parts(self, data: bytes) -> bool:
        """Whether whole lines are nothing but parts of lines that nobody has ended."""
        found = map(self.reads, data[: data.rfind(b"\n")].split(b"\n"))
        return all(one is not None and one.open for one in found)


def _begun(data: bytes, end: int, reads: Reads) -> int | None:
    """Where the line begins of which a stream has written only parts up to a line end; None if there is none.

    Of both streams the earlier one. Looks back until each is seen to have ended a line.
    """
    ended: set[str] = set()
    begun: dict[str, int] = {}
    last, seen, at = "", end, end
    while at >= 0 and seen - at <= LONGEST_APART_BYTES and len(ended) < _STREAMS:
        start = data.rfind(b"\n", 0, at) + 1
        one = reads(data[start:at])
        at = start - 1
        if one is None or one.stream in ended:
            continue
        last = last or one.at
        if not one.open or (one.stream not in begun and _long_ago(one.at, last)):
            ended.add(one.stream)
        else:
            begun[one.stream] = seen = start
    return min(begun.values(), default=None)


def _long_ago(before: str, after: str, seconds: float = LONGEST_APART_SECONDS) -> bool:
    """Whether a time of a log stands so long before another one that nothing more follows it."""
    try:
        apart = datetime.fromisoformat(after[:19]) - datetime.fromisoformat(before[:19])
    except ValueError:
        return False
    return apart.total_seconds() > seconds
