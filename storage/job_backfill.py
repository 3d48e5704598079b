"""A run that was stored without its job, because the lines so far left it out, takes it from a later line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.records import Batch, BatchMode, SyncRun
from storage import schema
from storage.codes import Jobs
from storage.dictionary import clean_name
from storage.engine import Row, RunKey
from storage.job_backfill_failures import ToldRun, backfill_failed_records
from storage.run_rows import (
    AT,
    ATTEMPT,
    EXTERNAL_ID,
    FACTS,
    OPEN,
    SEEN,
    first_seen_of,
    is_open,
    key_of,
)
from storage.run_spans import LATEST, Span, span_of, span_of_row
from storage.writer_runs import Changes, apply
from storage.writing import Writing

_INTEGRATION, _JOB = FACTS.index("integration_id"), FACTS.index("job_id")


class _Line(NamedTuple):
    """What the batch's lines on one run of a job tell. attempt: 0 where none does."""

    span: Span
    attempt: int

    def joined(self, other: _Line) -> _Line:
        """Of both."""
        return _Line(self.span.joined(other.span), max(self.attempt, other.attempt))


@dataclass(slots=True)
class _Known:
    """What is stored of the ids that the batch names. nameless: rows (id, …) without a job, by id."""

    nameless: dict[str, Row] = field(default_factory=dict)
    open_jobs: dict[str, set[int]] = field(default_factory=dict)


@dataclass(slots=True)
class _Found:
    """Whose job is told, by id, and the rows of these that have none yet; unclear: those that nobody can tell."""

    runs: dict[str, ToldRun] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    unclear: int = 0


_Lines = Mapping[str, Mapping[str, _Line]]
"""Lines by external id (as stored) and job."""


def backfill_jobs(writing: Writing, batch: Batch, known: Jobs, targets: Mapping[str, int]) -> int:
    """Give runs and failed records that stand without a job the one that this batch names; how many cannot tell.

    Call it before the batch is stored, whose lines then complete the run. It is not told whose a run is
    that two jobs name, or that another one has open; a run of another time is another run.
    known: how the source's runs were told before; targets: the integration of a job where it has one of its own.
    """
    if batch.mode is not BatchMode.DELTA or not known & (Jobs.LEFT_OUT | Jobs.OF_RECORDS_LEFT_OUT):
        return 0
    lines = _lines(batch.runs, writing.now)
    if not lines:
        return 0
    texts = writing.texts.ids(writing.connection, {job for jobs in lines.values() for job in jobs} | {""})
    stored = _stored(writing, lines, texts[""])
    found = _found(lines, stored, texts, targets)
    rows = {(writing.source_id, found.runs[name].job_id, name): row for name, row in found.rows.items()}
    if rows:
        apply(writing, _changes(writing, rows, found.runs))
    if known & Jobs.OF_RECORDS_LEFT_OUT:
        backfill_failed_records(writing, found.runs, texts[""])
    return found.unclear


def _found(lines: _Lines, stored: _Known, texts: Mapping[str, int], targets: Mapping[str, int]) -> _Found:
    found = _Found()
    for name, jobs in lines.items():
        job, line = next(iter(jobs.items()))
        row, opened = stored.nameless.get(name), stored.open_jobs.get(name, set())
        met = row is not None and _is_of(row[1:], line)
        if len(jobs) > 1 or opened - {texts[job]}:
            found.unclear += met
            continue
        span, attempt = line.span, line.attempt
        if row is not None and met and not opened:
            found.rows[name] = row
            span = span.joined(Span(span_of_row(row[1:]).start, span.end))
            attempt = max(attempt, int(row[1 + ATTEMPT]))  # type: ignore[arg-type]
        if attempt > 1:
            # Of the attempts before nothing tells any more when they were; their failed records stand.
            span = Span(span.start - LATEST, span.end)
        found.runs[name] = ToldRun(job, texts[job], span, targets.get(job))
    return found


def _lines(runs: Sequence[SyncRun], now: int) -> dict[str, dict[str, _Line]]:
    found: dict[str, dict[str, _Line]] = {}
    for run in runs:
        if run.job:
            jobs = found.setdefault(clean_name(run.external_id), {})
            line = _Line(span_of(run, now), run.attempt or 0)
            jobs[run.job] = jobs[run.job].joined(line) if run.job in jobs else line
    return found


def _stored(writing: Writing, lines: _Lines, none: int) -> _Known:
    found, connection, source_id = _Known(), writing.connection, writing.source_id
    for row in writing.identity.find(connection, [(source_id, none, name) for name in lines]):
        key = key_of(row[1:])
        if key[:2] == (source_id, none) and key[2] in lines:
            found.nameless[key[2]] = row
    wanted = [(source_id, name) for name in sorted(lines)]
    columns, keys = ("id", *OPEN), ("source_id", "external_id")
    for row in writing.statements.find(connection, schema.open_run, columns, keys, wanted):
        name, job_id = str(row[1 + EXTERNAL_ID]), row[1 + _JOB]
        if job_id == none:
            found.nameless[name] = row
        else:
            found.open_jobs.setdefault(name, set()).add(job_id)  # type: ignore[arg-type]
    return found


def _is_of(row: Row, line: _Line) -> bool:
    """Whether a line may be of a stored run: of its time, or of a later attempt at it."""
    return line.attempt > int(row[ATTEMPT]) or line.span.meets(span_of_row(row))  # type: ignore[arg-type]


def _changes(writing: Writing, rows: Mapping[RunKey, Row], runs: Mapping[str, ToldRun]) -> Changes:
    """What makes these rows runs of these keys."""
    changes = Changes()
    # Looked for last, as `identity.add` wants it of the keys that come.
    there = {key_of(row[1:]): row for row in writing.identity.find(writing.connection, list(rows))}
    for key, row in rows.items():
        ended, old = there.get(key), row[1:]
        facts = (runs[key[2]].integration_id or old[_INTEGRATION], *key[:2], *old[_JOB + 1 : len(FACTS)])
        if ended is not None and not _goes_again(old, ended[1:]):
            continue
        first_seen = int(old[AT + 2]) if is_open(old) else first_seen_of(old)  # type: ignore[arg-type]
        if ended is not None:
            changes.reopened.append((ended[0], ended[1 + AT]))
            changes.before.append(ended[1:])
            first_seen = first_seen_of(ended[1:])
        if is_open(old):
            changes.closed.append((row[0],))
            changes.new_open.append((*facts, *old[AT : AT + 2], first_seen, writing.now))
        else:
            changes.reopened.append((row[0], old[AT]))
            changes.before.append(old)
            changed_after = writing.now - int(old[AT])  # type: ignore[arg-type]
            changes.new_ended.append((*facts, *old[AT : SEEN + 1], changed_after))
    return changes


def _goes_again(row: Row, ended: Row) -> bool:
    """Whether a row without a job is open since the run with its job ended: that one goes again."""
    return is_open(row) and span_of_row(row).start > int(ended[AT])  # type: ignore[arg-type]
