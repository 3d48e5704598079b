"""The newest runs of each integration as of an instant, ended and open, for all of them at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa

from core.clock import from_micros
from core.facts import RunFact
from core.records import RunStatus
from storage.codes import CLASS_OF, STATUS_CODE, STATUS_OF, Timing
from storage.days import HOUR, hour_of
from storage.facts.scope import Scope, within
from storage.schema import integration, open_run, run_hour, sync_run
from storage.schema.base import BIG
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
    chosen = None if statuses is None else tuple(sorted(statuses))
    query = _newest_query(scope.every, connection.dialect.name == "sqlite", limit, chosen)
    found: defaultdict[int, list[RunFact]] = defaultdict(list)
    for one, _, run in _rows(connection, scope, query, scope.parameters(at=at)):
        found[one].append(run)
    return found


@cache
def _newest_query(every: bool, by_in: bool, limit: int, statuses: tuple[int, ...] | None) -> AnySelect:
    """The newest rows of each integration; by_in: for a database that has no lateral join.

    It is asked once for each integration. PostgreSQL does so for a lateral join only, SQLite (which has none)
    for a correlated IN.
    """
    inner = sa.select(_run.id).where(_run.integration_id == integration.c.id)
    inner = inner.where(_run.at <= sa.bindparam("at", type_=BIG))
    if statuses is not None:
        inner = inner.where(_run.status.in_(statuses))
    newest = inner.order_by(_run.at.desc(), _run.id.desc()).limit(limit).correlate(integration)
    query: AnySelect = sa.select(*_COLUMNS)
    if by_in:
        query = query.select_from(integration.join(sync_run, _run.id.in_(newest)))
    else:
        ids = newest.add_columns(_run.at.label("run_at")).lateral("newest")
        same = sa.and_(_run.id == ids.c.id, _run.at == ids.c.run_at)
        query = query.select_from(integration.join(ids, sa.true()).join(sync_run, same))
    return query.where(within(integration.c.id, every)).order_by(_run.at.desc(), _run.id.desc())


def last_succeeded(connection: sa.Connection, scope: Scope, at: int) -> Mapping[int, int]:
    """When the newest successful run of each integration ended (µs), by integration id.

    Sought in the hour of `at`, else in the newest one before it that counts a success: what has failed for months
    would else be walked through, run by run, at each look.
    """
    this_hour, hour = hour_of(at), run_hour.c
    good_hour = (
        sa.select(hour.hour)
        .where(hour.integration_id == integration.c.id, hour.succeeded > 0, hour.hour < this_hour)
        .order_by(hour.hour.desc())
        .limit(1)
        .correlate(integration)
        .scalar_subquery()
    )
    lately = _newest_success(sa.literal(this_hour, BIG), sa.literal(at, BIG))
    before = _newest_success(good_hour, good_hour + (HOUR - 1))
    query = sa.select(integration.c.id, sa.func.coalesce(lately, before)).where(scope.holds(integration.c.id))
    return {row[0]: row[1] for row in connection.execute(query) if row[1] is not None}


def _newest_success(first: sa.ColumnElement[int], last: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    """`at` of the newest successful run of an integration in [first, last]."""
    return (
        sa.select(_run.at)
        .where(
            _run.integration_id == integration.c.id,
            _run.status == STATUS_CODE[RunStatus.SUCCEEDED],
            _run.at >= first,
            _run.at <= last,
        )
        .order_by(_run.at.desc())
        .limit(1)
        .correlate(integration)
        .scalar_subquery()
    )


def reach_back(
    connection: sa.Connection, scope: Scope, at: int, count: int, statuses: Collection[int] | None = None
) -> int:
    """Up to where (µs) one must look back from `at` for so many ended runs; `at` itself where none ended."""
    query = sa.select(_run.at).where(scope.holds(_run.integration_id), _run.at <= at)
    if statuses is not None:
        query = query.where(_run.status.in_(list(statuses)))
    newest = query.order_by(_run.at.desc()).limit(count).subquery()
    found: int | None = connection.execute(sa.select(sa.func.min(newest.c.at))).scalar()
    return at if found is None else found


def ended_between(connection: sa.Connection, scope: Scope, start: int, end: int) -> list[tuple[int, RunFact]]:
    """(`at` in µs, the run) of each run of one integration that ended in [start, end], oldest first."""
    query: AnySelect = sa.select(*_COLUMNS)
    query = query.where(scope.holds(_run.integration_id), _run.at >= start, _run.at <= end)
    return [(at, run) for _, at, run in _rows(connection, scope, query.order_by(_run.at, _run.id))]


def open_at(connection: sa.Connection, scope: Scope, at: int) -> Mapping[int, list[RunFact]]:
    """Runs that had started and not ended, by integration id, newest first, at most MOST each. at: µs.

    Those still open, and those that ended after `at`.
    """
    found: defaultdict[int, list[OpenRun]] = defaultdict(list)
    for integration_id, one in open_runs_at(connection, scope, at):
        found[integration_id].append(one)
    return {
        key: [one.run for one in sorted(some, key=lambda one: -one.known_from)[:MOST]]
        for key, some in found.items()
    }


class OpenRun(NamedTuple):
    """A run as it was while it was open. known_from, ended_at: µs, None = not ended yet."""

    known_from: int
    ended_at: int | None
    run: RunFact


def open_runs_at(connection: sa.Connection, scope: Scope, at: int) -> list[tuple[int, OpenRun]]:
    """(integration id, run) of each run that had started at `at` (µs) and not ended."""
    parameters = scope.parameters(at=at)
    rows = [
        row for query in _open_queries(scope.every) for row in connection.execute(query, parameters).all()
    ]
    words = words_of(connection, {row[2] for row in rows})
    found = []
    for integration_id, source_id, job_id, external_id, status, known, started, ended in rows:
        fact = RunFact(
            source=scope.sources.get(source_id, ""),
            job=words.get(job_id, ""),
            external_id=external_id,
            status=STATUS_OF[status] if status in _OPEN_CODES else RunStatus.RUNNING,
            started_at=None if started is None else from_micros(started),
        )
        found.append((integration_id, OpenRun(known, ended, fact)))
    return found


@cache
def _open_queries(every: bool) -> tuple[AnySelect, AnySelect]:
    """Runs that are open, and those that ended after `at`."""
    still, at = open_run.c, sa.bindparam("at", type_=BIG)
    known_at, started = sa.func.coalesce(still.started_at, still.first_seen_at), _run.at - _run.took
    columns = (still.integration_id, still.source_id, still.job_id, still.external_id, still.status)
    query: AnySelect = sa.select(*columns, known_at, still.started_at, sa.null())
    later: AnySelect = sa.select(*columns_of_ended(), started, started, _run.at)
    return (
        query.where(within(still.integration_id, every), known_at <= at),
        later.where(within(_run.integration_id, every), _run.at > at, started <= at),
    )


_OPEN_CODES = frozenset({STATUS_CODE[RunStatus.QUEUED], STATUS_CODE[RunStatus.RUNNING]})


def columns_of_ended() -> tuple[sa.ColumnElement[int] | sa.ColumnElement[str], ...]:
    """What tells which run an ended one is."""
    return (_run.integration_id, _run.source_id, _run.job_id, _run.external_id, _run.status)


def _rows(
    connection: sa.Connection, scope: Scope, query: AnySelect, parameters: Mapping[str, object] | None = None
) -> list[tuple[int, int, RunFact]]:
    """(integration id, `at`, run) of the rows of `_COLUMNS`; unpacked in one go, for there are many."""
    rows = connection.execute(query, parameters or {}).all()
    words = words_of(connection, {row[2] for row in rows})
    found = []
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
        run = RunFact(
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
        found.append((one, at, run))
    return found
