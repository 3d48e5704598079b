"""Reads the overview snapshot: the first page's one cheap question."""

from __future__ import annotations

from functools import lru_cache

import msgspec
import sqlalchemy as sa

from core.clock import from_micros
from core.facts import Facts
from storage.codes import decode_facts
from storage.queries.rows import DayCell, OverviewRow
from storage.schema import integration
from storage.schema import overview as snapshot

NOW_ROW, YESTERDAY_ROW = "now", "yesterday"
"""The horizons of the `overview` table."""

_decode_strip = msgspec.msgpack.Decoder(tuple[DayCell, ...]).decode
_now, _then = snapshot.alias("now_row"), snapshot.alias("then_row")
_QUERY = (
    sa.select(
        integration.c.key,
        _now.c.as_of,
        _now.c.facts,
        _now.c.strip,
        _then.c.facts.label("facts_then"),
    )
    .join(_now, sa.and_(_now.c.integration_id == integration.c.id, _now.c.horizon == NOW_ROW))
    .outerjoin(_then, sa.and_(_then.c.integration_id == integration.c.id, _then.c.horizon == YESTERDAY_ROW))
    .where(integration.c.retired_at.is_(None))
    .order_by(integration.c.position, integration.c.key)
)


def overview(connection: sa.Connection, key: str | None = None) -> list[OverviewRow]:
    """The snapshot of every configured integration that has one, in the order of the configuration.

    key: of one integration only. One that was configured since the last refresh has no row yet.
    """
    query = _QUERY if key is None else _QUERY.where(integration.c.key == key)
    return [
        OverviewRow(
            integration=row.key,
            refreshed_at=from_micros(row.as_of),
            facts=facts_from(bytes(row.facts)),
            before=None if row.facts_then is None else facts_from(bytes(row.facts_then)),
            strip=strip_from(None if row.strip is None else bytes(row.strip)),
        )
        for row in connection.execute(query)
    ]


@lru_cache(maxsize=8192)
def facts_from(stored: bytes) -> Facts:
    """The facts of a stored row; remembered, for a page reads the same rows again and again."""
    return decode_facts(stored)


@lru_cache(maxsize=8192)
def strip_from(stored: bytes | None) -> tuple[DayCell, ...]:
    """The local days of a stored row that had runs, oldest first."""
    return _decode_strip(stored) if stored else ()
