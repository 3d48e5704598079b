"""From a cause to its records to one record: trend, people affected, notes, and a record's history."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from core.clock import from_micros, to_micros
from storage.days import HOUR, hour_of
from storage.queries.decode import error_group_row_of, failed_record_row_of, run_row_of
from storage.queries.joined import ended_runs_query, error_groups_query, failed_records_query, open_runs_query
from storage.queries.record_keys import same_record
from storage.queries.rows import (
    ErrorGroupRow,
    FailedRecordHistory,
    FailedRecordRow,
    GroupNote,
    GroupTrend,
    RunRow,
)
from storage.schema import error_group as group_table
from storage.schema import failed_record, group_hour, group_note, integration, open_run, source, sync_run
from storage.selected import AnyRow

HOURS = 24
MOST_ATTEMPTS = 100
_RUN_NEAR = timedelta(days=2)


def error_group(connection: sa.Connection, group_id: int) -> ErrorGroupRow | None:
    """One cause; None where there is none with this id."""
    row = connection.execute(error_groups_query().where(group_table.c.id == group_id)).first()
    return error_group_row_of(row) if row else None


def group_trends(
    connection: sa.Connection, groups: Collection[int], now: datetime
) -> Mapping[int, GroupTrend]:
    """How each of these causes went in the last 48 hours, by its id; quiet ones too."""
    this_hour = hour_of(to_micros(now))
    first = this_hour - (2 * HOURS - 1) * HOUR
    hour = group_hour.c
    query = sa.select(hour.group_id, hour.hour, hour.records).where(
        hour.group_id.in_(list(groups)), hour.hour >= first, hour.hour <= this_hour
    )
    counts = {group: [0] * (2 * HOURS) for group in groups}
    for row in connection.execute(query):
        counts[row.group_id][(row.hour - first) // HOUR] += row.records
    return {
        group: GroupTrend(hours=tuple(of[HOURS:]), last_day=sum(of[HOURS:]), day_before=sum(of[:HOURS]))
        for group, of in counts.items()
    }


def people_affected(
    connection: sa.Connection, groups: Collection[int], since: datetime, until: datetime
) -> Mapping[int, int]:
    """Distinct records by cause that failed in [since, until).

    Never add these up: who fails for two causes, or in two stretches of time, is counted in each.
    """
    record = failed_record.c
    person = sa.cast(record.entity_id, sa.Text) + ":" + record.record_key
    query = (
        sa.select(record.group_id, sa.func.count(sa.distinct(person)))
        .where(record.group_id.in_(list(groups)))
        .where(record.occurred_at >= to_micros(since), record.occurred_at < to_micros(until))
        .group_by(record.group_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def group_notes(connection: sa.Connection, group_id: int, limit: int = 100) -> tuple[GroupNote, ...]:
    """What people wrote about a cause (group_id), the newest `limit` of it, newest first."""
    note = group_note.c
    query = sa.select(note.at, note.actor, note.note).where(note.group_id == group_id)
    rows = connection.execute(query.order_by(note.at.desc(), note.id.desc()).limit(limit))
    return tuple(GroupNote(at=from_micros(row.at), actor=row.actor, note=row.note) for row in rows)


def failed_record_history(connection: sa.Connection, failed_record_id: int) -> FailedRecordHistory | None:
    """One failed record by its id, its run, and every attempt of the same record; None where it is gone.

    At most MOST_ATTEMPTS attempts, the first ones.
    """
    query = failed_records_query().where(failed_record.c.id == failed_record_id)
    row = connection.execute(query).first()
    if row is None:
        return None
    failed = failed_record_row_of(row)
    return FailedRecordHistory(
        failed=failed, run=_run(connection, failed), attempts=_attempts(connection, failed)
    )


def _attempts(connection: sa.Connection, failed: FailedRecordRow) -> tuple[FailedRecordRow, ...]:
    record, found = failed_record.c, failed.record
    query = (
        failed_records_query()
        .where(
            record.integration_id == _owner(failed.integration),
            same_record(record.record_key, found.record_key),
        )
        # Not the bare column: SQLite would walk all records of the integration in this order to find a few.
        .order_by(record.occurred_at + 0, record.attempt, record.id)
        .limit(MOST_ATTEMPTS)
    )
    rows: list[AnyRow] = [row for row in connection.execute(query) if row.entity == found.entity]
    return tuple(failed_record_row_of(row) for row in rows)


def _run(connection: sa.Connection, failed: FailedRecordRow) -> RunRow | None:
    """The run by its id, job and source, where it ended within two days of the record or is still open."""
    wanted, at = failed.record, failed.record.occurred_at
    if not wanted.run_external_id:
        return None
    ended = ended_runs_query().where(
        sync_run.c.integration_id == _owner(failed.integration),
        sync_run.c.at >= to_micros(at - _RUN_NEAR),
        sync_run.c.at <= to_micros(at + _RUN_NEAR),
        sync_run.c.external_id == wanted.run_external_id,
        source.c.name == failed.source,
    )
    still = open_runs_query().where(
        open_run.c.integration_id == _owner(failed.integration),
        open_run.c.external_id == wanted.run_external_id,
        source.c.name == failed.source,
    )
    rows = [*connection.execute(ended).all(), *connection.execute(still).all()]
    same_job = [row for row in rows if row.job == wanted.job] or rows
    return run_row_of(same_job[0]) if same_job else None


def _owner(key: str) -> sa.ScalarSelect[int]:
    return sa.select(integration.c.id).where(integration.c.key == key).scalar_subquery()
