"""Makes a run partial that succeeded while records of it failed, in whatever order and poll the two were told."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from core.clock import to_micros
from core.records import Batch, BatchMode, FailedRecord, RunStatus
from storage import schema
from storage.codes import STATUS_CODE
from storage.dictionary import clean_name
from storage.engine import Row, RunKey
from storage.run_rows import AT, ATTEMPT, SEEN, STATUS, key_of
from storage.run_spans import span_of_row
from storage.writer_runs import Changes, apply
from storage.writing import Writing

MOST_RUNS = 2_000
"""A batch of more is a backlog, whose runs stand with their records in one batch: nothing is looked up for it."""

_NEVER = -(2**62)
_SUCCEEDED, _PARTIAL = STATUS_CODE[RunStatus.SUCCEEDED], STATUS_CODE[RunStatus.PARTIAL]


def write_partial(writing: Writing, batch: Batch) -> None:
    """Call it once the batch's runs and failed records are stored.

    Of a batch that tells all there is of its runs (absolute) nothing is added up.
    """
    if batch.mode is not BatchMode.DELTA:
        return
    ended = [run for run in batch.runs if run.status is RunStatus.SUCCEEDED]
    ended = ended if len(ended) <= MOST_RUNS else []
    mine = _newest_of_records(writing, batch.failed_records)
    rows = _succeeded(writing, mine.keys() | _keys(writing, ((run.job, run.external_id) for run in ended)))
    failed = [row for row in rows if _key(row) in mine and _is_of(row, mine[_key(row)])]
    others = [row for row in rows if _key(row) not in mine]
    if others:
        stored = _newest_stored(writing, others)
        failed += [row for row in others if stored.get(_key(row), _NEVER) >= _began(row)]
    if failed:
        changes = Changes()
        for row in failed:
            _change(changes, row, writing.now)
        apply(writing, changes)


def _newest_of_records(writing: Writing, records: Collection[FailedRecord]) -> dict[RunKey, int]:
    """When the last record of each run failed (epoch µs)."""
    newest: dict[tuple[str, str], int] = {}
    for one in records:
        if one.run_external_id:
            name = (one.job, clean_name(one.run_external_id))
            newest[name] = max(to_micros(one.occurred_at), newest.get(name, _NEVER))
    texts = writing.texts.ids(writing.connection, {job for job, _ in newest})
    return {(writing.source_id, texts[job], name): at for (job, name), at in newest.items()}


def _is_of(row: Row, at: int) -> bool:
    """Whether a record that failed then is of the run as it stands: what failed in an earlier attempt is not.

    Clocks differ: of a first attempt it is whenever it failed.
    """
    return row[1 + ATTEMPT] == 1 or at >= _began(row)


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


def _newest_stored(writing: Writing, rows: Collection[Row]) -> dict[RunKey, int]:
    """When the last stored record of each run failed (epoch µs), as far back as the first of these runs began."""
    record = schema.failed_record.c
    query = (
        sa.select(record.job_id, record.run_external_id, sa.func.max(record.occurred_at))
        .where(
            record.integration_id == writing.integration_id,
            record.occurred_at >= min(map(_began, rows)),
            record.source_id == writing.source_id,
        )
        .group_by(record.job_id, record.run_external_id)
    )
    found = writing.connection.execute(query)
    return {(writing.source_id, job_id, name): at for job_id, name, at in found}


def _began(row: Row) -> int:
    """When a run (id, then columns ENDED) began, as far as is known (epoch µs)."""
    return span_of_row(row[1:]).start


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
