"""Polls a `sql` source in a test: settings as in the file, batches and cursor out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from collectors.http import Clients, HttpClient
from collectors.source import SourceContext
from collectors.sources._sql_settings import SqlSettings
from collectors.sources.sql import collect
from core.errors import SourceError
from core.records import Batch, Cursor, Problem, Side, SyncRun

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
FIELDS = {"external_id": "id", "status": "state", "started_at": "started_at", "finished_at": "ended_at"}


def settings(
    url: str, query: str = "SELECT * FROM runs WHERE started_at > :cursor", **keys: Any
) -> SqlSettings:
    """A source; keys as in the file."""
    base = {"type": "sql", "name": "db", "url": url, "query": query, "fields": FIELDS}
    if ":cursor" in query and "cursor" not in keys:
        base["cursor"] = {"field": "started_at", "start": "1970-01-01"}
    return SqlSettings.model_validate(base | keys)


class Look:
    """One poll, read to its end. error: what it raised."""

    def __init__(self, cursor: Cursor) -> None:
        self.batches: list[Batch] = []
        self.error: SourceError | None = None
        self.cursor = cursor

    @property
    def runs(self) -> list[SyncRun]:
        """Every run it brought."""
        return [run for batch in self.batches for run in batch.runs]

    @property
    def ids(self) -> list[str]:
        """Their ids, sorted."""
        return sorted(run.external_id for run in self.runs)

    @property
    def problems(self) -> list[Problem]:
        """Everything it could not read."""
        return [problem for batch in self.batches for problem in batch.problems]


async def look(
    given: SqlSettings, clients: Clients, cursor: Cursor | None = None, now: datetime = NOW
) -> Look:
    """Poll once from a cursor, which goes through JSON as it does in storage."""
    done = Look(json.loads(json.dumps(cursor or {})))
    ctx = SourceContext("it", given.name, Side.TARGET, now, HttpClient(clients))
    try:
        async for batch in collect(given, done.cursor, ctx):
            done.batches.append(batch)
            done.cursor = batch.cursor
    except SourceError as error:
        done.error = error
    return done
