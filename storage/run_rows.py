"""A run as the tuple that is stored, and what of it counts: pure, and tuned, for logs hold millions."""

from __future__ import annotations

from collections.abc import Mapping

from core.records import SyncRun
from storage.codes import CLASS_CODE, ORIGIN_CODE, STATUS_CODE, Timing
from storage.dictionary import MESSAGE_LENGTH, URL_LENGTH, clean, clean_name
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
LARGEST = 10**15
"""A count above this is not a count: it is stored as not known."""


def _count(value: int | None) -> int | None:
    return value if value is None or -LARGEST < value < LARGEST else None


def _text(value: str | None, length: int) -> str | None:
    return clean(value, length) if value else None


def facts_row(run: SyncRun, integration_id: int, source_id: int, texts: Mapping[str, int]) -> Row:
    """The columns of FACTS."""
    duration = run.duration_seconds
    problem: tuple[Value, ...] = (None, None, None, None)
    if run.error_class is not None or run.error_message or run.error_code or run.error_origin is not None:
        problem = (
            None if run.error_origin is None else ORIGIN_CODE[run.error_origin],
            None if run.error_class is None else CLASS_CODE[run.error_class],
            texts[run.error_code] if run.error_code else None,
            _text(run.error_message, MESSAGE_LENGTH),
        )
    return (
        integration_id,
        source_id,
        texts[run.job],
        clean_name(run.external_id),
        STATUS_CODE[run.status],
        run.attempt,
        None if duration is None else _micros(duration),
        texts[run.trigger] if run.trigger else None,
        _count(run.records_read),
        _count(run.records_written),
        _count(run.records_skipped),
        _count(run.records_failed),
        _count(run.bytes),
        *problem,
        _text(run.url, URL_LENGTH) if run.url else None,
    )


def _micros(seconds: float) -> int | None:
    return round(seconds * 1_000_000) if -1e9 < seconds < 1e9 else None


def ended_row(facts: Row, started: int | None, finished: int | None, now: int) -> Row:
    """A new ended row (columns ENDED), first seen now (µs)."""
    duration = facts[DURATION]
    took: int | None
    if finished is not None:
        at, timing, took = finished, 0, None if started is None else finished - started
    elif started is None:
        at, timing, took = now, Timing.FIRST_SEEN.value, None
    elif isinstance(duration, int):
        at, timing, took = started + duration, Timing.STARTED_PLUS_DURATION.value, duration
    else:
        at, timing, took = started, Timing.STARTED.value, 0
    return (*facts, at, timing, took, now - at, None)


def started_of(row: Row) -> int | None:
    """When an ended row's run started (µs)."""
    took = row[TOOK]
    return None if took is None else int(row[AT]) - int(took)  # type: ignore[arg-type]


def first_seen_of(row: Row) -> int:
    """When an ended row's run was first stored (µs)."""
    return int(row[AT]) + int(row[SEEN])  # type: ignore[arg-type]


def seconds_of(duration: Value, timing: Value, took: Value) -> float | None:
    """How long an ended run took: as its source told, else finish less start; None if unknown."""
    micros = duration if duration is not None else took if timing == 0 else None
    return None if micros is None else max(int(micros), 0) / 1_000_000
