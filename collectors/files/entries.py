"""Puts together the lines of one entry: a traceback with its message, a JSON object over several lines (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from collectors.files.wrapping import Wrapping, unwrapped

LONGEST_ENTRY_BYTES = 60 * 1024
"""What follows in an entry beyond it is passed over, so that patterns are still tried."""

Begins = Callable[[bytes], bool]
"""Whether a line, as it stands in the file, begins an entry."""


def beginning_in(pattern: str, wrapped: Wrapping | None) -> Begins:
    """The lines that begin as the pattern says, within what carries them."""
    begins = re.compile(pattern.encode()).match
    if wrapped is None:
        return lambda line: begins(line) is not None
    return lambda line: begins(unwrapped([line], wrapped)[0]) is not None


def together(lines: Sequence[bytes], pattern: re.Pattern[bytes]) -> list[bytes]:
    """Each entry at the place of its first line, with line ends within; the places of its other lines empty.

    Lines before the first entry belong to one that was read already: they are passed over.
    """
    found = [b""] * len(lines)
    place, size = -1, 0
    parts: list[bytes] = []
    for index, line in enumerate(lines):
        if pattern.match(line):
            if place >= 0:
                found[place] = b"\n".join(parts)
            place, size, parts = index, len(line), [line]
        elif place >= 0 and (size := size + 1 + len(line)) <= LONGEST_ENTRY_BYTES:
            parts.append(line.rstrip(b"\r"))
    if place >= 0:
        found[place] = b"\n".join(parts)
    return found
