"""Reads the dictionary of repeated text: ids to words."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from storage.schema import text

CHUNK = 5000


def words_of(connection: sa.Connection, ids: Iterable[int | None]) -> dict[int, str]:
    """The words of these ids of `text`; NULLs are passed over."""
    wanted = sorted({one for one in ids if one is not None})
    found: dict[int, str] = {}
    for start in range(0, len(wanted), CHUNK):
        query = sa.select(text.c.id, text.c.value).where(text.c.id.in_(wanted[start : start + CHUNK]))
        found.update((row.id, row.value) for row in connection.execute(query))
    return found
