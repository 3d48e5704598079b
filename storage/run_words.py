"""What several words on one run say together: the last holds, and a log's lines complete each other (pure)."""

from __future__ import annotations

from collections.abc import Sequence, Set

from core.records import BatchMode, RunStatus, SyncRun
from storage.codes import STATUS_CODE
from storage.engine import Row, RunKey, Value
from storage.run_rows import (
    ATTEMPT,
    DURATION,
    ERRORS,
    FACTS,
    STATUS,
    TOLD_ONCE,
    ended_row,
    instants_of,
    is_open,
    key_of,
    open_row,
)
from storage.writing import Part

_SUCCEEDED = STATUS_CODE[RunStatus.SUCCEEDED]


def last_words(part: Part[SyncRun], rows: Sequence[Row]) -> dict[RunKey, Row]:
    """The last word on each run, as a new row; of a later attempt, if there are several."""
    latest: dict[RunKey, Row] = dict(zip(map(key_of, rows), rows, strict=True))
    if len(latest) == len(rows):
        return latest
    latest = {}
    for run, row in zip(part.records, rows, strict=True):
        key: RunKey = key_of(row)
        if key in latest:
            part.tally.duplicates += 1
            earlier = latest[key]
            if run.attempt is None:
                row = of_attempt(row, earlier[ATTEMPT])
            if row[ATTEMPT] < earlier[ATTEMPT]:  # type: ignore[operator]
                continue
            row = joined(row, earlier, part.mode, part.writing.now)
        latest[key] = row
    return latest


def untold(runs: Sequence[SyncRun], rows: Sequence[Row]) -> Set[RunKey]:
    """The runs of which no line tells the attempt: they are of the one that is known."""
    told = {key_of(row) for run, row in zip(runs, rows, strict=True) if run.attempt is not None}
    return {key_of(row) for row in rows} - told if len(told) < len(rows) else frozenset()


def of_attempt(row: Row, attempt: Value) -> Row:
    """The row as a word on this attempt."""
    return row if row[ATTEMPT] == attempt else (*row[:ATTEMPT], attempt, *row[ATTEMPT + 1 :])


def joined(row: Row, earlier: Row, mode: BatchMode, now: int) -> Row:
    """In a log the line of a run's end need not repeat what the line of its start said, nor follow it."""
    if mode is not BatchMode.DELTA or row[ATTEMPT] != earlier[ATTEMPT]:
        return row
    if is_open(row) and not is_open(earlier):
        if _runs_again(row, earlier):
            return row
        row, earlier = earlier, row
    (started, finished), (began, ended) = instants_of(row), instants_of(earlier)
    places = TOLD_ONCE if row[STATUS] == _SUCCEEDED else (*TOLD_ONCE, *ERRORS)
    if not is_open(earlier) and (started is None or ended is None or started <= ended):
        finished = ended if finished is None else finished
        places = (*places, DURATION)
    started = began if started is None else started
    facts = list(row[: len(FACTS)])
    for place in places:
        facts[place] = earlier[place] if facts[place] is None else facts[place]
    make = open_row if is_open(row) else ended_row
    return make(tuple(facts), started, finished, now)


def _runs_again(row: Row, ended: Row) -> bool:
    """Whether an open run began after the end that is known of it."""
    started, finished = instants_of(row)[0], instants_of(ended)[1]
    return started is not None and finished is not None and started > finished
