"""Lists of runs, newest first, and their sums by hour and day."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import sqlalchemy as sa

from core.records import OPEN_STATUSES, RunStatus
from storage.codes import STATUS_CODE
from storage.instants import micros
from storage.queries.arrivals import first_arrived
from storage.queries.decode import run_row_of
from storage.queries.joined import ended_runs_query, open_runs_query
from storage.queries.page import Key, Page, limited, read_key
from storage.queries.rows import RunRow
from storage.schema import integration, open_run, source, sync_run
from storage.schema.base import BIG
from storage.selected import AnyRow, AnySelect

_ENDED_BADLY = frozenset({RunStatus.PARTIAL, RunStatus.FAILED})


def runs(
    connection: sa.Connection,
    *,
    integration: str | None = None,
    source: str | None = None,
    statuses: Collection[RunStatus] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    search: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[RunRow]:
    """Runs, the open ones first and then the ended, each newest first.

    Open runs go by their start (else when first seen), ended ones by `finished_at` (else start, else
    when first seen); of all integrations together, ended runs go by their arrival. since, until: that
    instant lies in [since, until); search: a part of the error message or of the external id; after: the
    `next` of the page before. Raises ValueError for an unreadable `after`.
    """
    key, size = read_key(after), limited(limit)
    wanted = frozenset(RunStatus if statuses is None else statuses)
    shape = _Shape(
        statuses=wanted,
        integration=integration is not None,
        source=source is not None,
        since=since is not None,
        until=until is not None,
        search=bool(search),
    )
    values = _values(integration, source, since, until, search)
    rows: list[tuple[str, AnyRow]] = []
    if (key is None or key.group == "o") and wanted & OPEN_STATUSES:
        query, place = _open_runs(shape, key is not None), _place(key, size + 1)
        rows += [("o", row) for row in connection.execute(query, {**values, **place})]
    if len(rows) <= size and wanted - OPEN_STATUSES:
        ended_key = key if key and key.group == "e" else None
        query, place = _ended_runs(shape, ended_key is not None), _place(ended_key, size + 1 - len(rows))
        if shape.since and not shape.integration and since is not None:
            place["first"] = first_arrived(connection, sync_run, since)
        rows += [("e", row) for row in connection.execute(query, {**values, **place})]
    group, last = rows[size - 1] if len(rows) > size else ("", None)
    following = str(Key(group, last.at, last.id)) if last is not None else None
    return Page(tuple(run_row_of(row) for _, row in rows[:size]), following)


class _Shape(NamedTuple):
    """Which filters a page of runs has; what they hold is bound when it is asked for.

    A statement of one shape is composed once: composing it, and finding it among those that SQLAlchemy has
    compiled, would cost more than asking it.
    """

    statuses: frozenset[RunStatus]
    integration: bool
    source: bool
    since: bool
    until: bool
    search: bool


def _values(
    integration_key: str | None,
    source_name: str | None,
    since: datetime | None,
    until: datetime | None,
    search: str | None,
) -> dict[str, object]:
    """What the filters of a shape hold."""
    given = {
        "integration": integration_key,
        "source": source_name,
        "since": micros(since),
        "until": micros(until),
        "search": re.sub("([%_/])", r"/\1", search) if search else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _place(key: Key | None, size: int) -> dict[str, object]:
    return {"size": size} if key is None else {"size": size, "at": key.at, "id": key.id}


@lru_cache(maxsize=200)
def _open_runs(shape: _Shape, after: bool) -> AnySelect:
    at = sa.func.coalesce(open_run.c.started_at, open_run.c.first_seen_at)
    query = _filtered(open_runs_query(), open_run, at, shape)
    if after:
        query = query.where(sa.tuple_(at, open_run.c.id) < _AFTER)
    return query.order_by(at.desc(), open_run.c.id.desc()).limit(_bound("size"))


@lru_cache(maxsize=200)
def _ended_runs(shape: _Shape, after: bool) -> AnySelect:
    run = sync_run.c
    query = _filtered(ended_runs_query(), sync_run, run.at, shape)
    if shape.statuses - OPEN_STATUSES <= _ENDED_BADLY:
        # Said in these words, the partial index over failed and partial runs serves it.
        query = query.where(sa.text("sync_run.status IN (4, 5)"))
    if shape.integration:
        if after:
            query = query.where(run.at <= _bound("at"), sa.tuple_(run.at, run.id) < _AFTER)
        return query.order_by(run.at.desc(), run.id.desc()).limit(_bound("size"))
    if after:
        query = query.where(run.id < _bound("id"))
    if shape.since:
        query = query.where(run.id >= _bound("first"))
    return query.order_by(run.id.desc()).limit(_bound("size"))


def _filtered(query: AnySelect, table: sa.Table, at: sa.ColumnElement[int], shape: _Shape) -> AnySelect:
    if shape.integration:
        owner = sa.select(integration.c.id).where(
            integration.c.key == sa.bindparam("integration", type_=sa.Text)
        )
        query = query.where(table.c.integration_id == owner.scalar_subquery())
    if shape.source:
        query = query.where(source.c.name == sa.bindparam("source", type_=sa.Text))
    if len(shape.statuses) < len(RunStatus):
        query = query.where(table.c.status.in_(sorted(STATUS_CODE[status] for status in shape.statuses)))
    if shape.since:
        query = query.where(at >= _bound("since"))
    if shape.until:
        query = query.where(at < _bound("until"))
    if shape.search:
        part = sa.bindparam("search", type_=sa.Text)
        found = table.c.error_message.icontains(part, escape="/")
        query = query.where(found | table.c.external_id.icontains(part, escape="/"))
    return query


def _bound(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=BIG)


_AFTER = sa.tuple_(_bound("at"), _bound("id"))
