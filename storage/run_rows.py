"""A run as the tuple that is stored, and what of it counts: pure, and tuned, for logs hold millions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from core.clock import CLOCKS_DIFFER
from core.records import SyncRun
from storage.codes import CLASS_CODE, ORIGIN_CODE, STATUS_CODE, TOLD_LATER, Timing
from storage.dictionary import MESSAGE_LENGTH, NAME_LENGTH, URL_LENGTH, clean, clean_name
from storage.engine import Row, Value

FACTS = (
    "integration_id",
    "source_id",
    "job_id",
    "external_id",
    "status",
    "attempt",
    "duration",
    "trigger_id",
    "records_read",
    "records_written",
    "records_skipped",
    "records_failed",
    "bytes",
    "error_origin",
    "error_class",
    "error_code_id",
    "error_message",
    "url",
)
"""The columns that open and ended runs share, in their order in both tables."""

OPEN = (*FACTS, "started_at", "finished_at", "first_seen_at", "changed_at")
ENDED = (*FACTS, "at", "timing", "took", "seen_after", "changed_after")
ENDED_CONTENT = len(FACTS) + 3
"""So many leading columns of an ended row say what the run was; the rest, when we saw it."""

OPEN_CONTENT = len(FACTS) + 2

EXTERNAL_ID, STATUS, ATTEMPT = FACTS.index("external_id"), FACTS.index("status"), FACTS.index("attempt")
TRIGGER, URL = FACTS.index("trigger_id"), FACTS.index("url")
JOB, DURATION, READ = FACTS.index("job_id"), FACTS.index("duration"), FACTS.index("records_read")
AT, TIMING, TOOK, SEEN = len(FACTS), len(FACTS) + 1, len(FACTS) + 2, len(FACTS) + 3

OPEN_CODES = frozenset({1, 2})
_CLOCKS_DIFFER = CLOCKS_DIFFER // timedelta(microseconds=1)

LARGEST = 10**15
"""A count above this is not a count: it is stored as not known."""


def rows_of(
    runs: Sequence[SyncRun], integration_id: int, source_id: int, texts: Mapping[str, int], now: int
) -> Iterator[Row]:
    """Each run as a new row, first seen now (µs): columns OPEN while it is open, else ENDED.

    One loop without calls for what is usual: a call for each column would double its time.
    """
    status_code, most, latest = STATUS_CODE, LARGEST, now + _CLOCKS_DIFFER
    origin: Value
    kind: Value
    code: Value
    message: Value
    for run in runs:
        external_id, trigger, url, seconds = run.external_id, run.trigger, run.url, run.duration_seconds
        read, written, skipped = run.records_read, run.records_written, run.records_skipped
        failed, size, began, ended = run.records_failed, run.bytes, run.started_at, run.finished_at
        status = status_code[run.status]
        duration = None if seconds is None else _micros(seconds)
        started = None if began is None else round(began.timestamp() * 1_000_000)
        finished = None if ended is None else round(ended.timestamp() * 1_000_000)
        origin = kind = code = message = None
        if run.error_message or run.error_class or run.error_code or run.error_origin:
            origin, kind, code, message = _error(run, texts)
        facts = (
            integration_id,
            source_id,
            texts[run.job],
            external_id
            if len(external_id) <= NAME_LENGTH and external_id.isprintable()
            else clean_name(external_id),
            status,
            run.attempt,
            duration,
            texts[trigger] if trigger else None,
            read if read is None or -most < read < most else None,
            written if written is None or -most < written < most else None,
            skipped if skipped is None or -most < skipped < most else None,
            failed if failed is None or -most < failed < most else None,
            size if size is None or -most < size < most else None,
            origin,
            kind,
            code,
            message,
            clean(url, URL_LENGTH) if url else None,
        )
        if status in OPEN_CODES:
            yield (*facts, started, finished, now, now)
        elif finished is not None and finished <= latest:
            took = None if started is None else finished - started
            yield facts + (finished, 0, took, now - finished, None)  # noqa: RUF005 - unpacking is slower
        else:
            yield ended_row(facts, started, finished, now)


def _error(run: SyncRun, texts: Mapping[str, int]) -> tuple[Value, Value, Value, Value]:
    return (
        None if run.error_origin is None else ORIGIN_CODE[run.error_origin],
        None if run.error_class is None else CLASS_CODE[run.error_class],
        texts[run.error_code] if run.error_code else None,
        clean(run.error_message, MESSAGE_LENGTH) if run.error_message else None,
    )


def _micros(seconds: float) -> int | None:
    return round(seconds * 1_000_000) if -1e9 < seconds < 1e9 else None


def ended_row(facts: Row, started: int | None, finished: int | None, now: int) -> Row:
    """An ended row (columns ENDED) of these facts and instants (µs), first seen now.

    Now is also when a run is counted that says it ended later, or that says no time at all.
    """
    duration = facts[DURATION]
    if finished is not None:
        at, timing = finished, Timing.FINISHED.value
    elif started is None:
        at, timing = now, Timing.FIRST_SEEN.value
    elif isinstance(duration, int):
        at, timing = started + duration, Timing.STARTED_PLUS_DURATION.value
    else:
        at, timing = started, Timing.STARTED.value
    if at > now + _CLOCKS_DIFFER:
        at, timing = now, Timing.FIRST_SEEN.value if finished is None else finished - now
    return (*facts, at, timing, None if started is None else at - started, now - at, None)


def counted_again(row: Row, old: Row) -> Row:
    """An ended row for the place of an old one: it stays where that was counted, if that was not by its times.

    Unless it tells other times than the old one did.
    """
    if int(old[TIMING]) < Timing.FIRST_SEEN or instants_of(row) != instants_of(old):  # type: ignore[arg-type]
        return row
    return (*row[:AT], *old[AT:SEEN], *row[SEEN:])


def open_row(facts: Row, started: int | None, finished: int | None, now: int) -> Row:
    """An open row (columns OPEN) of these facts and instants (µs), first seen now."""
    return (*facts, started, finished, now, now)


def is_open(row: Row) -> bool:
    """Whether a row's run has not ended: its columns are OPEN, otherwise ENDED."""
    return row[STATUS] in OPEN_CODES


def instants_of(row: Row) -> tuple[int | None, int | None]:
    """When the run of a row of either kind started and finished (µs)."""
    if is_open(row):
        return row[AT], row[AT + 1]  # type: ignore[return-value]
    at, timing = int(row[AT]), int(row[TIMING])  # type: ignore[arg-type]
    told = timing == Timing.FINISHED or timing >= TOLD_LATER
    return started_of(row), at + timing if told else None


def started_of(row: Row) -> int | None:
    """When an ended row's run started (µs)."""
    took = row[TOOK]
    return None if took is None else int(row[AT]) - int(took)  # type: ignore[arg-type]


def first_seen_of(row: Row) -> int:
    """When an ended row's run was first stored (µs)."""
    return int(row[AT]) + int(row[SEEN])  # type: ignore[arg-type]
