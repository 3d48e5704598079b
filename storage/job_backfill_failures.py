"""Failed records that were stored with their run but without its job take the job once it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from storage import schema
from storage.among import among
from storage.days import hour_of
from storage.engine import Row
from storage.identities import identity_of, stored_rows
from storage.moving_failures import move_failed_records
from storage.run_spans import BEFORE_THE_END, Span
from storage.words import words_of
from storage.writing import Writing

_AT_ONCE = 500
_RECORD, _GROUP = schema.failed_record.c, schema.error_group.c
_FOUND = sa.select(_RECORD.id, _RECORD.run_external_id, _RECORD.occurred_at, _RECORD.integration_id).where(
    _RECORD.integration_id.in_(
        sa.select(schema.feed.c.integration_id).where(schema.feed.c.source_id == sa.bindparam("source"))
    ),
    _RECORD.occurred_at >= sa.bindparam("since"),
    _RECORD.source_id == sa.bindparam("source"),
    _RECORD.job_id == sa.bindparam("none"),
    _RECORD.run_external_id.in_(sa.bindparam("chosen", expanding=True)),
)
_ROWS = (
    sa.select(
        _RECORD.id,
        _RECORD.occurred_at,
        _RECORD.run_external_id,
        _RECORD.entity_id,
        _RECORD.record_key,
        _RECORD.attempt,
        _RECORD.group_id,
        _GROUP.fingerprint,
    )
    .join_from(schema.failed_record, schema.error_group, _GROUP.id == _RECORD.group_id)
    .where(among(_RECORD.id, "ids"))
)


class ToldRun(NamedTuple):
    """A run's job, and when the run went on as far as is known; integration_id: whose it is now, None: the same."""

    job: str
    job_id: int
    span: Span
    integration_id: int | None


def backfill_failed_records(writing: Writing, runs: Mapping[str, ToldRun], none: int) -> None:
    """Give the failed records of these runs (by external id, as stored) their job, and its integration.

    One that is stored with the job too, because it was told again, is one record from then on.
    """
    ids, moves = _chosen(writing, runs, none)
    for target, moved in sorted(moves.items()):
        move_failed_records(writing, among(_RECORD.id, moved), target)
    if not ids:
        return
    rows = writing.connection.execute(_ROWS, {"ids": ids}).all()
    entities = words_of(writing.connection, {row.entity_id for row in rows})
    source = str(writing.source_id)
    named = {
        row.id: identity_of(
            source,
            runs[row.run_external_id].job,
            row.run_external_id,
            entities[row.entity_id],
            row.record_key,
            str(row.attempt),
            row.fingerprint,
        )
        for row in rows
    }
    known = set(stored_rows(writing, schema.failed_record, ("identity",), list(named.values())))
    changed, twice = list[Row](), list[tuple[int, int, int]]()
    for row in rows:
        if named[row.id] in known:
            twice.append((row.id, row.occurred_at, row.group_id))
            continue
        known.add(named[row.id])
        job_id = runs[row.run_external_id].job_id
        changed.append((named[row.id], job_id, writing.now, row.id, row.occurred_at))
    columns, keys = ("identity", "job_id", "changed_at"), ("id", "occurred_at")
    writing.statements.update(writing.connection, schema.failed_record, columns, keys, changed)
    _take_out(writing, twice)


def _chosen(
    writing: Writing, runs: Mapping[str, ToldRun], none: int
) -> tuple[list[int], dict[int, list[int]]]:
    """The ids of their records without a job, and by integration of those that go there."""
    names, ids, moves = sorted(runs), list[int](), dict[int, list[int]]()
    for start in range(0, len(names), _AT_ONCE):
        chosen = names[start : start + _AT_ONCE]
        since = min(runs[name].span.start for name in chosen) - BEFORE_THE_END
        asked = {"source": writing.source_id, "none": none, "since": since, "chosen": chosen}
        for record_id, name, at, integration_id in writing.connection.execute(_FOUND, asked):
            run = runs[name]
            if not Span(at - BEFORE_THE_END, at + BEFORE_THE_END).meets(run.span):
                continue
            ids.append(record_id)
            if run.integration_id not in (None, integration_id):
                moves.setdefault(run.integration_id, []).append(record_id)
    return ids, moves


def _take_out(writing: Writing, rows: Sequence[tuple[int, int, int]]) -> None:
    """Of two that are one by now the one that had no job, out of the sums too."""
    hours, groups = dict[tuple[int, int], int](), dict[int, int]()
    for _, at, group_id in rows:
        key = (group_id, hour_of(at))
        hours[key] = hours.get(key, 0) - 1
        groups[group_id] = groups.get(group_id, 0) + 1
    gone = [(record_id, at) for record_id, at, _ in rows]
    writing.statements.delete(writing.connection, schema.failed_record, ("id", "occurred_at"), gone)
    moved = [(*key, records) for key, records in sorted(hours.items())]
    writing.statements.add(writing.connection, schema.group_hour, ("records",), moved)
    for group_id, records in sorted(groups.items()):
        change = sa.update(schema.error_group).where(_GROUP.id == group_id)
        writing.connection.execute(change.values(records=_GROUP.records - records))
