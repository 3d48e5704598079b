"""The job of a line that leaves it out: of a log's or a push's lines on one run, not each need name its job."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from core.records import Batch, BatchMode, SyncRun
from storage import schema
from storage.codes import Jobs
from storage.dictionary import clean_name
from storage.run_spans import LATEST, Span, span_of, span_of_ended, spans_told
from storage.words import words_of
from storage.writing import Writing

_MANY = 2_000
"""More lines of ended runs without a job are of a backlog, or of a source that hardly ever names one."""

_AT_ONCE = 500
_RUN = schema.sync_run.c
_ENDED = sa.select(_RUN.external_id, _RUN.job_id, _RUN.at, _RUN.started_at, _RUN.attempt).where(
    _RUN.integration_id.in_(
        sa.select(schema.feed.c.integration_id).where(schema.feed.c.source_id == sa.bindparam("source"))
    ),
    _RUN.at.between(sa.bindparam("since"), sa.bindparam("until")),
    _RUN.source_id == sa.bindparam("source"),
    _RUN.job_id != sa.bindparam("none"),
    _RUN.external_id.in_(sa.bindparam("chosen", expanding=True)),
)

_JobsById = Mapping[str, Set[str]]
"""The jobs that are known to have a run of this id."""


class InferredJobs(NamedTuple):
    """A batch with the jobs that its lines leave out. unclear: how many lines stand without a job because several jobs have a run of their id."""

    batch: Batch
    unclear: int = 0


def infer_jobs(writing: Writing, batch: Batch, known: Jobs) -> InferredJobs:
    """The batch whose lines without a job are of the one run that has their id, and what is known noted.

    That one run is told in the same batch for a time that fits; else it is open in the store; else it ended
    there at a time that fits; else the batch tells it for another time. A list's items (absolute) are taken
    as they are. known: how the source's runs were told so far: nothing is asked where none had a job.
    """
    inferred = InferredJobs(batch)
    if batch.mode is BatchMode.DELTA and (left_out := _left_out(batch)):
        told = _told(batch, left_out)
        jobs = _jobs_of(told)
        if known & Jobs.TOLD:
            fitting = _jobs_of(_fitting(told, batch, writing.now))
            missing = left_out - fitting.keys()
            jobs |= fitting | (_stored(writing, batch, missing) if missing else {})
        inferred = _completed(batch, jobs)
    _note(writing, known, _ways(inferred.batch))
    return inferred


def infer_jobs_within(batch: Batch) -> Batch:
    """The same by the batch alone, for those who store nothing (pure)."""
    left_out = _left_out(batch) if batch.mode is BatchMode.DELTA else frozenset()
    return _completed(batch, _jobs_of(_told(batch, left_out))).batch if left_out else batch


def _completed(batch: Batch, jobs: _JobsById) -> InferredJobs:
    """The lines without a job of the one job that has a run of their id (pure)."""
    if not jobs:
        return InferredJobs(batch)
    unclear = {name for name, several in jobs.items() if len(several) > 1}
    only = {name: next(iter(one)) for name, one in jobs.items() if name not in unclear}
    replace, none = msgspec.structs.replace, 0
    runs, records = list(batch.runs), list(batch.failed_records)
    for place, run in enumerate(runs):
        if not run.job and run.external_id in jobs:
            none += run.external_id in unclear
            runs[place] = replace(run, job=only.get(run.external_id, ""))
    for place, record in enumerate(records):
        if not record.job and record.run_external_id in jobs:
            none += record.run_external_id in unclear
            records[place] = replace(record, job=only.get(record.run_external_id, ""))
    return InferredJobs(replace(batch, runs=runs, failed_records=records), none)


def _left_out(batch: Batch) -> Set[str]:
    """The ids of runs that lines without a job tell of."""
    found = {run.external_id for run in batch.runs if not run.job}
    return found | {
        one.run_external_id for one in batch.failed_records if not one.job and one.run_external_id
    }


def _told(batch: Batch, names: Set[str]) -> list[SyncRun]:
    """The batch's own lines with a job on runs of these ids."""
    return [run for run in batch.runs if run.job and run.external_id in names]


