"""Makes a run partial that succeeded while records of it failed, in whatever order and poll the two were told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

import sqlalchemy as sa

from core.records import Batch, BatchMode, FailedRecord, RunStatus, SyncRun
from storage import schema
from storage.codes import STATUS_CODE
from storage.dictionary import clean_name
from storage.engine import Row, RunKey
from storage.run_rows import AT, SEEN, STATUS, key_of, started_of
from storage.writer_runs import Changes, apply
from storage.writing import Writing

MOST_RUNS = 2_000
"""A batch of more is a backlog, whose runs stand with their records in one batch: nothing is looked up for it."""

_BEFORE_THE_END = timedelta(hours=1) // timedelta(microseconds=1)
"""So long a run took at most whose start nobody told."""

_SUCCEEDED, _PARTIAL = STATUS_CODE[RunStatus.SUCCEEDED], STATUS_CODE[RunStatus.PARTIAL]


def write_partial(writing: Writing, batch: Batch) -> None:
    """Call it once the batch's runs and failed records are stored.

    Of a batch that tells all there is of its runs (absolute) nothing is added up.
    """
    if batch.mode is not BatchMode.DELTA:
        return
    ended = [run for run in batch.runs if run.status is RunStatus.SUCCEEDED]
    ended = ended if len(ended) <= MOST_RUNS else []
    mine = _keys_of_records(writing, batch.failed_records)
    rows = _succeeded(writing, mine | _keys_of_runs(writing, ended))
    failed = [row for row in rows if _key(row) in mine]
    others = [row for row in rows if _key(row) not in mine]
    if others:
        stored = _with_failed_records(writing, others)
        failed += [row for row in others if _key(row) in stored]
    if failed:
        changes = Changes()
        for row in failed:
            _change(changes, row, writing.now)
        apply(writing, changes)


def _keys_of_records(writing: Writing, records: Collection[FailedRecord]) -> set[RunKey]:
    return _keys(writing, ((one.job, one.run_external_id) for one in records if one.run_external_id))


def _keys_of_runs(writing: Writing, runs: Collection[SyncRun]) -> set[RunKey]:
    return _keys(writing, ((one.job, one.external_id) for one in runs))


def _keys(writing: Writing, names: Iterable[tuple[str, str]]) -> set[RunKey]:
    wanted = set(names)
    if not wanted:
        return set()
    texts = writing.texts.ids(writing.connection, {job for job, _ in wanted})
    return {(writing.source_id, texts[job], clean_name(external_id)) for job, external_id in wanted}


def _succeeded(writing: Writing, keys: Collection[RunKey]) -> list[Row]:
    """The stored runs of these keys that succeeded: id, then columns ENDED."""
    if not keys:
        return []
    found = writing.identity.find(writing.connection, list(keys))
    return [row for row in found if row[1 + STATUS] == _SUCCEEDED and _key(row) in keys]


def _with_failed_records(writing: Writing, rows: Collection[Row]) -> set[RunKey]:
    """The runs of which failed records are stored that occurred since the first of these runs began."""
    began = [started_of(row[1:]) for row in rows]
    since = min(
        int(row[1 + AT]) - _BEFORE_THE_END if start is None else start  # type: ignore[arg-type]
        for row, start in zip(rows, began, strict=True)
    )
    record = schema.failed_record.c
    query = (
        sa.select(record.job_id, record.run_external_id)
        .where(
            record.integration_id == writing.integration_id,
            record.occurred_at >= since,
            record.source_id == writing.source_id,
        )
        .distinct()
    )
    found = writing.connection.execute(query)
    return {(writing.source_id, row.job_id, row.run_external_id) for row in found}


def _key(row: Row) -> RunKey:
    key: RunKey = key_of(row[1:])
    return key


def _change(changes: Changes, row: Row, now: int) -> None:
    old = row[1:]
    at = int(old[AT])  # type: ignore[arg-type]
    new = (*old[:STATUS], _PARTIAL, *old[STATUS + 1 : SEEN + 1], now - at)
    changes.before.append(old)
    changes.after.append(new)
    changes.changed_ended.append((*new, row[0], at))
