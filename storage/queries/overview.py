"""Reads the overview snapshot: the first page's one cheap question.

It asks for versions only; facts that this process has decoded before are not read again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

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

_CHUNK = 5000
_decode_strip = msgspec.msgpack.Decoder(tuple[DayCell, ...]).decode
_WATCHED = (
    sa.select(integration.c.id, integration.c.key)
    .where(integration.c.retired_at.is_(None))
    .order_by(integration.c.position, integration.c.key)
)
# Not joined: SQLite would look every row up in the wide table, and not in the index that has all of this.
_VERSIONS = sa.select(snapshot.c.integration_id, snapshot.c.horizon, snapshot.c.as_of, snapshot.c.version)


class _Decoded(NamedTuple):
    """A stored row as it was read: its version, and what it holds."""

    as_of: int
    version: int
    facts: Facts
    strip: tuple[DayCell, ...]


_Place = tuple[int, str]
_memory: dict[_Place, _Decoded] = {}
"""The newest decoded row by (integration id, horizon): as many entries as there are integrations."""


def overview(connection: sa.Connection, key: str | None = None) -> list[OverviewRow]:
    """The snapshot of every configured integration that has one, in the order of the configuration.

    key: of one integration only. One that was configured since the last refresh has no row yet.
    """
    watched, versions = _WATCHED, _VERSIONS
    if key is not None:
        watched = watched.where(integration.c.key == key)
    rows = connection.execute(watched).all()
    if key is not None:
        versions = versions.where(snapshot.c.integration_id.in_([row.id for row in rows]))
    known: dict[_Place, _Decoded] = {}
    lacking: set[int] = set()
    for one, horizon, as_of, version in connection.execute(versions):
        found = _memory.get((one, horizon))
        if found is not None and found.as_of == as_of and found.version == version:
            known[one, horizon] = found
        else:
            lacking.add(one)
    if lacking:
        known.update(_read(connection, sorted(lacking)))
    return [
        _row(name, known[one, NOW_ROW], known.get((one, YESTERDAY_ROW)))
        for one, name in rows
        if (one, NOW_ROW) in known
    ]


def _read(connection: sa.Connection, ids: list[int]) -> Iterable[tuple[_Place, _Decoded]]:
    """Decode the rows of these integrations, and remember them."""
    row = snapshot.c
    query = sa.select(row.integration_id, row.horizon, row.as_of, row.version, row.facts, row.strip)
    for start in range(0, len(ids), _CHUNK):
        for one, horizon, as_of, version, facts, strip in connection.execute(
            query.where(row.integration_id.in_(ids[start : start + _CHUNK]))
        ):
            cells = _decode_strip(strip) if strip else ()
            decoded = _Decoded(as_of, version, decode_facts(facts), cells)
            _memory[one, horizon] = decoded
            yield (one, horizon), decoded


def _row(key: str, now: _Decoded, then: _Decoded | None) -> OverviewRow:
    return OverviewRow(
        integration=key,
        refreshed_at=from_micros(now.as_of),
        facts=now.facts,
        before=None if then is None else then.facts,
        strip=now.strip,
    )