def _fitting(told: Sequence[SyncRun], batch: Batch, now: int) -> list[SyncRun]:
    """Those of them that went on when the batch's lines without a job tell."""
    spans = spans_told(batch, now) if told else {}
    return [run for run in told if span_of(run, now).meets(spans[run.external_id])]


def _jobs_of(runs: Iterable[SyncRun]) -> dict[str, set[str]]:
    return _by_id((run.external_id, run.job) for run in runs)


def _by_id(named: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, job in named:
        found.setdefault(name, set()).add(job)
    return found


def _stored(writing: Writing, batch: Batch, names: Collection[str]) -> dict[str, set[str]]:
    """The jobs that have a stored run of these ids: an open one, else one that ended as these lines tell."""
    by_stored = {clean_name(name): name for name in names}
    none = writing.texts.id(writing.connection, "")
    pairs = {(row[0], row[1]) for row in _open(writing, by_stored) if row[1] != none}
    rest = by_stored.keys() - {name for name, _ in pairs}
    if rest and len(rest) <= _MANY:
        spans = {clean_name(name): span for name, span in spans_told(batch, writing.now).items()}
        attempts = {clean_name(name): several for name, several in _attempts(batch).items()}
        pairs |= _ended(writing, {name: spans[name] for name in rest}, attempts, none)
    words = words_of(writing.connection, {job for _, job in pairs})
    return _by_id((by_stored[name], words[job]) for name, job in pairs)


def _open(writing: Writing, names: Iterable[str]) -> list[tuple[str, int]]:
    wanted = [(writing.source_id, name) for name in sorted(names)]
    keys = ("source_id", "external_id")
    found = writing.statements.find(
        writing.connection, schema.open_run, ("external_id", "job_id"), keys, wanted
    )
    return found  # type: ignore[return-value]


def _attempts(batch: Batch) -> dict[str, set[int]]:
    """The attempts that lines without a job tell, by the id of their run."""
    found: dict[str, set[int]] = {}
    for run in batch.runs:
        if not run.job and run.attempt is not None:
            found.setdefault(run.external_id, set()).add(run.attempt)
    return found


def _ended(
    writing: Writing, spans: Mapping[str, Span], attempts: Mapping[str, Set[int]], none: int
) -> set[tuple[str, int]]:
    """Ids and jobs of ended runs that these lines may be of: told again, late, or another attempt at it.

    An attempt before or after the stored one is looked for as far back as lines come late.
    """
    before = {name: LATEST if max(attempts.get(name, ()), default=1) > 1 else 0 for name in spans}
    asked = {
        "source": writing.source_id,
        "none": none,
        "since": min(span.start - before[name] for name, span in spans.items()),
        "until": max(span.end for span in spans.values()) + LATEST,
    }
    chosen, found = sorted(spans), set[tuple[str, int]]()
    for start in range(0, len(chosen), _AT_ONCE):
        rows = writing.connection.execute(_ENDED, {**asked, "chosen": chosen[start : start + _AT_ONCE]})
        found |= {
            (name, job)
            for name, job, at, started, attempt in rows
            if span_of_ended(started, at).meets(spans[name]) or attempts.get(name, set()) - {attempt}
        }  # fmt: skip
    return found


def _ways(batch: Batch) -> Jobs:
    """How the batch's runs are told."""
    jobs = {run.job for run in batch.runs}
    found = Jobs(0)
    if "" in jobs:
        found |= Jobs.LEFT_OUT
    if jobs - {""}:
        found |= Jobs.TOLD
    if any(one.run_external_id and not one.job for one in batch.failed_records):
        found |= Jobs.OF_RECORDS_LEFT_OUT
    return found


def _note(writing: Writing, known: Jobs, ways: Jobs) -> None:
    """Remember with the source, whose row is held, what was not so before."""
    if ways & ~known:
        change = sa.update(schema.source).where(schema.source.c.id == writing.source_id)
        writing.connection.execute(change.values(jobs=int(known | ways)))
