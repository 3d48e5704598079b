"""Deletes many rows a chunk at a time, each its own transaction, so that other writes go on between."""

from __future__ import annotations

import time

import sqlalchemy as sa

from storage.store import Store

CHUNK = 2_000
PAUSE_SECONDS = 0.01


def delete_where(store: Store, table: sa.Table, old: sa.ColumnElement[bool]) -> int:
    """Take out all rows that match; how many went."""
    gone = 0
    while True:
        went = store.transact(lambda connection: _delete_chunk(connection, table, old))
        gone += went
        if went < CHUNK:
            return gone
        time.sleep(PAUSE_SECONDS)


def _delete_chunk(connection: sa.Connection, table: sa.Table, old: sa.ColumnElement[bool]) -> int:
    keys = list(table.primary_key)
    chunk = sa.select(*keys).where(old).limit(CHUNK)
    chosen = keys[0].in_(chunk.scalar_subquery()) if len(keys) == 1 else sa.tuple_(*keys).in_(chunk)
    return connection.execute(sa.delete(table).where(chosen)).rowcount
