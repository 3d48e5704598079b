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
_now, _then = snapshot.alias("now_row"), snapshot.alias("then_row")
_VERSIONS = (
    sa.select(
        integration.c.id,
        integration.c.key,
        _now.c.as_of,
        _now.c.version,
        _then.c.as_of.label("as_of_then"),
        _then.c.version.label("version_then"),
    )
    .join(_now, sa.and_(_now.c.integration_id == integration.c.id, _now.c.horizon == NOW_ROW))
    .outerjoin(_then, sa.and_(_then.c.integration_id == integration.c.id, _then.c.horizon == YESTERDAY_ROW))
    .where(integration.c.retired_at.is_(None))
    .order_by(integration.c.position, integration.c.key)
)


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
    query = _VERSIONS if key is None else _VERSIONS.where(integration.c.key == key)
    rows = connection.execute(query).all()
    known: dict[_Place, _Decoded] = {}
    lacking: list[int] = []
    for one, _, as_of, version, as_of_then, version_then in rows:
        wanted = [(NOW_ROW, as_of, version)]
        if as_of_then is not None:
            wanted.append((YESTERDAY_ROW, as_of_then, version_then))
        for horizon, at, stored in wanted:
            found = _memory.get((one, horizon))
            if found is not None and found.as_of == at and found.version == stored:
                known[one, horizon] = found
            elif not lacking or lacking[-1] != one:
                lacking.append(one)
    if lacking:
        known.update(_read(connection, lacking))
    return [_row(row.key, known[row.id, NOW_ROW], known.get((row.id, YESTERDAY_ROW))) for row in rows]


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
