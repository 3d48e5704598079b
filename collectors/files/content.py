"""Opens a file as the bytes it means: decompressed by its magic number, UTF-16 and UTF-32 as UTF-8, NULs behind JSON as line ends."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

from collectors.files.remote import RemotePath
from collectors.unpacking import Damaged, Unpacker, packing_of

BLOCK_BYTES = 512 * 1024
_RAW_BLOCK_BYTES = 32 * 1024
_UTF_8_BOM = codecs.BOM_UTF8
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Content:
    """A file's meaning as a stream of bytes in which a line ends with one 0x0A.

    Positions count these bytes, so they survive compression. `ended`: the compressed stream has come
    to its end, nothing will follow; `problem`: why it cannot be read further.
    """

    def __init__(self, file: BinaryIO, encoding: str = "auto") -> None:
        """file: stands at its start; encoding: a codec's name, or `auto`. Raises OSError."""
        self._file = file
        magic = file.read(8)
        file.seek(0)
        packing = packing_of(magic)
        self._unpacker = Unpacker(packing) if packing else None
        self._pieces: Iterator[bytes] = iter(())
        self._encoding, self._decoder = encoding, None if packing else _wide_decoder(magic, encoding)
        self._first = self.compressed = packing is not None
        self._buffer = b""
        self._position = 0
        self._nul_ends = packing is None and magic.startswith(b"{") and _ends_with_nul(_start_of(file))
        self.ended = False
        self.problem: str | None = None

    @classmethod
    def open(cls, path: Path | RemotePath, encoding: str = "auto") -> Self:
        """Opens a file. Raises OSError."""
        file = path.open("rb")
        try:
            return cls(file, encoding)
        except OSError:
            file.close()
            raise

    @property
    def seekable(self) -> bool:
        """Whether bytes mean themselves, so that a place in the file can be gone to at once."""
        return not self.compressed and self._decoder is None

    def fileno(self) -> int:
        """The open file's descriptor."""
        return self._file.fileno()

    def seek(self, position: int) -> None:
        """Go to a position; only forwards where the content is not seekable. Raises OSError."""
        if self.seekable:
            self._file.seek(position)
            self._position = position
            return
        while self._position < position and self.read(min(BLOCK_BYTES, position - self._position)):
            pass

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """The next bytes, as many as asked for unless it ends before; empty at the end. Raises OSError."""
        if self.seekable:
            data = self._file.read(size)
            self._position += len(data)
            return data.replace(b"\x00", b"\n") if self._nul_ends else data
        parts, have = [self._buffer], len(self._buffer)
        while have < size and (more := self._more()) is not None:
            parts.append(more)
            have += len(more)
        data = b"".join(parts)
        data, self._buffer = data[:size], data[size:]
        self._position += len(data)
        return data.replace(b"\x00", b"\n") if self._nul_ends else data

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _more(self) -> bytes | None:
        """What follows, in stretches of any length (perhaps nothing yet); None at the end."""
        if self.problem is not None or self.ended:
            return None
        data = self._unpacked()
        if data is None:
            return None
        if self._first and data:
            self._first = False
            self._decoder = _wide_decoder(data[:8], self._encoding)
            self._nul_ends = _ends_with_nul(data)
        return data if self._decoder is None else self._decoder.decode(data).encode("utf-8", "replace")

    def _unpacked(self) -> bytes | None:
        try:
            for piece in self._pieces:
                return piece
        except Damaged as error:
            self.problem = f"damaged compressed file: {error}"
            return None
        raw = self._file.read(_RAW_BLOCK_BYTES)
        if not raw:
            self.ended = self._unpacker is not None and self._unpacker.ended
            return None
        if self._unpacker is None:
            return raw
        self._pieces = self._unpacker.feed(raw)
        return b""


def _start_of(file: BinaryIO) -> bytes:
    start = file.read(_RAW_BLOCK_BYTES)
    file.seek(0)
    return start


def _ends_with_nul(start: bytes) -> bool:
    """Whether a NUL ends each JSON object, as GELF is written, and no line end; told by the first one."""
    first, nul, rest = start.partition(b"\x00")
    return (
        bool(nul)
        and first.startswith(b"{")
        and first.endswith(b"}")
        and b"\n" not in first
        and rest[:1] in (b"", b"{")
    )


def is_wide(encoding: str) -> bool:
    """Whether a codec writes a line's end as more than the one byte 0x0A."""
    return codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))


def _wide_decoder(start: bytes, encoding: str) -> codecs.IncrementalDecoder | None:
    """A decoder for UTF-16 or UTF-32; None for every encoding in which 0x0A ends a line."""
    if encoding != "auto":
        return codecs.getincrementaldecoder(encoding)("replace") if is_wide(encoding) else None
    if start.startswith(_UTF_8_BOM):
        return None
    for bom, name in _BOMS:
        if start.startswith(bom):
            return codecs.getincrementaldecoder(name)("replace")
    # Text appended without a mark, as PowerShell does: every second byte of ASCII is NUL.
    for letters, zeros, name in (
        (start[0::2], start[1::2], "utf-16-le"),
        (start[1::2], start[0::2], "utf-16-be"),
    ):
        if len(start) == 8 and all(letters) and not any(zeros):
            return codecs.getincrementaldecoder(name)("replace")
    return None
