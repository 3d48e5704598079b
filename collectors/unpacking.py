"""Unpacks compressed bytes in bounded pieces, however much they hold: answers, logs and deliveries (pure).

A few hundred bytes of bzip2, or of gzip within gzip, can mean gigabytes. What takes the pieces says when it is too much.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

PIECE_BYTES = 256 * 1024
"""A piece is not longer; of Zstandard, which can only be bounded by what goes in, not longer than 4 MiB."""

_ZSTD_SLICE_BYTES = 128
_LARGEST_WINDOW_BYTES = 128 * 1024 * 1024
"""What unpacking itself may take: the most that `zstd --long` and `xz -9` ask for."""

_FED_BYTES = 4096
"""So much is fed at once: each stream hands on a copy of what follows it, and there may be very many tiny ones."""


class Damaged(ValueError):
    """It cannot be unpacked, or not to its end."""


class TooLarge(ValueError):
    """It holds more than may be unpacked."""


class _Stream(Protocol):
    """One compressed stream. ended: it is over; rest: what was fed and comes after it."""

    @property
    def ended(self) -> bool: ...
    @property
    def rest(self) -> bytes: ...
    def feed(self, data: bytes) -> Iterator[bytes]: ...


class _Library(Protocol):
    """What the libraries' own objects have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...


_Inner = TypeVar("_Inner", bound=_Library)


class _Wrapped(Generic[_Inner]):
    def __init__(self, inner: _Inner) -> None:
        self._inner = inner

    @property
    def ended(self) -> bool:
        return self._inner.eof

    @property
    def rest(self) -> bytes:
        return self._inner.unused_data


class _Zlib(_Wrapped["zlib._Decompress"]):
    def __init__(self, window_bits: int) -> None:
        super().__init__(zlib.decompressobj(wbits=window_bits))

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            piece = self._inner.decompress(data, PIECE_BYTES)
            yield piece
            data = self._inner.unconsumed_tail
            if self.ended or not (data or len(piece) == PIECE_BYTES):
                return


class _Deflate:
    """What HTTP calls deflate: with zlib's header, as it is written, or without, as some servers send it."""

    def __init__(self) -> None:
        self._start = b""
        self._inner: _Zlib | None = None

    @property
    def ended(self) -> bool:
        return self._inner is not None and self._inner.ended

    @property
    def rest(self) -> bytes:
        return b"" if self._inner is None else self._inner.rest

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._inner is None:
            data = self._start = self._start + data
            if len(data) < 2:
                return
            headed = data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0
            self._inner = _Zlib(zlib.MAX_WBITS if headed else -zlib.MAX_WBITS)
        yield from self._inner.feed(data)


class _Blocks(_Wrapped[bz2.BZ2Decompressor | lzma.LZMADecompressor]):
    """bzip2 and xz: both libraries are spoken to alike."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            yield self._inner.decompress(data, PIECE_BYTES)
            data = b""
            if self.ended or self._inner.needs_input:
                return


class _Zstd:
    def __init__(self) -> None:
        import zstandard

        self._inner = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW_BYTES).decompressobj()
        self._left = b""

    @property
    def ended(self) -> bool:
        return self._inner.eof

    @property
    def rest(self) -> bytes:
        return self._inner.unused_data + self._left

    def feed(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), _ZSTD_SLICE_BYTES):
            # A block of four bytes can mean 128 KiB, and all that is fed at once comes out at once.
            yield self._inner.decompress(data[at : at + _ZSTD_SLICE_BYTES])
            if self.ended:
                self._left = data[at + _ZSTD_SLICE_BYTES :]
                return


@dataclass(frozen=True, slots=True)
class Packing:
    """A way of compressing. magic: how each of its streams begins, empty where nothing tells."""

    magic: bytes
    stream: Callable[[], _Stream]


GZIP = Packing(b"\x1f\x8b", lambda: _Zlib(16 + zlib.MAX_WBITS))
BZIP2 = Packing(b"BZh", lambda: _Blocks(bz2.BZ2Decompressor()))
XZ = Packing(
    b"\xfd7zXZ\x00", lambda: _Blocks(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_LARGEST_WINDOW_BYTES))
)
ZSTD = Packing(b"\x28\xb5\x2f\xfd", _Zstd)
DEFLATE = Packing(b"", _Deflate)


def packing_of(start: bytes) -> Packing | None:
    """How a file is compressed that begins like this; None where it is not."""
    return next((one for one in (GZIP, BZIP2, XZ, ZSTD) if start.startswith(one.magic)), None)


class Unpacker:
    """Takes bytes as they come. One stream may follow another, padding of NULs too."""

    def __init__(self, packing: Packing, most: int | None = None, *, lenient: bool = False) -> None:
        """most: bytes that come out before it is too much; lenient: what follows the last stream is no matter."""
        self._packing, self._most, self._lenient = packing, most, lenient
        self._stream: _Stream | None = None
        self._over = False
        self._size = 0

    @property
    def begun(self) -> bool:
        """Whether anything was fed."""
        return self._stream is not None

    @property
    def ended(self) -> bool:
        """Whether every stream that began has come to its end."""
        return self._stream is not None and self._stream.ended

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What some bytes mean, perhaps nothing yet. Raises Damaged, and TooLarge where more than allowed has come."""
        for at in range(0, len(data), _FED_BYTES):
            yield from self._fed(data[at : at + _FED_BYTES])

    def _fed(self, data: bytes) -> Iterator[bytes]:
        while data and not self._over:
            if self._stream is None:
                self._stream = self._packing.stream()
            elif self._stream.ended:
                data = data.lstrip(b"\x00")
                self._over = self._lenient and not self._begins(data)
                if not data or self._over:
                    return
                self._stream = self._packing.stream()
            yield from self._bounded(self._stream.feed(data))
            data = self._stream.rest if self._stream.ended else b""

    def _begins(self, data: bytes) -> bool:
        magic = self._packing.magic
        return bool(magic) and (data.startswith(magic) or magic.startswith(data))

    def _bounded(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        try:
            for piece in pieces:
                self._size += len(piece)
                if piece:
                    yield piece
                if self._most is not None and self._size > self._most:
                    raise TooLarge
        except TooLarge:
            raise
        except Exception as error:  # each library raises an error class of its own
            raise Damaged(str(error) or type(error).__name__) from error


def unpacked(data: bytes, packing: Packing, most: int) -> bytes:
    """All that some bytes mean, at most so many. Raises TooLarge, Damaged."""
    unpacker, parts, size = Unpacker(packing), [], 0
    for piece in unpacker.feed(data):
        parts.append(piece)
        size += len(piece)
        if size > most:
            raise TooLarge
    if data and not unpacker.ended:
        raise Damaged("it breaks off")
    return b"".join(parts)
