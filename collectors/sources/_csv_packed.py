"""Opens a delivered file as the CSV it holds: itself, or the one file within a gzip or ZIP archive."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from copy import copy
from typing import BinaryIO, Protocol, cast

from collectors.unpacking import BZIP2, Damaged, Unpacker

MOST_UNPACKED = 1024**3
"""Bytes that are unpacked of an archive where the contract names no `max_bytes`: a bomb ends here."""

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OFFICE = frozenset({"[Content_Types].xml", "mimetype"})
"""What stands in the ZIP archives that office programs call workbooks."""

_LEFT_BEHIND = ("__MACOSX/", ".DS_Store")
_ONE_IN_EACH = "deliver one file in each"
_LARGEST_DIRECTORY_BYTES = 1024 * 1024
"""Room for the names of thousands of files, of which one is read."""

_LONGEST_ENDING_BYTES = 22 + 65_535 + 20 + 56
"""Of an archive's last records and its comment."""

_ENCRYPTED = 1
_PACKED_BLOCK_BYTES = 32 * 1024
_DAMAGED = (
    gzip.BadGzipFile,
    zipfile.BadZipFile,
    EOFError,
    zlib.error,
    # What `zipfile` raises itself: for a way of packing that it does not know, and for a member under a password.
    NotImplementedError,
    RuntimeError,
    Damaged,
)
"""What an archive that cannot be unpacked raises: each is told as a broken rule of the file's contract."""


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


class Unpackable(OSError):
    """An archive that no CSV can be read from. rule: which one it breaks."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


def opened(file: BinaryIO, most: int) -> BinaryIO:
    """The CSV as a stream from its start, closed together with the file; read in constant memory.

    file: what was delivered, at its start; most: bytes that an archive may hold. Raises OSError, and Unpackable
    here or while it is read.
    """
    start = file.read(4)
    file.seek(0)
    try:
        if start.startswith(_GZIP):
            return _inside(gzip.GzipFile(fileobj=file, mode="rb"), file, most)
        if start.startswith(_ZIP):
            inner = _only_file(file, most)
            return file if inner is None else _inside(inner, file, most)
    except BaseException:
        file.close()
        raise
    return file


def _inside(inner: _Source, outer: BinaryIO, most: int) -> BinaryIO:
    return cast("BinaryIO", _Inside(inner, outer, most))


def _only_file(file: BinaryIO, most: int) -> _Source | None:
    """The one file in a ZIP archive; None for a workbook, which is not read as an archive."""
    try:
        if _directory_bytes(file) > _LARGEST_DIRECTORY_BYTES:
            raise Unpackable("archive_files", f"the archive holds too many files; {_ONE_IN_EACH}")
        archive = zipfile.ZipFile(file)
        if not _OFFICE.isdisjoint(archive.namelist()):
            file.seek(0)
            return None
        inside = [one for one in archive.infolist() if not one.is_dir() and not _is_left_behind(one.filename)]
        if len(inside) != 1:
            names = ", ".join(one.filename[:60] for one in inside[:3]) + (", …" if len(inside) > 3 else "")
            holds = f"holds {len(inside)} files ({names})" if inside else "holds no file"
            raise Unpackable("archive_files", f"the archive {holds}; {_ONE_IN_EACH}")
        (only,) = inside
        if only.flag_bits & _ENCRYPTED:
            raise Unpackable("broken_archive", "the archive has a password; deliver it without one")
        if only.file_size > most:
            raise _too_large(most)
        # The library bounds what it unpacks at once, but not of bzip2.
        return _Bzip2(archive, only) if only.compress_type == zipfile.ZIP_BZIP2 else archive.open(only)
    except _DAMAGED as error:
        raise _damaged(error) from None


def _directory_bytes(file: BinaryIO) -> int:
    """How long the directory of a ZIP archive is, which is read whole; 0 where there is none."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _LONGEST_ENDING_BYTES))
    ending = file.read(_LONGEST_ENDING_BYTES)
    file.seek(0)
    at = ending.rfind(b"PK\x05\x06")
    if at < 0:
        return 0
    # One that may have 4 GiB tells it in a record of its own, which is what is read then.
    large = (
        ending.rfind(b"PK\x06\x06", 0, at) if ending[max(0, at - 20) : at].startswith(b"PK\x06\x07") else -1
    )
    return _number(ending[large + 40 : large + 48]) if large >= 0 else _number(ending[at + 12 : at + 16])


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "little")


def _is_left_behind(name: str) -> bool:
    """Whether a file is what macOS puts beside the files that were packed."""
    return name.startswith(_LEFT_BEHIND[0]) or name.rpartition("/")[2] == _LEFT_BEHIND[1]


def _damaged(error: BaseException) -> Unpackable:
    return Unpackable(
        "broken_archive",
        f"the archive is broken ({str(error)[:200] or type(error).__name__}); deliver it again",
    )


def _too_large(most: int) -> Unpackable:
    return Unpackable(
        "unpacked_too_large",
        f"the archive holds more than {most} bytes and is not read; deliver less in one file, "
        f"or write a larger max_bytes in the contract",
    )


class _Bzip2:
    """A file in a ZIP archive that is compressed by bzip2."""

    def __init__(self, archive: zipfile.ZipFile, file: zipfile.ZipInfo) -> None:
        stored = copy(file)
        stored.compress_type, stored.file_size = zipfile.ZIP_STORED, file.compress_size
        del stored.CRC  # of what is unpacked; bzip2 has check sums of its own
        self._packed = archive.open(stored)
        self._unpacker = Unpacker(BZIP2)
        self._pieces: Iterator[bytes] = iter(())
        self._piece = b""
        self._left = file.file_size

    def read(self, size: int, /) -> bytes:
        """The next bytes; empty at the end. Raises Damaged."""
        while not self._piece:
            piece = next(self._pieces, None)
            if piece is not None:
                self._piece = piece
            elif packed := self._packed.read(_PACKED_BLOCK_BYTES):
                self._pieces = self._unpacker.feed(packed)
            elif self._left or not self._unpacker.ended:
                raise Damaged("it holds less than it says")
            else:
                return b""
        data, self._piece = self._piece[:size], self._piece[size:]
        self._left -= len(data)
        if self._left < 0:
            raise Damaged("it holds more than it says")
        return data

    def close(self) -> None:
        """Closes it, not the archive."""
        self._packed.close()


class _Inside(io.RawIOBase):
    """What an archive holds, up to a bound."""

    def __init__(self, inner: _Source, outer: BinaryIO, most: int) -> None:
        self._inner, self._outer, self._most = inner, outer, most
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            data = self._inner.read(len(view))
        except _DAMAGED as error:
            raise _damaged(error) from None
        self._count += len(data)
        if self._count > self._most:
            raise _too_large(self._most)
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            self._outer.close()
        super().close()
