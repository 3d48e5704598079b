"""Puts together the lines of one entry: a traceback with its message, a JSON object over several lines (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from collectors.files.text import without_marks
from collectors.files.wrapping import Wrapping, unwrapped

LONGEST_ENTRY_BYTES = 60 * 1024
"""What follows in an entry beyond it is passed over, so that patterns are still tried."""

Begins = Callable[[bytes], bool]
"""Whether a line, as it stands in the file, begins an entry."""


def beginning(pattern: str) -> Begins:
    """The lines that begin as the pattern says, themselves or behind a mark (BOM) and a terminal's colours."""
    match = re.compile(pattern.encode()).match

    def begins(line: bytes) -> bool:
        return match(line) is not None or ((bare := without_marks(line)) != line and match(bare) is not None)

    return begins


def beginning_in(pattern: str, wrapped: Wrapping | None) -> Begins:
    """The same, within what carries the lines."""
    begins = beginning(pattern)
    if wrapped is None:
        return begins
    return lambda line: begins(unwrapped([line], wrapped)[0])


@dataclass(slots=True)
class _Entry:
    """place: of its first line; size: bytes of all its lines, kept or not."""

    place: int
    size: int
    parts: list[bytes]


def together(lines: Sequence[bytes], begins: Begins, streams: Sequence[str] | None = None) -> list[bytes]:
    """Each entry at the place of its first line, with line ends within; the places of its other lines empty.

    Lines before the first entry belong to one that was read already: they are passed over. streams: who wrote each
    line, where two write at once: a line belongs to the last entry of its own.
    """
    entries: list[_Entry] = []
    last: dict[str, _Entry] = {}
    for index, line in enumerate(lines):
        stream = streams[index] if streams is not None else ""
        if begins(line):
            last[stream] = _Entry(index, len(line), [line])
            entries.append(last[stream])
        # An empty line of a container's log may be where a part of a longer one stood.
        elif (line or streams is None) and (entry := last.get(stream)) is not None:
            entry.size += 1 + len(line)
            if entry.size <= LONGEST_ENTRY_BYTES:
                entry.parts.append(line.rstrip(b"\r"))
    found = [b""] * len(lines)
    for entry in entries:
        found[entry.place] = b"\n".join(entry.parts)
    return found
