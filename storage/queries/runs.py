"""Lists of runs, newest first, and their sums by hour and day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from core.clock import to_micros
from core.records import OPEN_STATUSES, RunStatus
from storage.codes import STATUS_CODE
from storage.queries.arrivals import arrived_from
from storage.queries.decode import run_row_of
from storage.queries.joined import ended_runs_query, open_runs_query
from storage.queries.page import Key, Page, limited, read_key
from storage.queries.rows import RunRow
from storage.schema import integration, open_run, source, sync_run
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
    part = _Part(integration, source, since, until, search)
    rows: list[tuple[str, AnyRow]] = []
    if (key is None or key.group == "o") and wanted & OPEN_STATUSES:
        rows += [("o", row) for row in connection.execute(part.open_runs(wanted, key, size + 1))]
    if len(rows) <= size and wanted - OPEN_STATUSES:
        ended_key = key if key and key.group == "e" else None
        query = part.ended_runs(wanted, ended_key, size + 1 - len(rows))
        if since is not None and integration is None:
            query = query.where(arrived_from(connection, sync_run, since))
        rows += [("e", row) for row in connection.execute(query)]
    group, last = rows[size - 1] if len(rows) > size else ("", None)
    following = str(Key(group, last.at, last.id)) if last is not None else None
    return Page(tuple(run_row_of(row) for _, row in rows[:size]), following)


class _Part:
    """The filters that a page of runs has."""

    def __init__(
        self,
        integration_key: str | None,
        source_name: str | None,
        since: datetime | None,
        until: datetime | None,
        search: str | None,
    ) -> None:
        self.integration_key, self.source_name = integration_key, source_name
        self.since, self.until, self.search = since, until, search

    def open_runs(self, statuses: Collection[RunStatus], key: Key | None, limit: int) -> AnySelect:
        at = sa.func.coalesce(open_run.c.started_at, open_run.c.first_seen_at)
        query = self._filtered(open_runs_query(), open_run, at, statuses)
        if key is not None:
            query = query.where(sa.tuple_(at, open_run.c.id) < sa.tuple_(key.at, key.id))
        return query.order_by(at.desc(), open_run.c.id.desc()).limit(limit)

    def ended_runs(self, statuses: Collection[RunStatus], key: Key | None, limit: int) -> AnySelect:
        run = sync_run.c
        query = self._filtered(ended_runs_query(), sync_run, run.at, statuses)
        if frozenset(statuses) - OPEN_STATUSES <= _ENDED_BADLY:
            # Said in these words, the partial index over failed and partial runs serves it.
            query = query.where(sa.text("sync_run.status IN (4, 5)"))
        if self.integration_key is None:
            if key is not None:
                query = query.where(run.id < key.id)
            return query.order_by(run.id.desc()).limit(limit)
        if key is not None:
            query = query.where(run.at <= key.at, sa.tuple_(run.at, run.id) < sa.tuple_(key.at, key.id))
        return query.order_by(run.at.desc(), run.id.desc()).limit(limit)

    def _filtered(
        self,
        query: AnySelect,
        table: sa.Table,
        at: sa.ColumnElement[int],
        statuses: Collection[RunStatus],
    ) -> AnySelect:
        if self.integration_key is not None:
            owner = sa.select(integration.c.id).where(integration.c.key == self.integration_key)
            query = query.where(table.c.integration_id == owner.scalar_subquery())
        if self.source_name is not None:
            query = query.where(source.c.name == self.source_name)
        if len(statuses) < len(RunStatus):
            query = query.where(table.c.status.in_(sorted(STATUS_CODE[status] for status in statuses)))
        if self.since is not None:
            query = query.where(at >= to_micros(self.since))
        if self.until is not None:
            query = query.where(at < to_micros(self.until))
        if self.search:
            found = table.c.error_message.icontains(self.search, autoescape=True)
            query = query.where(found | table.c.external_id.icontains(self.search, autoescape=True))
        return query
