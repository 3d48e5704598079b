"""Remembers the values of a column in constant memory: within one file exactly, across files within bounds."""

from __future__ import annotations

import base64
import binascii
import hashlib
import tempfile
from array import array
from collections.abc import Iterator
from typing import BinaryIO, Self, cast

from core.records import Json

_BUCKETS = 256
_PER_BLOCK = 1024
MOST_EXACT = 20_000
"""Values of earlier deliveries kept one by one; beyond, they are kept as a Bloom filter."""

_KEY_BYTES = 6
_FILTER_BYTES = 512 * 1024
_FILTER_HASHES = 4


class Ledger:
    """(value, line) pairs of one column, grouped by value when asked: only hashes are kept, on disk.

    256 buckets by hash, written in blocks to one temporary file: about 4 MB of memory for a file of any
    length. Hashes are of 64 bits: two values of a million pass for one once in 10^7 files.
    """

    def __init__(self) -> None:
        self._open = [array("q") for _ in range(_BUCKETS)]
        self._blocks: list[list[tuple[int, int]]] = [[] for _ in range(_BUCKETS)]
        self._file: BinaryIO | None = None
        self._end = 0

    def add(self, value: str, line: int) -> None:
        """Note a value and its line."""
        number = hash(value)
        bucket = self._open[number & 255]
        bucket.append(number)
        bucket.append(line)
        if len(bucket) >= 2 * _PER_BLOCK:
            self._spill(number & 255)

    def bucket(self, index: int) -> Iterator[tuple[int, int]]:
        """The (hash, line) pairs of one of the 256 buckets, in order of arrival."""
        for start, length in self._blocks[index]:
            assert self._file is not None
            self._file.seek(start)
            block = array("q")
            block.frombytes(self._file.read(length))
            yield from zip(block[::2], block[1::2], strict=True)
        rest = self._open[index]
        yield from zip(rest[::2], rest[1::2], strict=True)

    def repeated(self) -> Findings:
        """The lines whose value stood in a line before, each with that first line."""
        found = Findings()
        for index in range(_BUCKETS):
            first: dict[int, int] = {}
            for number, line in self.bucket(index):
                earlier = first.setdefault(number, line)
                if earlier != line:
                    found.add(line, earlier)
        return found.sorted()

    def missing_from(self, keys: Ledger) -> Findings:
        """The lines whose value is none of `keys`."""
        found = Findings()
        for index in range(_BUCKETS):
            there = {number for number, _ in keys.bucket(index)}
            for number, line in self.bucket(index):
                if number not in there:
                    found.add(line, 0)
        return found.sorted()

    def close(self) -> None:
        """Gives the temporary file back."""
        if self._file is not None:
            self._file.close()

    def _spill(self, index: int) -> None:
        if self._file is None:
            self._file = cast("BinaryIO", tempfile.TemporaryFile(prefix="integration-monitor-"))  # noqa: SIM115
        data = self._open[index].tobytes()
        self._file.seek(self._end)
        self._file.write(data)
        self._blocks[index].append((self._end, len(data)))
        self._end += len(data)
        del self._open[index][:]


class Findings:
    """Lines found wanting, each with another line beside it (0: none), asked for in ascending order."""

    __slots__ = ("_at", "_lines", "_others")

    def __init__(self) -> None:
        self._lines, self._others = array("q"), array("q")
        self._at = 0

    def add(self, line: int, other: int) -> None:
        """Note one."""
        self._lines.append(line)
        self._others.append(other)

    def sorted(self) -> Self:
        """The same, in order of their lines."""
        order = array("q", sorted(range(len(self._lines)), key=self._lines.__getitem__))
        self._lines = array("q", (self._lines[place] for place in order))
        self._others = array("q", (self._others[place] for place in order))
        return self

    def at(self, line: int) -> int | None:
        """What stands beside a line; None for a line that is not among them. Lines may only ascend."""
        while self._at < len(self._lines) and self._lines[self._at] < line:
            self._at += 1
        if self._at < len(self._lines) and self._lines[self._at] == line:
            return self._others[self._at]
        return None

    def __len__(self) -> int:
        return len(self._lines)


class Known:
    """The values of a column that were delivered before, bounded: it never takes a known one for unknown.

    Up to MOST_EXACT values are kept as 48-bit hashes; then all go into a Bloom filter of 512 KiB, which
    takes an unknown one for known in 0.1 % of cases at 200,000 values and in one of seven at a million.
    """

    def __init__(self) -> None:
        self._exact: set[bytes] = set()
        self._filter: bytearray | None = None

    @classmethod
    def of(cls, stored: Json) -> Known:
        """As a cursor holds it; an empty one for anything else."""
        known = cls()
        if isinstance(stored, dict):
            try:
                exact = base64.b64decode(str(stored.get("exact") or ""))
                bits = base64.b64decode(str(stored.get("filter") or ""))
            except (binascii.Error, ValueError):
                return known
            known._exact = {exact[at : at + _KEY_BYTES] for at in range(0, len(exact), _KEY_BYTES)}
            known._filter = bytearray(bits) if len(bits) == _FILTER_BYTES else None
        return known

    def stored(self) -> Json:
        """As a cursor can hold it."""
        if self._filter is not None:
            return {"filter": base64.b64encode(bytes(self._filter)).decode()}
        return {"exact": base64.b64encode(b"".join(sorted(self._exact))).decode()}

    def add(self, value: str) -> None:
        """Note a value."""
        digest = _digest(value)
        if self._filter is None:
            self._exact.add(digest[:_KEY_BYTES])
            if len(self._exact) <= MOST_EXACT:
                return
            self._filter = bytearray(_FILTER_BYTES)
            for key in self._exact:
                self._mark(key)
            self._exact.clear()
        self._mark(digest[:_KEY_BYTES])

    def __contains__(self, value: str) -> bool:
        key = _digest(value)[:_KEY_BYTES]
        if self._filter is None:
            return key in self._exact
        return all(self._filter[place >> 3] & (1 << (place & 7)) for place in _places(key))

    def _mark(self, key: bytes) -> None:
        assert self._filter is not None
        for place in _places(key):
            self._filter[place >> 3] |= 1 << (place & 7)


def _digest(value: str) -> bytes:
    return hashlib.blake2b(value.encode("utf-8", "replace"), digest_size=8).digest()


def _places(key: bytes) -> list[int]:
    """The bits that stand for a key: two independent halves, stepped (Kirsch and Mitzenmacher)."""
    number = int.from_bytes(key, "big")
    start, step = number & 0xFFFFFF, (number >> 24) | 1
    return [(start + turn * step) % (_FILTER_BYTES * 8) for turn in range(_FILTER_HASHES)]
