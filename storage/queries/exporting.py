"""What every export has in common: whose rows, and how they are fetched."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from datetime import datetime

import sqlalchemy as sa

from storage.queries.export_fields import Exported
from storage.schema import feed, integration, source
from storage.selected import AnyRow, AnySelect

Records = Generator[Exported, None, None]
"""Read as they are asked for; whoever stops before the end closes them while the connection lives."""

Export = Callable[[sa.Connection, str | None, datetime | None], Records]

STRETCH = 2000
"""Rows fetched at a time."""


def integration_ids(connection: sa.Connection, key: str | None) -> list[int]:
    """The ids of the integration with this key, or of all that ever were, in the order of their keys."""
    query = sa.select(integration.c.id).order_by(integration.c.key)
    if key is not None:
        query = query.where(integration.c.key == key)
    return list(connection.execute(query).scalars())


def source_ids(connection: sa.Connection, key: str | None) -> list[int]:
    """The ids of the sources that feed the integration with this key, shared ones too, or of all that ever were.

    In the order of their owners' keys and of their names.
    """
    query = sa.select(source.c.id).join(integration, integration.c.id == source.c.integration_id)
    if key is not None:
        fed = sa.select(integration.c.id).where(integration.c.key == key).scalar_subquery()
        query = query.where(source.c.id.in_(sa.select(feed.c.source_id).where(feed.c.integration_id == fed)))
    return list(connection.execute(query.order_by(integration.c.key, source.c.name)).scalars())


def streamed(connection: sa.Connection, query: AnySelect) -> Iterator[AnyRow]:
    """The rows of a query, STRETCH at a time."""
    with connection.execute(query.execution_options(yield_per=STRETCH)) as rows:
        yield from rows
