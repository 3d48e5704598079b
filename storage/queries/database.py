"""The database itself: which, how large, how far back."""

from __future__ import annotations

import sqlalchemy as sa

from storage.instants import instant
from storage.queries.rows_operation import DatabaseFacts
from storage.revisions import current_revision
from storage.schema import (
    error_group,
    failed_record,
    integration,
    open_run,
    poll,
    record_event,
    source,
    sync_run,
)

BY_ID = (sync_run, failed_record, record_event, poll)
"""Large tables: their rows are taken from their ids, which costs nothing."""

COUNTED = (integration, source, open_run, error_group)


def database_facts(connection: sa.Connection) -> DatabaseFacts:
    """Engine and version, size in bytes, rows by table (of the large ones about), the oldest and newest run."""
    rows = {
        table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in COUNTED
    }
    for table in BY_ID:
        first, last = sa.func.min(table.c.id), sa.func.max(table.c.id)
        low, high = connection.scalar(sa.select(first)), connection.scalar(sa.select(last))
        rows[table.name] = 0 if low is None or high is None else high - low + 1
    oldest, newest = _ends(connection)
    return DatabaseFacts(
        engine=connection.dialect.name,
        version=_version(connection),
        size_bytes=_size(connection),
        rows=rows,
        oldest_run_at=instant(oldest),
        newest_run_at=instant(newest),
        revision=current_revision(connection),
    )


def _ends(connection: sa.Connection) -> tuple[int | None, int | None]:
    """The first and last instant (µs) of ended runs: a look into the index for each integration."""
    mine = sync_run.c.integration_id == integration.c.id
    first = sa.select(sa.func.min(sync_run.c.at)).where(mine).correlate(integration).scalar_subquery()
    last = sa.select(sa.func.max(sync_run.c.at)).where(mine).correlate(integration).scalar_subquery()
    each = sa.select(first.label("first"), last.label("last")).select_from(integration).subquery()
    row = connection.execute(sa.select(sa.func.min(each.c.first), sa.func.max(each.c.last))).one()
    return row[0], row[1]


def _version(connection: sa.Connection) -> str:
    if connection.dialect.name == "sqlite":
        return str(connection.exec_driver_sql("SELECT sqlite_version()").scalar_one())
    return ".".join(str(part) for part in connection.dialect.server_version_info or ())


def _size(connection: sa.Connection) -> int | None:
    """Bytes: pages in use and free (SQLite, without its WAL), or all of the database's files."""
    match connection.dialect.name:
        case "sqlite":
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
        case "postgresql":
            return connection.scalar(sa.select(sa.func.pg_database_size(sa.func.current_database())))
    return None
