"""What the pages read of failed records: causes, records, one record with its attempts, its steps and its run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dashboard import reads
from dashboard.house import house
from dashboard.ranges import Range
from storage import queries
from storage.queries import Connection, Page
from storage.queries.rows import ErrorGroupRow, FailedRecordRow, RecordEventRow, RunRow

_RUN_AROUND = timedelta(hours=12)
"""A record's run ended, or began, at most so far from when the record failed."""


def error_groups(key: str) -> Sequence[ErrorGroupRow]:
    """The causes of failed records, the last seen first."""
    return reads.shared(
        f"causes {key}", lambda connection: queries.error_groups(connection, key, limit=reads.MOST).items
    )


def failed_records(key: str, span: Range, now: datetime) -> Page[FailedRecordRow]:
    """The newest failed records of the range."""
    since = span.since(now)
    return reads.shared(
        f"failed {key} {span.key}",
        lambda connection: queries.failed_records(connection, integration=key, since=since, limit=reads.MOST),
    )


def failed_records_of(key: str, row: RunRow) -> Sequence[FailedRecordRow]:
    """The failed records of one run."""
    name = row.run.external_id
    return reads.shared(
        f"failed of {key} {row.source} {name}",
        lambda connection: (
            queries.failed_records(
                connection, integration=key, source=row.source, run_external_id=name, limit=reads.MOST
            ).items
        ),
    )


def failed_records_found(key: str, typed: str) -> Page[FailedRecordRow]:
    """The failed records, of all that are stored, whose key a person typed; else those whose cause tells of it."""
    stored = house().record_key(typed)

    def find(connection: Connection) -> Page[FailedRecordRow]:
        found = queries.failed_records(connection, integration=key, record_key=stored, limit=reads.MOST)
        return (
            found
            if found.items
            else queries.failed_records(connection, integration=key, search=typed, limit=reads.MOST)
        )

    # Remembered under the stored key: what was typed may name a person.
    return reads.shared(f"found {key} {stored}", find)


def failed_records_of_cause(key: str, cause: int) -> Page[FailedRecordRow]:
    """The newest failed records of one cause."""
    return reads.shared(
        f"failed of cause {key} {cause}",
        lambda connection: queries.failed_records(connection, integration=key, group=cause, limit=reads.MOST),
    )


def failed_record(key: str, number: int) -> FailedRecordRow | None:
    """One failed record by its number; None where it is not stored any more."""
    return reads.shared(
        f"failed record {key} {number}", lambda connection: queries.failed_record_of(connection, key, number)
    )


def attempts(key: str, record_key: str) -> Sequence[FailedRecordRow]:
    """Every time this record failed, the newest first."""
    return reads.shared(
        f"attempts {key} {record_key}",
        lambda connection: (
            queries.failed_records(connection, integration=key, record_key=record_key, limit=reads.MOST).items
        ),
    )


def steps(key: str, record_key: str) -> Sequence[RecordEventRow]:
    """What happened to one record on both sides, the first step first."""
    return reads.shared(
        f"steps {key} {record_key}",
        lambda connection: queries.record_history(connection, key, record_key, limit=reads.MOST).items,
    )


def run_of(key: str, row: FailedRecordRow) -> RunRow | None:
    """The run in which a record failed; None where no run of that name is stored about that time."""
    at, name = row.record.occurred_at, row.record.run_external_id

    def find(connection: Connection) -> RunRow | None:
        since, until = at - _RUN_AROUND, at + _RUN_AROUND
        found = queries.runs(connection, integration=key, since=since, until=until, search=name)
        return next((run for run in found.items if run.run.external_id == name), None)

    return reads.shared(f"run of {key} {row.id}", find) if name else None
