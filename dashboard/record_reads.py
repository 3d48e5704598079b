"""What the pages read of failed records: causes, records, one record with its attempts, its steps and its run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dashboard import reads
from dashboard.house import house
from dashboard.ranges import Range
from storage import queries
from storage.queries import Connection, Page
from storage.queries.rows import ErrorGroupRow, FailedRecordHistory, FailedRecordRow, RecordEventRow, RunRow

RUN_NEAR = timedelta(days=2)
"""How far from its run a failed record may lie."""


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
    """The failed records of one run: those from RUN_NEAR before it to RUN_NEAR after it."""
    name = row.run.external_id
    first = min(row.run.started_at or row.first_seen_at, row.first_seen_at)
    last = max(row.run.finished_at or row.changed_at, row.changed_at)

    def read(connection: Connection) -> Sequence[FailedRecordRow]:
        page = queries.failed_records(
            connection,
            integration=key,
            source=row.source,
            run_external_id=name,
            since=first - RUN_NEAR,
            until=last + RUN_NEAR,
            limit=reads.MOST,
        )
        return page.items

    return reads.shared(f"failed of {key} {row.source} {name}", read)


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


def failed_record(key: str, number: int) -> FailedRecordHistory | None:
    """One failed record of an integration by its number, with its attempts and its run; None where it is gone."""
    found = reads.shared(
        f"failed record {number}", lambda connection: queries.failed_record_history(connection, number)
    )
    return found if found is not None and found.failed.integration == key else None


def steps(key: str, record_key: str) -> Sequence[RecordEventRow]:
    """What happened to one record on both sides, the first step first."""
    return reads.shared(
        f"steps {key} {record_key}",
        lambda connection: queries.record_history(connection, key, record_key, limit=reads.MOST).items,
    )
