"""Cuts a stream of bytes into whole lines, with bounded memory and exact positions."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from collectors.files.content import BLOCK_BYTES
from collectors.files.parting import Parting

LONGEST_LINE_BYTES = 8 * 1024 * 1024
"""A longer line is passed over and counted as one that could not be read."""

LONGEST_QUOTED_BYTES = 64 * 1024
"""Quotes left open for longer were no quotes."""

_OPENING = re.compile(rb'(?:(?<![\w\s"\x80-\xff])|(?<=[\n\r\t]))"')
"""A quote where a cell begins, whatever the delimiter; one within a text, as in 5" disk, opens nothing."""

_CLOSING = re.compile(rb'(?:[^"]++|"")*+"')

LONGEST_WAITING_BYTES = 256 * 1024
"""An entry does not wait for more lines once it has so many bytes."""


class Stream(Protocol):
    """What lines are cut from."""

    def read(self, size: int = ..., /) -> bytes:
        """The next bytes; empty at the end."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The next stretch of a stream: whole lines, or a part of one that is passed over.

    raw: every byte of the stretch; skip: bytes of it before the first line (a byte order mark, NULs);
    lines: without their ends; breaks: line ends in it; too_long: an over-long line begins here;
    skipping: it ends within such a line.
    """

    raw: bytes
    lines: list[bytes]
    skip: int = 0
    breaks: int = 0
    too_long: bool = False
    skipping: bool = False


def cut(
    stream: Stream,
    *,
    at_start: bool,
    skipping: bool,
    last_is_whole: Callable[[bytes], bool],
    quoted: bool = False,
    parting: Parting | None = None,
    begins: Callable[[bytes], bool] | None = None,
    at_rest: bool = True,
) -> Iterator[Piece]:
    """The pieces of a stream, to the last whole line.

    at_start: the stream stands at the content's start; skipping: it stands within an over-long line;
    last_is_whole: whether the bytes after the last line end are a line all the same; quoted: a piece
    ends outside double quotes; parting: tells parts of lines, which are not torn from each
    other; begins: whether a line begins an entry, of which more lines may follow: the last entry waits in
    the stream, and so does what stands after an open part, unless nothing follows any more (at_rest).
    """
    carry = b""
    while block := stream.read(BLOCK_BYTES):
        if at_start:
            at_start = False
            if block.startswith(codecs.BOM_UTF8):
                yield Piece(block[:3], [], skip=3)
                block = block[3:]
        if skipping:
            end = block.find(b"\n") + 1
            skipping = not end
            yield Piece(block[:end] if end else block, [], breaks=int(not skipping), skipping=skipping)
            block = block[end:] if end else b""
        piece, carry = _split(carry + block, quoted, parting, begins)
        if piece is not None:
            yield piece
        if len(carry) > LONGEST_LINE_BYTES:
            skipping = True
            yield Piece(carry, [], too_long=True, skipping=True)
            carry = b""
    if at_rest and (begins is not None or parting is not None):
        pieces, carry = _at_rest(carry, quoted, parting)
        yield from pieces
    if carry and last_is_whole(carry):
        lines = carry.removesuffix(b"\n").split(b"\n")
        yield Piece(carry, lines, breaks=len(lines))


def _at_rest(data: bytes, quoted: bool, parting: Parting | None) -> tuple[list[Piece], bytes]:
    """What need not wait as nobody writes any more, and what waits all the same: parts alone, whose rest may come."""
    piece, data = _split(data, quoted, parting, None)
    other = None
    if parting is not None and not parting.are_parts(data):
        other, data = _split(data, quoted, None, None)
    return [one for one in (piece, other) if one is not None], data


def _split(
    data: bytes,
    quoted: bool,
    parting: Parting | None,
    begins: Callable[[bytes], bool] | None,
) -> tuple[Piece | None, bytes]:
    """The whole lines of some bytes, and what follows them."""
    # A file truncated under a writer that does not append begins with a hole of NULs.
    holes = len(data) - len(data.lstrip(b"\x00")) if data.startswith(b"\x00") else 0
    end = data.rfind(b"\n")
    if quoted and data.count(b'"', 0, end + 1) % 2:
        end = _before_open_quote(data, end)
    end = _whole_end(data, end, parting, begins)
    if end < 0:
        return (Piece(data[:holes], [], skip=holes) if holes else None), data[holes:]
    lines = data[holes:end].split(b"\n")
    return Piece(data[: end + 1], lines, skip=holes, breaks=len(lines)), data[end + 1 :]


def _whole_end(data: bytes, end: int, parting: Parting | None, begins: Callable[[bytes], bool] | None) -> int:
    """The last line end up to a given one at which nothing is torn: no line of several parts, no entry of several lines."""
    if parting is None:
        return end if begins is None else _before_entry(data, end, begins)
    while True:
        found = parting.closed(data, end)
        if begins is not None:
            found = parting.between_entries(data, found, begins)
        if found == end:
            return end
        end = found


def _before_open_quote(data: bytes, end: int) -> int:
    """The last line end that is outside a quoted cell; `end` itself if none is open, or one too long."""
    at = 0
    while at >= 0 and (opening := _OPENING.search(data, at, end + 1)) is not None:
        closing = _CLOSING.match(data, opening.end(), end + 1)
        if closing is not None:
            at = closing.end()
            continue
        before = data.rfind(b"\n", 0, opening.start())
        if end - before <= LONGEST_QUOTED_BYTES:
            return before
        at = data.find(b"\n", opening.end(), end + 1)
    return end


def _before_entry(data: bytes, end: int, begins: Callable[[bytes], bool]) -> int:
    """The line end before the last entry; `end` itself if that is too long, or none begins here."""
    at = end
    while at >= 0 and end - at <= LONGEST_WAITING_BYTES:
        previous = data.rfind(b"\n", 0, at)
        if begins(data[previous + 1 : at]):
            return previous
        at = previous
    return end
