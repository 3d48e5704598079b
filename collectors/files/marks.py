"""What the cursor remembers of a file: who it is, how far it is read, and a fingerprint of that part."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from typing import cast

import msgspec

from core.records import Cursor, Json

EDGE_BYTES = 4096
"""How much of the beginning and of the end of the part read is hashed by itself."""

MOST_GONE_KEPT = 200
GONE_KEPT_SECONDS = 30 * 86400
_VERSION = 1


class Mark(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One file, as far as it is read.

    id: of the content, the same after rename, compression or copying; dev, ino: where it lay when
    last seen; offset: bytes of content read; lines: lines before it; crc: of all of it; head, tail:
    digests of its first and last `EDGE_BYTES`; skipping: the offset stands in an over-long line;
    size, mtime_ns: of a compressed or copied file when last looked at (else 0); copy_of: the id of
    the living file whose beginning this is; gone_at: when it was missed first, epoch seconds; note:
    what the source wants to remember.
    """

    id: str
    dev: int
    ino: int
    path: str
    offset: int = 0
    lines: int = 0
    crc: int = 0
    head: str = ""
    tail: str = ""
    skipping: bool = False
    size: int = 0
    mtime_ns: int = 0
    copy_of: str | None = None
    gone_at: int | None = None
    note: int | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Device and inode."""
        return self.dev, self.ino


class Prefix:
    """The fingerprint of a content's beginning, kept as it grows.

    A CRC goes on from where it stood, which no strong hash of the standard library can do across a
    restart; the strong digests of both edges stand beside it.
    """

    __slots__ = ("crc", "head", "offset", "tail")

    def __init__(self) -> None:
        self.offset = 0
        self.crc = 0
        self.head = b""
        self.tail = b""

    @classmethod
    def resumed(cls, mark: Mark, head: bytes, tail: bytes) -> Prefix:
        """The fingerprint at a mark; head, tail: the edges themselves, read again."""
        prefix = cls()
        prefix.offset, prefix.crc, prefix.head, prefix.tail = mark.offset, mark.crc, head, tail
        return prefix

    def feed(self, data: bytes) -> None:
        """Take in the bytes that follow."""
        self.crc = zlib.crc32(data, self.crc)
        self.offset += len(data)
        if len(self.head) < EDGE_BYTES:
            self.head += data[: EDGE_BYTES - len(self.head)]
        self.tail = data[-EDGE_BYTES:] if len(data) >= EDGE_BYTES else (self.tail + data)[-EDGE_BYTES:]

    def stands_at(self, mark: Mark) -> bool:
        """Whether this is the very content that a mark was set in."""
        return (
            self.offset == mark.offset
            and self.crc == mark.crc
            and digest(self.head) == mark.head
            and digest(self.tail) == mark.tail
        )

    def on(self, mark: Mark, *, lines: int, skipping: bool = False) -> Mark:
        """The mark moved to here."""
        return msgspec.structs.replace(
            mark,
            offset=self.offset,
            lines=lines,
            crc=self.crc,
            head=digest(self.head),
            tail=digest(self.tail),
            skipping=skipping,
        )


def digest(data: bytes) -> str:
    """A short strong digest of some bytes."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def marks_of(cursor: Cursor) -> list[Mark]:
    """The marks of a cursor; none for an empty one, or one of another version."""
    if cursor.get("version") != _VERSION:
        return []
    return msgspec.convert(cursor["files"], list[Mark])


def cursor_of(marks: Iterable[Mark], now_seconds: int) -> dict[str, Json]:
    """The cursor that holds the marks: all files present, and those gone of late (bounded)."""
    present: list[Mark] = []
    gone: list[Mark] = []
    for mark in marks:
        (present if mark.gone_at is None else gone).append(mark)
    gone = [mark for mark in gone if now_seconds - (mark.gone_at or 0) <= GONE_KEPT_SECONDS]
    gone.sort(key=lambda mark: mark.gone_at or 0)
    return {"version": _VERSION, "files": cast("Json", msgspec.to_builtins(present + gone[-MOST_GONE_KEPT:]))}
