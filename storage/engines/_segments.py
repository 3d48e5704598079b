"""Finds an ended run by its identity in SQLite without an index of random keys (docs/adr/0002).

The newest runs are remembered in memory, by a 32-bit hash of their identity. Each full stretch of
ids is sealed into one row of `run_segment`: its sorted hashes, and a Bloom filter that stays in
memory. So a new run costs one entry in a dictionary and one look at each filter, an old one is
found however old it is, and a run costs 8 bytes on disk.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zlib import crc32

import sqlalchemy as sa

from storage.engine import Row, RunKey
from storage.engines._bloom import bits_of, filter_of, may_hold, sealed, sought
from storage.run_rows import ENDED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEGMENT = 65_536
"""So many consecutive ids make a segment."""

_ENDED = ", ".join(ENDED)


def hashes_of(keys: Sequence[RunKey]) -> list[int]:
    """A 32-bit hash of each identity; two runs may share one, so a match is only a candidate."""
    seeds: dict[tuple[int, int], int] = {}
    found = []
    for source_id, job_id, external_id in keys:
        seed = seeds.get((source_id, job_id))
        if seed is None:
            seed = seeds[source_id, job_id] = crc32(b"%d:%d:" % (source_id, job_id))
        found.append(crc32(external_id.encode(), seed))
    return found


def _last_id(connection: sa.Connection) -> int:
    return int(connection.exec_driver_sql("SELECT COALESCE(MAX(id), 0) FROM sync_run").scalar_one())


class SegmentIdentity:
    """The finder of one opened store; only its writing thread uses it."""

    def __init__(self) -> None:
        self._recent: dict[int, int] | None = None
        self._also: dict[int, list[int]] = {}
        self._sealed_until = 0
        self._filters: list[tuple[int, NDArray[np.uint64]]] = []
        self._hashes: dict[RunKey, int] = {}

    def find(self, connection: sa.Connection, keys: Sequence[RunKey]) -> list[Row]:
        """The rows whose identity has the hash of one of these keys."""
        recent = self._recent if self._recent is not None else self._load(connection)
        if _last_id(connection) < self._sealed_until:
            recent = self._unseal(connection, _last_id(connection) + 1)
        hashes = hashes_of(keys)
        self._hashes = dict(zip(keys, hashes, strict=True))
        ids = [recent[found] for found in recent.keys() & hashes]
        if self._also:
            ids += [one for found in self._also.keys() & hashes for one in self._also[found]]
        if self._filters:
            ids += self._find_sealed(connection, hashes)
        if not ids:
            return []
        rows = connection.exec_driver_sql(
            f"SELECT id, {_ENDED} FROM sync_run"  # noqa: S608 - names of our own columns
            " WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(ids),),
        )
        return [tuple(row) for row in rows]

    def add(self, connection: sa.Connection, keys: Sequence[RunKey]) -> None:
        """Remember the newest rows: the highest ids, one for each key."""
        last = _last_id(connection)
        if last - len(keys) < self._sealed_until:
            self._unseal(connection, last - len(keys) + 1)
            return
        known = self._hashes
        hashes = [known[key] for key in keys] if known else hashes_of(keys)
        self._remember(hashes, range(last - len(keys) + 1, last + 1))
        while last >= self._sealed_until + 2 * SEGMENT:
            self._seal(connection)

    def forget(self) -> None:
        """Read everything anew next time: the transaction was rolled back."""
        self._recent, self._also, self._filters, self._hashes = None, {}, [], {}

    def _load(self, connection: sa.Connection) -> dict[int, int]:
        """Read what is sealed, and remember the rows that are not."""
        self.forget()
        segments = connection.exec_driver_sql(
            "SELECT last_id, filter FROM run_segment ORDER BY last_id"
        ).all()
        self._filters = [(last_id, filter_of(stored)) for last_id, stored in segments]
        self._sealed_until = segments[-1][0] if segments else 0
        self._recent = {}
        while _last_id(connection) >= self._sealed_until + 2 * SEGMENT:
            self._read(connection, self._sealed_until + SEGMENT)
            self._seal(connection)
        self._read(connection, _last_id(connection))
        return self._recent

    def _read(self, connection: sa.Connection, last: int) -> None:
        """Remember the rows after what is sealed, up to this id."""
        rows = connection.exec_driver_sql(
            "SELECT source_id, job_id, external_id, id FROM sync_run WHERE id > ? AND id <= ?",
            (self._sealed_until, last),
        ).all()
        keys: list[RunKey] = [(row[0], row[1], row[2]) for row in rows]
        self._remember(hashes_of(keys), [row[3] for row in rows])

    def _unseal(self, connection: sa.Connection, first: int) -> dict[int, int]:
        """Take back the segments from this id on: SQLite gives the ids of deleted newest rows again."""
        connection.exec_driver_sql("DELETE FROM run_segment WHERE last_id >= ?", (first,))
        return self._load(connection)

    def _remember(self, hashes: Sequence[int], ids: Sequence[int]) -> None:
        assert self._recent is not None
        if len(set(hashes)) == len(hashes) and self._recent.keys().isdisjoint(hashes):
            self._recent.update(zip(hashes, ids, strict=True))
            return
        for found, run_id in zip(hashes, ids, strict=True):
            if self._recent.setdefault(found, run_id) != run_id:
                self._also.setdefault(found, []).append(run_id)

    def _find_sealed(self, connection: sa.Connection, hashes: Sequence[int]) -> list[int]:
        places, bits = bits_of(hashes)
        found: list[int] = []
        for last_id, words in self._filters:
            candidates = may_hold(words, places, bits)
            if len(candidates):
                query = "SELECT hashes FROM run_segment WHERE last_id = ?"
                stored = connection.exec_driver_sql(query, (last_id,)).scalar_one_or_none()
                if stored is None:  # its runs were pruned meanwhile
                    continue
                found += sought(stored, [hashes[one] for one in candidates], last_id - SEGMENT + 1)
        return found

    def _seal(self, connection: sa.Connection) -> None:
        """Write the oldest unsealed stretch of ids down, and keep only its filter."""
        assert self._recent is not None
        last = self._sealed_until + SEGMENT
        also = [(found, run_id) for found, ids in self._also.items() for run_id in ids]
        hashes = [*self._recent, *(found for found, _ in also)]
        ids = [*self._recent.values(), *(run_id for _, run_id in also)]
        stored, words, left = sealed(hashes, ids, last, SEGMENT)
        connection.exec_driver_sql(
            "INSERT INTO run_segment (last_id, hashes, filter) VALUES (?, ?, ?)",
            (last, stored, words.tobytes()),
        )
        self._filters.append((last, words))
        self._sealed_until, self._recent, self._also = last, {}, {}
        self._remember(*left)
