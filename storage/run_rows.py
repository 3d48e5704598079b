"""A run as the tuple that is stored, and what of it counts: pure, and tuned, for logs hold millions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import repeat
from operator import itemgetter
from typing import TypeVar

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
key_of = itemgetter(FACTS.index("source_id"), FACTS.index("job_id"), EXTERNAL_ID)
"""The identity (`storage.engine.RunKey`) of the run of a row."""

owner_of = itemgetter(FACTS.index("integration_id"), FACTS.index("source_id"))
"""Whose run a row's is: (integration id, source id)."""

TOLD_ONCE = tuple(
    FACTS.index(name)
    for name in (
        "trigger_id",
        "records_read",
        "records_written",
        "records_skipped",
        "records_failed",
        "bytes",
        "url",
    )
)
"""What a later line about a run need not say again."""

ERRORS = tuple(
    FACTS.index(name) for name in ("error_origin", "error_class", "error_code_id", "error_message")
)
DURATION, READ = FACTS.index("duration"), FACTS.index("records_read")
AT, TIMING, TOOK, SEEN = len(FACTS), len(FACTS) + 1, len(FACTS) + 2, len(FACTS) + 3

_Word = TypeVar("_Word", bound=StrEnum)

OPEN_CODES = frozenset({1, 2})
_CLOCKS_DIFFER = CLOCKS_DIFFER // timedelta(microseconds=1)

LARGEST = 10**15
"""A count above this is not a count: it is stored as not known."""


def rows_of(
    runs: Sequence[SyncRun], integration_id: int, source_id: int, texts: Mapping[str, int], now: int
) -> list[Row]:
    """Each run as a new row, first seen now (µs): columns OPEN while it is open, else ENDED.

    A run that tells no attempt stands as its first.
    Column by column: a loop over the runs would double the time.
    """
    status = [STATUS_CODE[run.status] for run in runs]
    facts: tuple[Iterable[Value], ...] = (
        repeat(integration_id, len(runs)),
        repeat(source_id, len(runs)),
        [texts[run.job] for run in runs],
        _names([run.external_id for run in runs]),
        status,
        [run.attempt or 1 for run in runs],
        _durations([run.duration_seconds for run in runs]),
        _ids([run.trigger for run in runs], texts),
        _counts([run.records_read for run in runs]),
        _counts([run.records_written for run in runs]),
        _counts([run.records_skipped for run in runs]),
        _counts([run.records_failed for run in runs]),
        _counts([run.bytes for run in runs]),
        _codes([run.error_origin for run in runs], ORIGIN_CODE),
        _codes([run.error_class for run in runs], CLASS_CODE),
        _ids([run.error_code for run in runs], texts),
        _cut([run.error_message for run in runs], MESSAGE_LENGTH),
        _cut([run.url for run in runs], URL_LENGTH),
    )
    started = _instants([run.started_at for run in runs])
    finished = _instants([run.finished_at for run in runs])
    if OPEN_CODES.isdisjoint(status) and _all_past(finished, now):
        return _finished_rows(facts, started, finished, now)  # type: ignore[arg-type]
    return [
        open_row(row, start, end, now) if row[STATUS] in OPEN_CODES else ended_row(row, start, end, now)
        for row, start, end in zip(zip(*facts, strict=True), started, finished, strict=True)
    ]


def _finished_rows(
    facts: tuple[Iterable[Value], ...], started: Sequence[int | None], finished: Sequence[int], now: int
) -> list[Row]:
    """What `ended_row` makes of each, at once: of runs that ended, at a known time of the past."""
    took = [None if start is None else end - start for start, end in zip(started, finished, strict=True)]
    seen = [now - end for end in finished]
    many = len(finished)
    return list(zip(*facts, finished, repeat(0, many), took, seen, repeat(None, many), strict=True))


def _all_past(finished: Sequence[int | None], now: int) -> bool:
    return None not in finished and max(finished, default=now) <= now + _CLOCKS_DIFFER  # type: ignore[operator, type-var]


def _all_none(column: Sequence[object]) -> bool:
    return column.count(None) == len(column)


def _names(column: list[str]) -> Sequence[Value]:
    return [one if len(one) <= NAME_LENGTH and one.isprintable() else clean_name(one) for one in column]


def _ids(column: list[str | None], texts: Mapping[str, int]) -> Sequence[Value]:
    if _all_none(column):
        return column
    return [texts[one] if one else None for one in column]


def _cut(column: list[str | None], length: int) -> Sequence[Value]:
    if _all_none(column):
        return column
    return [clean(one, length) if one else None for one in column]


def _counts(column: list[int | None]) -> Sequence[Value]:
    if _all_none(column):
        return column
    most = LARGEST
    return [one if one is None or -most < one < most else None for one in column]


def _codes(column: Sequence[_Word | None], codes: Mapping[_Word, int]) -> Sequence[Value]:
    if _all_none(column):
        return [None] * len(column)
    return [None if one is None else codes[one] for one in column]


def _durations(column: list[float | None]) -> Sequence[Value]:
    if _all_none(column):
        return column
    return [None if one is None else _micros(one) for one in column]


def _instants(column: list[datetime | None]) -> list[int | None]:
    return [None if at is None else round(at.timestamp() * 1_000_000) for at in column]


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
