"""Where a stretch of a container's log may end, so that the parts of no line are torn from each other (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from collectors.files.wrapping import Reads, Wrapping, carried_in

LONGEST_APART_BYTES = 256 * 1024
LONGEST_APART_SECONDS = 60
"""After so much that the other stream wrote, a line's next part is not waited for any more: its writer is gone."""

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


def _long_ago(before: str, after: str) -> bool:
    """Whether a time of a log stands so long before another one that nothing more follows it."""
    try:
        apart = datetime.fromisoformat(after[:19]) - datetime.fromisoformat(before[:19])
    except ValueError:
        return False
    return apart.total_seconds() > LONGEST_APART_SECONDS
