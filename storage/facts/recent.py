"""The newest runs of each integration as of an instant, ended and open, for all of them at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from core.clock import from_micros
from core.facts import RunFact
from core.records import RunStatus
from storage.codes import CLASS_OF, STATUS_CODE, STATUS_OF, Timing
from storage.facts.scope import Scope
from storage.schema import integration, open_run, sync_run
from storage.schema.runs import DURATION
from storage.selected import AnySelect
from storage.words import words_of

MOST = 50
"""How many ended, and how many open runs a judge is shown."""

_NO_END = frozenset({Timing.STARTED.value, Timing.FIRST_SEEN.value})
_run = sync_run.c
_COLUMNS = (
    _run.integration_id,
    _run.source_id,
    _run.job_id,
    _run.external_id,
    _run.status,
    _run.at,
    _run.timing,
    _run.took,
    DURATION,
    _run.records_read,
    _run.records_written,
    _run.records_skipped,
    _run.records_failed,
    _run.error_class,
    _run.error_message,
)


def newest_ended(
    connection: sa.Connection,
    scope: Scope,
    at: int,
    limit: int,
    statuses: Collection[int] | None = None,
) -> Mapping[int, list[RunFact]]:
    """Ended runs by integration id, newest first, at most `limit` each. at: µs; statuses: codes."""
    inner = sa.select(_run.id).where(_run.integration_id == integration.c.id, _run.at <= at)
    if statuses is not None:
        inner = inner.where(_run.status.in_(list(statuses)))
    newest = inner.order_by(_run.at.desc(), _run.id.desc()).limit(limit).correlate(integration)
    return _run_facts(
        connection, scope, _joined(connection, scope, newest).order_by(_run.at.desc(), _run.id.desc())
    )


def last_succeeded(connection: sa.Connection, scope: Scope, at: int) -> Mapping[int, int]:
    """When the newest successful run of each integration ended (µs), by integration id."""
    newest = (
        sa.select(_run.at)
        .where(
            _run.integration_id == integration.c.id,
            _run.status == STATUS_CODE[RunStatus.SUCCEEDED],
            _run.at <= at,
        )
        .order_by(_run.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = sa.select(integration.c.id, newest).where(scope.holds(integration.c.id))
    return {row[0]: row[1] for row in connection.execute(query) if row[1] is not None}


def open_at(connection: sa.Connection, scope: Scope, at: int) -> Mapping[int, list[RunFact]]:
    """Runs that had started and not ended, by integration id, newest first, at most MOST each. at: µs.

    Those still open, and those that ended after `at`.
    """
    found: defaultdict[int, list[tuple[int, RunFact]]] = defaultdict(list)
    still = open_run.c
    known_at = sa.func.coalesce(still.started_at, still.first_seen_at)
    columns = (still.integration_id, still.source_id, still.job_id, still.external_id, still.status)
    query = sa.select(*columns, known_at, still.started_at).where(
        scope.holds(still.integration_id), known_at <= at
    )
    later = sa.select(*columns_of_ended(), _run.at - _run.took, _run.at - _run.took).where(
        scope.holds(_run.integration_id), _run.at > at, _run.at - _run.took <= at
    )
    rows = [*connection.execute(query), *connection.execute(later)]
    words = words_of(connection, {row.job_id for row in rows})
    for integration_id, source_id, job_id, external_id, status, known, started in rows:
        open_status = STATUS_OF[status] if status in _OPEN_CODES else RunStatus.RUNNING
        fact = RunFact(
            source=scope.sources.get(source_id, ""),
            job=words.get(job_id, ""),
            external_id=external_id,
            status=open_status,
            started_at=None if started is None else from_micros(started),
        )
        found[integration_id].append((known, fact))
    return {
        key: [fact for _, fact in sorted(pairs, key=lambda pair: -pair[0])[:MOST]]
        for key, pairs in found.items()
    }


_OPEN_CODES = frozenset({STATUS_CODE[RunStatus.QUEUED], STATUS_CODE[RunStatus.RUNNING]})


def columns_of_ended() -> tuple[sa.ColumnElement[int] | sa.ColumnElement[str], ...]:
    """What tells which run an ended one is."""
    return (_run.integration_id, _run.source_id, _run.job_id, _run.external_id, _run.status)


def _joined(connection: sa.Connection, scope: Scope, newest: AnySelect) -> AnySelect:
    """The rows whose ids a subquery names for each integration; it is asked once for each of them.

    PostgreSQL does so for a lateral join only, SQLite (which has none) for a correlated IN.
    """
    query: AnySelect = sa.select(*_COLUMNS)
    if connection.dialect.name == "sqlite":
        query = query.select_from(integration.join(sync_run, _run.id.in_(newest)))
    else:
        ids = newest.add_columns(_run.at.label("run_at")).lateral("newest")
        same = sa.and_(_run.id == ids.c.id, _run.at == ids.c.run_at)
        query = query.select_from(integration.join(ids, sa.true()).join(sync_run, same))
    return query.where(scope.holds(integration.c.id))


def _run_facts(connection: sa.Connection, scope: Scope, query: AnySelect) -> Mapping[int, list[RunFact]]:
    """The rows of `_COLUMNS` as facts; unpacked in one go, for there are fifty for each integration."""
    rows = connection.execute(query).all()
    words = words_of(connection, {row[2] for row in rows})
    found: defaultdict[int, list[RunFact]] = defaultdict(list)
    for (
        one,
        source_id,
        job_id,
        external_id,
        status,
        at,
        timing,
        took,
        lasted,
        *records,
        error,
        message,
    ) in rows:
        found[one].append(
            RunFact(
                source=scope.sources.get(source_id, ""),
                job=words.get(job_id, ""),
                external_id=external_id,
                status=STATUS_OF[status],
                started_at=None if took is None else from_micros(at - took),
                finished_at=None if timing in _NO_END else from_micros(at),
                duration_seconds=None if lasted is None else max(lasted, 0) / 1e6,
                records_read=records[0],
                records_written=records[1],
                records_skipped=records[2],
                records_failed=records[3],
                error_class=None if error is None else CLASS_OF[error].value,
                error_message=message,
            )
        )
    return found
