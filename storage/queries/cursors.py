"""Where a source's next poll goes on, and which of its runs had not ended when last seen."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from core.clock import from_micros
from core.records import Cursor, SyncRun
from storage.cursor_texts import cursor_in
from storage.keys import SourceKey
from storage.queries.decode import sync_run_of
from storage.queries.joined import open_runs_query
from storage.schema import integration, open_run, source

_CURSOR = (
    sa.select(source.c.revision, source.c.cursor)
    .join(integration, integration.c.id == source.c.integration_id)
    .where(integration.c.key == sa.bindparam("key"), source.c.name == sa.bindparam("name"))
)


def cursor_of(connection: sa.Connection, key: SourceKey) -> tuple[int, Cursor]:
    """(revision, cursor) of a source: the revision is handed back with the next batch.

    (0, {}) for a source that the database does not know.
    """
    revision, text = cursor_text_of(connection, key)
    return revision, cursor_in(text)


def cursor_text_of(connection: sa.Connection, key: SourceKey) -> tuple[int, str]:
    """The same with the cursor as the JSON text that is stored."""
    row = connection.execute(_CURSOR, {"key": key.integration, "name": key.source}).first()
    return (0, "{}") if row is None else (row.revision, row.cursor)


def held_back(connection: sa.Connection) -> dict[SourceKey, datetime]:
    """Until when each source asked to be left alone at its last poll; only those that did."""
    query = (
        sa.select(integration.c.key, source.c.name, source.c.not_before)
        .join(integration, integration.c.id == source.c.integration_id)
        .where(source.c.not_before.is_not(None))
    )
    return {SourceKey(key, name): from_micros(at) for key, name, at in connection.execute(query)}


def open_runs(connection: sa.Connection, key: SourceKey) -> list[SyncRun]:
    """The runs of a source that had not ended when last seen, oldest start first."""
    # The runs of a shared source are of the integrations that its route names.
    owner = sa.select(integration.c.id).where(integration.c.key == key.integration).scalar_subquery()
    query = (
        open_runs_query()
        .where(source.c.integration_id == owner, source.c.name == key.source)
        .order_by(open_run.c.started_at, open_run.c.id)
    )
    return [sync_run_of(row) for row in connection.execute(query)]
