"""What shared sources feed: the integrations made for them, and the values that match none."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from core.routing import UNROUTED
from storage.routes import CREATED
from storage.schema import feed, integration, route, source, text


class Created(NamedTuple):
    """An integration that a route made. name: the value it was made for; source_system: the source."""

    key: str
    name: str
    source_system: str


class Feeds(NamedTuple):
    """created: in the order of their keys; fed: (shared source's name, integration's key)."""

    created: tuple[Created, ...] = ()
    fed: tuple[tuple[str, str], ...] = ()


def feeds(connection: sa.Connection) -> Feeds:
    """Which integrations the shared sources feed now, those they made among them."""
    made = sa.select(integration.c.key, integration.c.name, integration.c.source_system).where(
        integration.c.origin == CREATED, integration.c.retired_at.is_(None)
    )
    fed = (
        sa.select(source.c.name, integration.c.key)
        .select_from(feed)
        .join(source, source.c.id == feed.c.source_id)
        .join(integration, integration.c.id == feed.c.integration_id)
        .where(source.c.route.is_not(None), source.c.retired_at.is_(None))
        .order_by(source.c.position, source.c.name, integration.c.key)
    )
    created = tuple(Created(*row) for row in connection.execute(made.order_by(integration.c.key)))
    return Feeds(created, tuple((row[0], row[1]) for row in connection.execute(fed)))


def unrouted_values(connection: sa.Connection, limit: int = 200) -> list[tuple[str, str]]:
    """(shared source, value) of the values that match no integration, by source and value."""
    query = (
        sa.select(source.c.name, text.c.value)
        .select_from(route)
        .join(source, source.c.id == route.c.source_id)
        .join(text, text.c.id == route.c.value_id)
        .join(integration, integration.c.id == route.c.integration_id)
        .where(integration.c.key == UNROUTED, source.c.retired_at.is_(None))
        .order_by(source.c.position, source.c.name, text.c.value)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]
