"""The tables of runs: open ones, ended ones, where to find an ended one again, and their rollups."""

from sqlalchemy import Column, ColumnElement, Index, Table, UniqueConstraint, case, func

from storage.codes import TOLD_LATER
from storage.schema.base import (
    BIG,
    blob,
    computed,
    counter,
    identity,
    maybe,
    metadata,
    number,
    of_integration,
    of_source,
    words,
)


def _run_facts() -> list[Column[int] | Column[str] | Column[int | None]]:
    """The columns that open and ended runs share; see `sync_run`."""
    return [
        of_integration(),
        of_source(),
        number("job_id"),
        words("external_id", required=True),
        number("status"),
        number("attempt"),
        maybe("duration"),
        maybe("trigger_id"),
        maybe("records_read"),
        maybe("records_written"),
        maybe("records_skipped"),
        maybe("records_failed"),
        maybe("bytes"),
        maybe("error_origin"),
        maybe("error_class"),
        maybe("error_code_id"),
        words("error_message"),
        words("url"),
    ]


open_run = Table(
    "open_run",
    metadata,
    identity(),
    *_run_facts(),
    maybe("started_at"),
    maybe("finished_at"),
    number("first_seen_at"),
    number("changed_at"),
    UniqueConstraint("source_id", "external_id", "job_id"),
    Index("ix_open_run_integration", "integration_id", "started_at"),
)
"""Runs not ended yet (queued, running); a run moves to `sync_run` when its end is seen."""

sync_run = Table(
    "sync_run",
    metadata,
    identity(),
    *_run_facts(),
    number("at"),
    number("timing"),
    maybe("took"),
    number("seen_after"),
    maybe("changed_after"),
    computed("started_at", "at - took"),
    computed("finished_at", "CASE WHEN timing = 0 THEN at END"),
    computed("first_seen_at", "at + seen_after"),
    computed("changed_at", "at + COALESCE(changed_after, seen_after)"),
    Index("ix_sync_run_at", "integration_id", "at"),
)
"""Ended runs, in order of arrival (so time-local); 64-bit epoch microseconds cost, differences do not.

at: the instant by which it is counted and listed: `finished_at`, else start + duration, else start,
else when it was first seen. A run that says it ended later than now (its source writes in another
zone than it is read in) is counted when its end was first seen, or it would be overlooked.
timing: which of these, 0-3 (`storage.codes.Timing`), or, from 4 on, by how much (µs) the told end
lies after `at`; took: `at` minus start, NULL without a start; seen_after, changed_after: from `at`
to when it was first stored, and to when it last changed (NULL: never). Read `started_at`,
`first_seen_at` and `changed_at`, which follow from these, and `FINISHED_AT` (the column
`finished_at` knows no end later than `at`). duration: only what the source told itself; job_id,
trigger_id, error_code_id: ids of `text` (job "" has one too); status, error_origin, error_class:
`storage.codes`. Page by (integration_id, at, id). A partial index `ix_sync_run_failed` of the same
columns holds the failed and partial runs alone. On PostgreSQL it is partitioned by `at`, and its
key is (id, at).
"""

Index(
    "ix_sync_run_failed",
    sync_run.c.integration_id,
    sync_run.c.at,
    sqlite_where=sync_run.c.status.in_(
        (4, 5)
    ),  # PostgreSQL has it too; naming it here would load that dialect
)

FINISHED_AT: ColumnElement[int | None] = case(
    (sync_run.c.timing == 0, sync_run.c.at),
    (sync_run.c.timing >= TOLD_LATER, sync_run.c.at + sync_run.c.timing),
)
"""The end (µs) that the source of an ended run told; NULL: it told none."""

DURATION: ColumnElement[int | None] = func.coalesce(sync_run.c.duration, FINISHED_AT - sync_run.c.started_at)
"""How long (µs) an ended run took, as told or from its start to its end; NULL: not known."""

run_segment = Table(
    "run_segment",
    metadata,
    Column("last_id", BIG, primary_key=True, autoincrement=False),
    blob("hashes", required=True),
    blob("filter", required=True),
)
"""SQLite only: how ended runs are found by their identity, one row for each 65,536 ids up to `last_id`.

hashes: sorted 32-bit hashes, then 16-bit offsets of the ids; filter: a Bloom filter (docs/adr/0002).
"""


def _run_counts() -> list[Column[int]]:
    """Sums of ended runs; a `…_told` counts the runs that told that number (none: not known)."""
    return [
        counter("succeeded"),
        counter("partial"),
        counter("failed"),
        counter("cancelled"),
        counter("skipped"),
        counter("unknown"),
        counter("records_read"),
        counter("read_told"),
        counter("records_written"),
        counter("written_told"),
        counter("records_skipped"),
        counter("skipped_told"),
        counter("records_failed"),
        counter("failed_told"),
    ]


run_hour = Table(
    "run_hour",
    metadata,
    of_integration(primary_key=True),
    number("hour", primary_key=True),
    of_source(primary_key=True),
    *_run_counts(),
    sqlite_with_rowid=False,
)
"""Ended runs by integration, UTC hour (its start) and source."""

run_day = Table(
    "run_day",
    metadata,
    of_integration(primary_key=True),
    number("day", primary_key=True),
    of_source(primary_key=True),
    number("zone_id"),
    *_run_counts(),
    sqlite_with_rowid=False,
)
"""The same by local day: its first instant, and the zone (a `text` id) whose day it is."""

run_hour_duration = Table(
    "run_hour_duration",
    metadata,
    number("integration_id", primary_key=True),
    number("hour", primary_key=True),
    number("source_id", primary_key=True),
    blob("histogram", required=True),
    sqlite_with_rowid=False,
)
"""Durations of the counted runs of a `run_hour` row (`storage.codes.decode_histogram`)."""

run_day_duration = Table(
    "run_day_duration",
    metadata,
    number("integration_id", primary_key=True),
    number("day", primary_key=True),
    number("source_id", primary_key=True),
    blob("histogram", required=True),
    sqlite_with_rowid=False,
)
"""Durations of the counted runs of a `run_day` row."""
