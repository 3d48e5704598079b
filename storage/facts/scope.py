"""Which integrations and sources a reading of facts is about, by their stored ids."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from storage.among import among
from storage.schema import installation, integration, route, source, text
from storage.selected import AnySelect


@dataclass(frozen=True, slots=True)
class Watched:
    """An integration: its key, and since when it is configured (µs)."""

    id: int
    key: str
    known_since: int


@dataclass(frozen=True, slots=True)
class Scope:
    """The integrations asked for, and the name of every source that ever fed them.

    every: these are all the configured ones; zone, zone_id: the zone of the day rows and its `text` id,
    None before there are any.
    """

    integrations: dict[int, Watched]
    sources: dict[int, str]
    every: bool
    zone: ZoneInfo | None = None
    zone_id: int | None = None

    def parameters(self, **more: int | None) -> dict[str, object]:
        """The parameters of a query that was composed once with `within`."""
        return dict(more) if self.every else {**more, "ids": list(self.integrations)}

    def holds(self, column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """The condition that a row is of one of these integrations, for an index that starts with it."""
        if self.every:
            return column.in_(sa.select(integration.c.id).where(integration.c.retired_at.is_(None)))
        return among(column, self.integrations)


def within(column: sa.ColumnElement[int], every: bool) -> sa.ColumnElement[bool]:
    """`Scope.holds` for a query that is composed once and runs with `Scope.parameters`."""
    if every:
        return column.in_(sa.select(integration.c.id).where(integration.c.retired_at.is_(None)))
    return among(column, "ids")


_ZONE = (
    sa.select(installation.c.value, text.c.id)
    .outerjoin(text, text.c.value == installation.c.value)
    .where(installation.c.name == "timezone")
)


@cache
def feeds(every: bool) -> sa.Subquery:
    """`schema.feed` of the integrations of a scope, for a query that is composed once.

    They are chosen before the two are put together, which is sought by an index: not so, all sources are read.
    """
    own = sa.select(source.c.id.label("source_id"), source.c.integration_id)
    shared = sa.select(route.c.source_id, route.c.integration_id)
    return sa.union(
        own.where(within(source.c.integration_id, every)), shared.where(within(route.c.integration_id, every))
    ).subquery("feed")


def scope_of(connection: sa.Connection, keys: Collection[str] | None) -> Scope:
    """The configured integrations with these keys; None: all of them. Unknown keys are left out."""
    every = keys is None
    rows = connection.execute(_watched_query(every), {} if keys is None else {"keys": list(keys)}).all()
    found = {one: Watched(one, key, known_since) for one, key, known_since in rows}
    names = connection.execute(_names_query(every), {} if every else {"ids": list(found)}).all()
    zone, zone_id = zone_of(connection)
    return Scope(found, {row[0]: row[1] for row in names}, every, zone, zone_id)


@cache
def _watched_query(every: bool) -> AnySelect:
    one = integration.c
    query: AnySelect = sa.select(one.id, one.key, one.known_since).order_by(one.position, one.key)
    wanted: sa.BindParameter[str] = sa.bindparam("keys", expanding=True)
    return query.where(one.retired_at.is_(None) if every else one.key.in_(wanted))


@cache
def _names_query(every: bool) -> AnySelect:
    query: AnySelect = sa.select(source.c.id, source.c.name)
    return query if every else query.where(source.c.id.in_(sa.select(feeds(every).c.source_id)))


def zone_of(connection: sa.Connection) -> tuple[ZoneInfo | None, int | None]:
    """The zone whose days the day rows are, and its `text` id; None before anything was configured."""
    row = connection.execute(_ZONE).first()
    return (ZoneInfo(row.value), row.id) if row else (None, None)
