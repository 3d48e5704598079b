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

from storage.engine import RunKey


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

    def find(self, connection: sa.Connection, source_id: int, keys: Sequence[RunKey]) -> list[int]:
        """The ids of rows whose identity has the hash of one of these keys."""
        hashes = hashes_of(source_id, keys)
        rows = connection.exec_driver_sql(
            "SELECT run_id FROM run_recent WHERE hash IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(hashes).decode(),),
        )
        return [row[0] for row in rows]

    def add(
        self, connection: sa.Connection, source_id: int, keys: Sequence[RunKey], ids: Sequence[int]
    ) -> None:
        """Remember new rows."""
        pairs = sorted(zip(hashes_of(source_id, keys), ids, strict=True))
        connection.exec_driver_sql("INSERT INTO run_recent (hash, run_id) VALUES (?, ?)", pairs)

    def forget(self) -> None:
        """Nothing is remembered outside the database."""
