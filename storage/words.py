"""Reads the dictionary of repeated text: ids to words."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from storage.among import among
from storage.schema import text

_WORDS = sa.select(text.c.id, text.c.value).where(among(text.c.id, "ids"))


def words_of(connection: sa.Connection, ids: Iterable[int | None]) -> dict[int, str]:
    """The words of these ids of `text`; NULLs are passed over."""
    wanted = sorted({one for one in ids if one is not None})
    if not wanted:
        return {}
    return {row[0]: row[1] for row in connection.execute(_WORDS, {"ids": wanted}).all()}
