"""Opens a file as the bytes it means: decompressed by its magic number, UTF-16 and UTF-32 as UTF-8, NULs behind JSON as line ends."""

from __future__ import annotations

import bz2
import codecs
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol, Self

from collectors.files.remote import RemotePath

BLOCK_BYTES = 512 * 1024
_RAW_BLOCK_BYTES = 32 * 1024
_UTF_8_BOM = codecs.BOM_UTF8


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _gzip() -> _Decompressor:
    return zlib.decompressobj(wbits=31)


def _zstd() -> _Decompressor:
    import zstandard

    decompressor: _Decompressor = zstandard.ZstdDecompressor().decompressobj()
    return decompressor


_BY_MAGIC: tuple[tuple[bytes, Callable[[], _Decompressor]], ...] = (
    (b"\x1f\x8b", _gzip),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", lzma.LZMADecompressor),
    (b"\x28\xb5\x2f\xfd", _zstd),
)
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
        self._make = next((make for start, make in _BY_MAGIC if magic.startswith(start)), None)
        self._decompressor = self._make() if self._make else None
        self._encoding, self._decoder = encoding, None if self._make else _wide_decoder(magic, encoding)
        self._first = self._make is not None
        self._buffer = b""
        self._position = 0
        self._nul_ends = self._make is None and magic.startswith(b"{") and _ends_with_nul(_start_of(file))
        self.compressed = self._make is not None
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
        return self._make is None and self._decoder is None

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
        """What the next raw block means (perhaps nothing yet); None at the end."""
        if self.problem is not None or self.ended:
            return None
        raw = self._file.read(_RAW_BLOCK_BYTES)
        if not raw:
            self._note_end()
            return None
        data = self._decompress(raw)
        if self._first and data:
            self._first = False
            self._decoder = _wide_decoder(data[:8], self._encoding)
            self._nul_ends = _ends_with_nul(data)
        return data if self._decoder is None else self._decoder.decode(data).encode("utf-8", "replace")

    def _decompress(self, raw: bytes) -> bytes:
        """Decompresses a block; one stream may follow another (`cat a.gz b.gz`), and padding too."""
        if self._decompressor is None or self._make is None:
            return raw
        out = []
        try:
            while raw:
                if self._decompressor.eof:
                    raw = raw.lstrip(b"\x00")
                    if not raw:
                        break
                    self._decompressor = self._make()
                out.append(self._decompressor.decompress(raw))
                raw = self._decompressor.unused_data if self._decompressor.eof else b""
        except Exception as error:  # noqa: BLE001  each library raises an error class of its own
            self.problem = f"damaged compressed file: {error}"
        return b"".join(out)

    def _note_end(self) -> None:
        if self._decompressor is not None and self._decompressor.eof:
            self.ended = True


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
