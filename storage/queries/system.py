"""What the monitor itself does: its sources, their polls, the audit trail and the database."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.records import PollResult, Problem, Side
from storage.instants import instant
from storage.queries.joined import OWNER
from storage.queries.page import Page, limited, page_of, read_key
from storage.queries.rows_operation import AuditRow, PollRow, SourceState
from storage.schema import audit, feed, poll
from storage.schema import integration as watched
from storage.schema import source as source_table
from storage.selected import AnyRow, AnySelect

DAY = timedelta(hours=24)
_AGES = 10 * 365 * 86_400_000_000
_problems = msgspec.json.Decoder(tuple[Problem, ...]).decode


def source_states(
    connection: sa.Connection, now: datetime, integration: str | None = None
) -> list[SourceState]:
    """Every source, in the order of the configuration, retired ones last; see `SourceState` for columns."""
    source = source_table.c
    newest = (
        sa.select(sa.func.max(poll.c.started_at)).where(poll.c.source_id == source.id).correlate(source_table)
    )
    last = sa.and_(poll.c.source_id == source.id, poll.c.started_at == newest.scalar_subquery())
    query = (
        sa.select(
            watched.c.key,
            source_table,
            poll.c.started_at.label("last_started_at"),
            poll.c.finished_at.label("last_finished_at"),
            poll.c.records,
            poll.c.problems,
        )
        .join(watched, watched.c.id == source.integration_id)
        .outerjoin(poll, last)
        .order_by(
            source.retired_at.is_not(None), watched.c.position, watched.c.key, source.position, source.name
        )
    )
    if integration is not None:
        query = query.where(source.id.in_(_feeding(integration)))
    costs, rows = _costs(connection, now, integration), connection.execute(query).all()
    ailing = [row.id for row in rows if row.last_result not in (None, PollResult.OK.value)]
    failures = _failures_in_a_row(connection, ailing)
    return [_state(row, costs.get(row.id), failures.get(row.id, 0)) for row in rows]


def polls(
    connection: sa.Connection,
    *,
    integration: str | None = None,
    source: str | None = None,
    result: PollResult | None = None,
    since: datetime | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[PollRow]:
    """Looks at sources, the last begun first; since: begun at or after it.

    after: the `next` of the page before.
    Raises ValueError for an unreadable `after`.
    """
    key, size = read_key(after), limited(limit)
    query = polls_query()
    if since is not None:
        query = query.where(poll.c.started_at >= to_micros(since))
    if result is not None:
        query = query.where(poll.c.result == result.value)
    if key is not None:
        place = sa.tuple_(poll.c.started_at, poll.c.id) < sa.tuple_(key.at, key.id)
        query = query.where(poll.c.started_at <= key.at, place)
    query = query.order_by(poll.c.started_at.desc(), poll.c.id.desc()).limit(size + 1)
    if integration is None and source is None:
        rows = list(connection.execute(query))
    else:
        # Each source is a walk down its own index; several together would have to be sorted.
        ids = _source_ids(connection, integration, source)
        found = [row for one in ids for row in connection.execute(query.where(poll.c.source_id == one))]
        rows = sorted(found, key=lambda row: (row.started_at, row.id), reverse=True)[: size + 1]
    return page_of(rows, size, "started_at", poll_row_of)


def polls_query() -> AnySelect:
    """Looks at sources: OWNER and the columns of `poll`, times in µs."""
    return (
        sa.select(*OWNER, poll)
        .select_from(poll)
        .join(watched, watched.c.id == poll.c.integration_id)
        .join(source_table, source_table.c.id == poll.c.source_id)
    )


def poll_row_of(row: AnyRow) -> PollRow:
    """A row of `polls_query` as what was done."""
    return PollRow(
        id=row.id,
        integration=row.integration,
        source=row.source,
        side=Side(row.side),
        started_at=from_micros(row.started_at),
        finished_at=from_micros(row.finished_at),
        duration_seconds=(row.finished_at - row.started_at) / 1e6,
        result=PollResult(row.result),
        error=row.error,
        permanent=bool(row.permanent),
        records=row.records,
        items=row.items,
        bad_items=row.bad_items,
        bytes=row.bytes,
        requests=row.requests,
        problems=_problems(row.problems),
        not_before=instant(row.not_before),
        truncated=bool(row.truncated),
    )


def audit_trail(
    connection: sa.Connection, *, subject: str | None = None, after: str | None = None, limit: int = 50
) -> Page[AuditRow]:
    """Actions, the last first; subject: only those on it. Raises ValueError for an unreadable `after`."""
    key, size = read_key(after), limited(limit)
    query = sa.select(audit)
    if subject is not None:
        query = query.where(audit.c.subject == subject)
    if key is not None:
        query = query.where(sa.tuple_(audit.c.at, audit.c.id) < sa.tuple_(key.at, key.id))
    rows = connection.execute(query.order_by(audit.c.at.desc(), audit.c.id.desc()).limit(size + 1)).all()
    return page_of(rows, size, "at", _audit_row_of)


def _audit_row_of(row: AnyRow) -> AuditRow:
    return AuditRow(
        id=row.id,
        at=from_micros(row.at),
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        detail=msgspec.json.decode(row.detail),
    )


def _source_ids(connection: sa.Connection, integration: str | None, source: str | None) -> list[int]:
    query = sa.select(source_table.c.id)
    if integration is not None:
        query = query.where(source_table.c.id.in_(_feeding(integration)))
    if source is not None:
        query = query.where(source_table.c.name == source)
    return list(connection.execute(query).scalars())


def _feeding(integration: str) -> AnySelect:
    """The ids of the sources that feed an integration, shared ones included."""
    fed = sa.select(feed.c.source_id).join(watched, watched.c.id == feed.c.integration_id)
    return fed.where(watched.c.key == integration)


def _costs(connection: sa.Connection, now: datetime, integration: str | None) -> dict[int, AnyRow]:
    """Sums over the polls of the last 24 hours, by source id."""
    query = sa.select(
        poll.c.source_id,
        sa.func.count().label("polls"),
        sa.func.sum(sa.case((poll.c.result == PollResult.FAILED.value, 1), else_=0)).label("failed"),
        sa.func.sum(poll.c.requests).label("requests"),
        sa.func.sum(poll.c.bytes).label("bytes"),
        sa.func.sum(poll.c.bad_items).label("bad_items"),
    ).where(poll.c.started_at >= to_micros(now - DAY))
    # Source by source: else SQLite, which has no statistics, reads every poll ever kept in the order of the key.
    of = sa.select(source_table.c.id) if integration is None else _feeding(integration)
    query = query.where(poll.c.source_id.in_(of))
    return {row.source_id: row for row in connection.execute(query.group_by(poll.c.source_id))}


def _failures_in_a_row(connection: sa.Connection, source_ids: list[int]) -> dict[int, int]:
    """Failed polls since the last good one ended, by source id."""
    if not source_ids:
        return {}
    since = sa.func.coalesce(source_table.c.last_ok_at, -1)
    query = (
        sa.select(poll.c.source_id, sa.func.count())
        .join(source_table, source_table.c.id == poll.c.source_id)
        .where(
            poll.c.source_id.in_(source_ids),
            poll.c.started_at >= since,
            poll.c.result == PollResult.FAILED.value,
        )
        .group_by(poll.c.source_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _state(row: AnyRow, cost: AnyRow | None, failures: int) -> SourceState:
    # What is never looked at, because it pushes, is stored with an interval of ages.
    every = timedelta(microseconds=row.every) if row.every < _AGES else None
    took = None if row.last_started_at is None else (row.last_finished_at - row.last_started_at) / 1e6
    due = None if row.last_started_at is None or every is None else from_micros(row.last_started_at) + every
    not_before = instant(row.not_before)
    if due is not None and not_before is not None:
        due = max(due, not_before)
    return SourceState(
        integration=row.key,
        name=row.name,
        type=row.type,
        side=Side(row.side),
        every_seconds=None if every is None else every.total_seconds(),
        required=bool(row.required),
        retired=row.retired_at is not None,
        known_since=from_micros(row.known_since),
        last_poll_at=instant(row.last_poll_at),
        last_ok_at=instant(row.last_ok_at),
        last_result=PollResult(row.last_result) if row.last_result else None,
        last_error=row.last_error,
        last_duration_seconds=took,
        last_records=row.records,
        last_bad_items=row.bad_items_last_poll,
        last_problems=_problems(row.problems) if row.problems else (),
        last_record_at=instant(row.last_record_at),
        not_before=not_before,
        next_due_at=due,
        failures_in_a_row=failures,
        polls_24h=cost.polls if cost else 0,
        failed_polls_24h=int(cost.failed) if cost else 0,
        requests_24h=int(cost.requests) if cost else 0,
        bytes_24h=int(cost.bytes) if cost else 0,
        bad_items_24h=int(cost.bad_items) if cost else 0,
    )
