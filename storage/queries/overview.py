"""Reads the overview snapshot: the first page's one cheap question.

It asks for versions only; facts that this process has decoded before are not read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple
from weakref import WeakKeyDictionary

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from core.clock import from_micros
from storage.codes import decode_facts
from storage.overview_row import OverviewSnapshot
from storage.queries.rows_series import DayCell, OverviewRow
from storage.schema import integration
from storage.schema import overview as snapshot
from storage.selected import AnySelect

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
# One row for all: every refresh sets `as_of`, and a version is a checksum. A remainder, lest a sum overflow.
_STAMP = sa.select(
    sa.func.count(),
    sa.func.max(snapshot.c.as_of),
    *(sa.func.sum(column % 4_294_967_291) for column in (snapshot.c.as_of, snapshot.c.version)),
)
_texts: dict[str, str] = {}
"""`_WATCHED` by dialect."""

_Version = tuple[int, int]
"""(as_of, checksum) of a stored row."""


class _Read(NamedTuple):
    """What was read of one integration, and of which versions: today's, and yesterday's if it has one."""

    now: _Version
    then: _Version | None
    row: OverviewRow


_Stamp = tuple[list[tuple[int, str]], tuple[int | None, ...]]
_whole: WeakKeyDictionary[sa.Engine, tuple[_Stamp, list[OverviewRow]]] = WeakKeyDictionary()
"""By database, the whole answer and what it was the answer for."""

_memory: dict[int, _Read] = {}
"""The newest row by integration id: as many entries as there are integrations."""


def overview(connection: sa.Connection, key: str | None = None) -> list[OverviewRow]:
    """The snapshot of every configured integration that has one, in the order of the configuration.

    key: of one integration only. One that was configured since the last refresh has no row yet.
    """
    if key is not None:
        keys = {row.id: row.key for row in connection.execute(_WATCHED.where(integration.c.key == key))}
        return _current(connection, keys, _VERSIONS.where(snapshot.c.integration_id.in_(list(keys))))
    keys = dict(_all_watched(connection))
    stamp = (list(keys.items()), tuple(connection.execute(_STAMP).one()))
    known = _whole.get(connection.engine)
    if known is None or known[0] != stamp:
        known = (stamp, _current(connection, keys, _VERSIONS))
        _whole[connection.engine] = known
    return list(known[1])


def remember(
    put: Mapping[tuple[str, str], tuple[int, int, int]], snapshots: Iterable[OverviewSnapshot]
) -> None:
    """Rows that this process has just stored need not be decoded by it.

    put: the version of each stored row: integration id, `as_of` (µs) and checksum, by key and horizon.
    """
    made = {(snap.integration, snap.horizon): snap for snap in snapshots}
    stored = {place: snap for place, snap in made.items() if place in put}
    for key in {key for key, _ in stored}:
        now, then = stored.get((key, NOW_ROW)), stored.get((key, YESTERDAY_ROW))
        one, *version = put[key, YESTERDAY_ROW if now is None else NOW_ROW]
        known = _memory.get(one)
        if known is None and (now is None or then is None):
            # Its other row, if it has one, is not known here.
            continue
        if now is not None:
            of_now, row = (version[0], version[1]), _row_of(now)
        elif known is not None:
            of_now, row = known.now, known.row
        before, of_before = (known.row.before, known.then) if known else (None, None)
        if then is not None:
            before, of_before = then.facts, put[key, YESTERDAY_ROW][1:]
        _memory[one] = _Read(of_now, of_before, replace(row, before=before))


def _row_of(snapshot: OverviewSnapshot) -> OverviewRow:
    """A row that was just stored, without yesterday's."""
    return OverviewRow(
        integration=snapshot.integration,
        refreshed_at=snapshot.as_of,
        facts=snapshot.facts,
        before=None,
        strip=_decode_strip(snapshot.strip) if snapshot.strip else (),
    )


def _all_watched(connection: sa.Connection) -> list[tuple[int, str]]:
    """Id and key of each, as the driver's own tuples: SQLAlchemy's rows cost three times as much."""
    name = connection.dialect.name
    if name not in _texts:
        _texts[name] = str(_WATCHED.compile(dialect=connection.dialect))
    result = connection.exec_driver_sql(_texts[name])
    assert result.cursor is not None
    rows = [(int(one), str(key)) for one, key in result.cursor.fetchall()]
    result.close()
    return rows


def _current(connection: sa.Connection, keys: Mapping[int, str], versions: AnySelect) -> list[OverviewRow]:
    """The rows of these integrations, of which only those are read that have changed."""
    now: dict[int, _Version] = {}
    then: dict[int, _Version] = {}
    for one, horizon, as_of, version in connection.execute(versions).all():
        (now if horizon == NOW_ROW else then)[one] = (as_of, version)
    found: dict[int, OverviewRow] = {}
    lacking: list[int] = []
    for one, name in keys.items():
        read = _memory.get(one)
        if read and read.now == now.get(one) and read.then == then.get(one) and read.row.integration == name:
            found[one] = read.row
        elif one in now:
            lacking.append(one)
    if lacking:
        found.update(_read(connection, lacking, keys))
    return [found[one] for one in keys if one in found]


def _read(
    connection: sa.Connection, ids: list[int], keys: Mapping[int, str]
) -> Iterator[tuple[int, OverviewRow]]:
    """Decode the rows of these integrations, and remember them."""
    column = snapshot.c
    query = sa.select(snapshot).order_by(column.integration_id, column.horizon)
    for start in range(0, len(ids), _CHUNK):
        stored = connection.execute(query.where(column.integration_id.in_(ids[start : start + _CHUNK])))
        for one, rows in groupby(stored, key=lambda row: int(row.integration_id)):
            by_horizon = {row.horizon: row for row in rows}
            now, then = by_horizon.get(NOW_ROW), by_horizon.get(YESTERDAY_ROW)
            if now is None:
                continue
            row = OverviewRow(
                integration=keys[one],
                refreshed_at=from_micros(now.as_of),
                facts=decode_facts(now.facts),
                before=None if then is None else decode_facts(then.facts),
                strip=_decode_strip(now.strip) if now.strip else (),
            )
            before = None if then is None else (then.as_of, then.version)
            _memory[one] = _Read((now.as_of, now.version), before, row)
            yield one, row
