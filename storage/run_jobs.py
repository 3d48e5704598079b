"""The job of a line that leaves it out: in a log the line of a run's end need not repeat what its start said."""

from __future__ import annotations

from collections.abc import Iterable, Set

import msgspec
import sqlalchemy as sa

from core.records import Batch, BatchMode
from storage import schema
from storage.dictionary import clean_name
from storage.writing import Writing

_MANY = 2_000
_Named = Iterable[tuple[str, str]]

_NAMED = (
    sa.select(schema.open_run.c.external_id, schema.text.c.value)
    .join_from(schema.open_run, schema.text, schema.text.c.id == schema.open_run.c.job_id)
    .where(schema.open_run.c.source_id == sa.bindparam("source"), schema.text.c.value != "")
)
_FEW = _NAMED.limit(_MANY)
_CHOSEN = _NAMED.where(schema.open_run.c.external_id.in_(sa.bindparam("chosen", expanding=True)))


def with_jobs(writing: Writing, batch: Batch) -> Batch:
    """The batch of a log whose lines without a job are of the one run that has their id, here or open in the store."""
    if batch.mode is not BatchMode.DELTA:
        return batch
    wanted = {run.external_id for run in batch.runs if not run.job}
    wanted |= {one.run_external_id for one in batch.failed_records if not one.job and one.run_external_id}
    if not wanted:
        return batch
    jobs = _only((run.external_id, run.job) for run in batch.runs if run.job and run.external_id in wanted)
    if missing := {clean_name(one): one for one in wanted - jobs.keys()}:
        stored = _only(_open(writing, missing.keys()))
        jobs |= {missing[name]: job for name, job in stored.items() if name in missing}
    if not jobs:
        return batch
    replace = msgspec.structs.replace
    return replace(
        batch,
        runs=[
            replace(run, job=jobs[run.external_id]) if not run.job and run.external_id in jobs else run
            for run in batch.runs
        ],
        failed_records=[
            replace(one, job=jobs[one.run_external_id]) if not one.job and one.run_external_id in jobs else one
            for one in batch.failed_records
        ],
    )  # fmt: skip


def _only(named: _Named) -> dict[str, str]:
    """The job of each id, where there is one: an id that several jobs use tells nothing."""
    found: dict[str, set[str]] = {}
    for name, job in named:
        found.setdefault(name, set()).add(job)
    return {name: jobs.pop() for name, jobs in found.items() if len(jobs) == 1}


def _open(writing: Writing, names: Set[str]) -> list[tuple[str, str]]:
    """Ids and jobs of the source's open runs; all of them, where they are not many."""
    mine = {"source": writing.source_id}
    rows = writing.connection.execute(_FEW, mine).all()
    if len(rows) < _MANY:
        return [(name, job) for name, job in rows]
    chosen, found = sorted(names), list[tuple[str, str]]()
    for start in range(0, len(chosen), 500):
        some = {**mine, "chosen": chosen[start : start + 500]}
        found += [(name, job) for name, job in writing.connection.execute(_CHOSEN, some)]
    return found
