"""When a run went on, as far as its lines and its row tell: two that never met are not one run (pure)."""

from __future__ import annotations

from typing import NamedTuple

from core.clock import to_micros
from core.records import OPEN_STATUSES, Batch, SyncRun
from storage.days import HOUR
from storage.engine import Row
from storage.run_rows import AT, instants_of, is_open, started_of

BEFORE_THE_END = HOUR
"""So long (µs) a run took at most whose start nobody told, and so long after its end lines on it come."""

LATEST = 24 * HOUR
"""So long (µs) after what its first lines tell a run is looked for by its end."""

_ALWAYS = 2**62


class Span(NamedTuple):
    """From when to when (epoch µs), both included."""

    start: int
    end: int

    def meets(self, other: Span) -> bool:
        """Whether there is an instant in both."""
        return self.start <= other.end and other.start <= self.end

    def joined(self, other: Span) -> Span:
        """From the earlier start to the later end."""
        return Span(min(self.start, other.start), max(self.end, other.end))


def span_of(run: SyncRun, now: int) -> Span:
    """Of a line: an end that it does not tell is now, and its start an hour before."""
    end = now if (told := _end_of(run)) is None else told
    return Span(end - BEFORE_THE_END if run.started_at is None else to_micros(run.started_at), end)


def _end_of(run: SyncRun) -> int | None:
    """When a run ended (epoch µs), as its line tells it: by its time, or by its start and how long it took."""
    if run.finished_at is not None:
        return to_micros(run.finished_at)
    if run.started_at is None or run.duration_seconds is None or run.status in OPEN_STATUSES:
        return None
    return to_micros(run.started_at) + round(run.duration_seconds * 1_000_000)


def spans_told(batch: Batch, now: int) -> dict[str, Span]:
    """Of the runs that the batch's lines without a job tell of, by external id."""
    told = [(run.external_id, span_of(run, now)) for run in batch.runs if not run.job]
    for record in batch.failed_records:
        if not record.job and record.run_external_id:
            at = to_micros(record.occurred_at)
            told.append((record.run_external_id, Span(at - BEFORE_THE_END, at)))
    found: dict[str, Span] = {}
    for name, span in told:
        found[name] = found[name].joined(span) if name in found else span
    return found


def span_of_ended(started: int | None, at: int) -> Span:
    """Of an ended run by its columns (epoch µs); started: None where it is not known."""
    return Span(at - BEFORE_THE_END if started is None else started, at)


def span_of_row(row: Row) -> Span:
    """Of a stored run (columns OPEN or ENDED); one that is open goes on."""
    if not is_open(row):
        return span_of_ended(started_of(row), int(row[AT]))  # type: ignore[arg-type]
    started = instants_of(row)[0]
    return Span(int(row[AT + 2]) - BEFORE_THE_END if started is None else started, _ALWAYS)  # type: ignore[arg-type]
