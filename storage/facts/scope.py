"""Which integrations and sources a reading of facts is about, by their stored ids."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from storage.among import among
from storage.schema import feed, installation, integration, source, text


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


def scope_of(connection: sa.Connection, keys: Collection[str] | None) -> Scope:
    """The configured integrations with these keys; None: all of them. Unknown keys are left out."""
    query = sa.select(integration.c.id, integration.c.key, integration.c.known_since).order_by(
        integration.c.position, integration.c.key
    )
    if keys is None:
        query = query.where(integration.c.retired_at.is_(None))
    else:
        query = query.where(integration.c.key.in_(list(keys)))
    found = {row.id: Watched(row.id, row.key, row.known_since) for row in connection.execute(query)}
    names = sa.select(source.c.id, source.c.name)
    if keys is not None:
        fed = sa.select(feed.c.source_id).where(among(feed.c.integration_id, found))
        names = names.where(source.c.id.in_(fed))
    zone, zone_id = zone_of(connection)
    sources = {row.id: row.name for row in connection.execute(names)}
    return Scope(found, sources, keys is None, zone, zone_id)


def zone_of(connection: sa.Connection) -> tuple[ZoneInfo | None, int | None]:
    """The zone whose days the day rows are, and its `text` id; None before anything was configured."""
    query = (
        sa.select(installation.c.value, text.c.id)
        .outerjoin(text, text.c.value == installation.c.value)
        .where(installation.c.name == "timezone")
    )
    row = connection.execute(query).first()
    return (ZoneInfo(row.value), row.id) if row else (None, None)
