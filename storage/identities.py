"""The identity that a stored row has where words make it the one it is, and the rows that have it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import sqlalchemy as sa

from storage.engine import Row
from storage.writing import Writing

_AT_ONCE = 500


def identity_of(*words: str) -> int:
    """64 bits with a sign, of all of the words in their order. It is stored, so it stays what it is."""
    joined = "\x1f".join(words).encode("utf-8", "replace")
    return int.from_bytes(blake2b(joined, digest_size=8).digest(), "big", signed=True)


def stored_rows(
    writing: Writing, table: sa.Table, columns: Sequence[str], identities: Sequence[int]
) -> dict[int, Row]:
    """The rows (id, *columns) of the source that have these identities; `identity` is one of the columns."""
    place, found = 1 + columns.index("identity"), dict[int, Row]()
    for start in range(0, len(identities), _AT_ONCE):
        query = sa.select(table.c.id, *(table.c[name] for name in columns)).where(
            table.c.identity.in_(identities[start : start + _AT_ONCE]),
            table.c.source_id == writing.source_id,
        )
        found.update((row[place], tuple(row)) for row in writing.connection.execute(query))
    return found
