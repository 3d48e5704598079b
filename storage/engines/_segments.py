"""Finds an ended run by its identity in SQLite without a large index of random keys (docs/adr/0002).

A key's hash is kept in the small table `run_recent`; once that holds two segments' worth, its older
half is sealed into a row of `run_segment`: the sorted hashes, and a Bloom filter that is kept in
memory. A new run therefore costs one insert into a small tree and one look at each filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import msgspec
import sqlalchemy as sa

from storage.engine import Row, RunKey
from storage.run_rows import ENDED

_ENDED = ", ".join(f"s.{column}" for column in ENDED)


def hashes_of(source_id: int, keys: Sequence[RunKey]) -> list[int]:
    """A 32-bit hash of each identity; two runs may share one, so a match is only a candidate."""
    seeds: dict[int, int] = {}
    found = []
    for job_id, external_id in keys:
        seed = seeds.get(job_id)
        if seed is None:
            seed = seeds[job_id] = crc32(b"%d:%d:" % (source_id, job_id))
        found.append(crc32(external_id.encode(), seed))
    return found


class SegmentIdentity:
    """The finder of one opened store."""

    def find(self, connection: sa.Connection, source_id: int, keys: Sequence[RunKey]) -> list[Row]:
        """The rows whose identity has the hash of one of these keys."""
        hashes = hashes_of(source_id, keys)
        rows = connection.exec_driver_sql(
            f"SELECT s.id, {_ENDED} FROM run_recent r JOIN sync_run s ON s.id = r.run_id"  # noqa: S608 - names of our own columns
            " WHERE r.hash IN (SELECT value FROM json_each(?)) AND s.source_id = ?",
            (msgspec.json.encode(hashes).decode(), source_id),
        )
        return [tuple(row) for row in rows]

    def add(self, connection: sa.Connection, source_id: int, keys: Sequence[RunKey]) -> None:
        """Remember the newest rows: the highest ids, one for each key."""
        last = connection.exec_driver_sql("SELECT MAX(id) FROM sync_run").scalar_one()
        ids = range(last - len(keys) + 1, last + 1)
        pairs = sorted(zip(hashes_of(source_id, keys), ids, strict=True))
        # A row taken out again may have left its pair behind, and a new row its id taken over.
        connection.exec_driver_sql("INSERT OR IGNORE INTO run_recent (hash, run_id) VALUES (?, ?)", pairs)

    def forget(self) -> None:
        """Nothing is remembered outside the database."""
