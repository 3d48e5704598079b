"""Stores runs: one run is one row, open or ended, and its hours and days move with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from operator import itemgetter

import sqlalchemy as sa

from core.records import BatchMode, RunStatus, SyncRun
from storage import schema
from storage.codes import STATUS_CODE
from storage.engine import Row, RunKey, Value
from storage.rollups import RunTotals
from storage.run_rows import (
    AT,
    ATTEMPT,
    ENDED,
    ENDED_CONTENT,
    ERRORS,
    EXTERNAL_ID,
    FACTS,
    JOB,
    OPEN,
    OPEN_CODES,
    OPEN_CONTENT,
    STATUS,
    TOLD_ONCE,
    counted_again,
    ended_row,
    first_seen_of,
    instants_of,
    is_open,
    open_row,
    rows_of,
)
from storage.writer_run_totals import write_run_totals
from storage.writing import Tally, Writing

_MANY = 2_000
_SUCCEEDED = STATUS_CODE[RunStatus.SUCCEEDED]
_ALL_OPEN = sa.select(schema.open_run.c.id, *(schema.open_run.c[name] for name in OPEN)).where(
    schema.open_run.c.source_id == sa.bindparam("source")
)
_FEW_OPEN = _ALL_OPEN.limit(_MANY)
_CHOSEN_OPEN = _ALL_OPEN.where(schema.open_run.c.external_id.in_(sa.bindparam("chosen", expanding=True)))

_key_of = itemgetter(JOB, EXTERNAL_ID)


@dataclass(slots=True)
class Changes:
    """What is to be done to the two tables; ids with the `at` of a row, for its partition."""

    new_open: list[Row] = field(default_factory=list)
    changed_open: list[Row] = field(default_factory=list)
    closed: list[Row] = field(default_factory=list)
    new_ended: list[Row] = field(default_factory=list)
    changed_ended: list[Row] = field(default_factory=list)
    reopened: list[Row] = field(default_factory=list)
    before: list[Row] = field(default_factory=list)
    after: list[Row] = field(default_factory=list)


def write_runs(writing: Writing, runs: Sequence[SyncRun], mode: BatchMode) -> Tally:
    """Store what is new or changed of these runs; the last word of a batch on a run holds."""
    tally = Tally()
    if not runs:
        return tally
    texts = writing.texts.ids(writing.connection, _repeated(runs))
    rows = rows_of(runs, writing.integration_id, writing.source_id, texts, writing.now)
    latest = _latest(writing, runs, rows, mode, tally)
    keys = list(latest)
    ended = _by_key(writing.identity.find(writing.connection, writing.source_id, keys))
    opened = _stored_open(writing, keys)
    known = (ended.keys() | opened.keys()) & latest.keys()
    changes = Changes()
    untold = _untold(runs, rows) if known else frozenset()
    for key in known:
        row, old_ended, old_open = latest.pop(key), ended.get(key), opened.get(key)
        if key in untold:
            row = _of_attempt(row, (old_ended or old_open or ())[1 + ATTEMPT])
        _meet(writing, changes, row, old_ended, old_open, mode, tally)
    _arrive(writing, changes, latest.values(), tally)
    apply(writing, changes)
    return tally


def _latest(
    writing: Writing, runs: Sequence[SyncRun], rows: Sequence[Row], mode: BatchMode, tally: Tally
) -> dict[RunKey, Row]:
    """The last word on each run, as a new row; of a later attempt, if there are several."""
    latest: dict[RunKey, Row] = dict(zip(map(_key_of, rows), rows, strict=True))
    if len(latest) == len(rows):
        return latest
    latest = {}
    for run, row in zip(runs, rows, strict=True):
        key: RunKey = _key_of(row)
        if key in latest:
            tally.duplicates += 1
            earlier = latest[key]
            if run.attempt is None:
                row = _of_attempt(row, earlier[ATTEMPT])
            if row[ATTEMPT] < earlier[ATTEMPT]:  # type: ignore[operator]
                continue
            row = _joined(row, earlier, mode, writing.now)
        latest[key] = row
    return latest


def _untold(runs: Sequence[SyncRun], rows: Sequence[Row]) -> Set[RunKey]:
    """The runs of which no line tells the attempt: they are of the one that is known."""
    told = {_key_of(row) for run, row in zip(runs, rows, strict=True) if run.attempt is not None}
    return {_key_of(row) for row in rows} - told if len(told) < len(rows) else frozenset()


def _of_attempt(row: Row, attempt: Value) -> Row:
    return row if row[ATTEMPT] == attempt else (*row[:ATTEMPT], attempt, *row[ATTEMPT + 1 :])


def _repeated(runs: Sequence[SyncRun]) -> set[str]:
    maybe = {run.trigger for run in runs} | {run.error_code for run in runs}
    return {run.job for run in runs} | {text for text in maybe if text}


def _joined(row: Row, earlier: Row, mode: BatchMode, now: int) -> Row:
    """In a log the line of a run's end need not repeat what the line of its start said, nor follow it."""
    if mode is not BatchMode.DELTA or row[ATTEMPT] != earlier[ATTEMPT]:
        return row
    if is_open(row) and not is_open(earlier):
        if _runs_again(row, earlier):
            return row
        row, earlier = earlier, row
    started, finished = instants_of(row)
    started = instants_of(earlier)[0] if started is None else started
    facts = list(row[: len(FACTS)])
    for place in TOLD_ONCE if row[STATUS] == _SUCCEEDED else (*TOLD_ONCE, *ERRORS):
        facts[place] = earlier[place] if facts[place] is None else facts[place]
    make = open_row if is_open(row) else ended_row
    return make(tuple(facts), started, finished, now)


def _runs_again(row: Row, ended: Row) -> bool:
    """Whether an open run began after the end that is known of it."""
    started, finished = instants_of(row)[0], instants_of(ended)[1]
    return started is not None and finished is not None and started > finished


def _stored_open(writing: Writing, keys: Sequence[RunKey]) -> dict[RunKey, Row]:
    """The rows (id, *OPEN) of open runs that these keys name."""
    first = writing.connection.execute(_FEW_OPEN, {"source": writing.source_id}).all()
    if len(first) < _MANY:
        return _by_key(tuple(row) for row in first)
    return _by_key(_named_open(writing, keys))


def _by_key(rows: Iterable[Row]) -> dict[RunKey, Row]:
    """Rows (id, …) by their identity within the source."""
    return {(row[1 + JOB], row[1 + EXTERNAL_ID]): row for row in rows}  # type: ignore[misc]


def _named_open(writing: Writing, keys: Sequence[RunKey]) -> Iterator[Row]:
    external_ids = sorted({external_id for _, external_id in keys})
    for start in range(0, len(external_ids), 500):
        chosen = {"source": writing.source_id, "chosen": external_ids[start : start + 500]}
        yield from (tuple(row) for row in writing.connection.execute(_CHOSEN_OPEN, chosen))


def _arrive(writing: Writing, changes: Changes, rows: Collection[Row], tally: Tally) -> None:
    """Runs not seen before."""
    taken = list(rows)
    if writing.horizon is not None:
        # `at` of an ended row and the start of an open one stand in the same place.
        taken = [row for row in rows if row[AT] is None or not writing.refuses(row[AT])]  # type: ignore[arg-type]
    ended = [row for row in taken if row[STATUS] not in OPEN_CODES]
    changes.new_ended += ended
    if len(ended) < len(taken):
        changes.new_open += [row for row in taken if row[STATUS] in OPEN_CODES]
    tally.stored += len(taken)
    tally.refused += len(rows) - len(taken)


def _meet(
    writing: Writing,
    changes: Changes,
    row: Row,
    old_ended: Row | None,
    old_open: Row | None,
    mode: BatchMode,
    tally: Tally,
) -> None:
    """A run that is stored already: change it only if it changed."""
    old = (old_ended or old_open or ())[1:]
    if row[ATTEMPT] < old[ATTEMPT]:  # type: ignore[operator]
        tally.duplicates += 1
        return
    row = _joined(row, old, mode, writing.now)
    if row[AT] is not None and writing.refuses(row[AT]):  # type: ignore[arg-type]
        tally.refused += 1
    elif (_stay_open if is_open(row) else _end)(writing, changes, row, old_ended, old_open):
        tally.stored += 1
    else:
        tally.duplicates += 1


def _stay_open(
    writing: Writing, changes: Changes, row: Row, old_ended: Row | None, old_open: Row | None
) -> bool:
    content = row[:OPEN_CONTENT]
    if old_ended is not None:
        old = old_ended[1:]
        changes.reopened.append((old_ended[0], old[AT]))
        changes.before.append(old)
        changes.new_open.append((*content, first_seen_of(old), writing.now))
        return True
    assert old_open is not None
    if content == old_open[1 : 1 + OPEN_CONTENT]:
        return False
    changes.changed_open.append((*content, old_open[-2], writing.now, old_open[0]))
    return True


def _end(writing: Writing, changes: Changes, row: Row, old_ended: Row | None, old_open: Row | None) -> bool:
    if old_ended is None:
        assert old_open is not None
        changes.closed.append((old_open[0],))
        changes.new_ended.append(_seen(row, old_open[-2], writing.now))  # type: ignore[arg-type]
        return True
    old = old_ended[1:]
    row = counted_again(row, old)
    if row[:ENDED_CONTENT] == old[:ENDED_CONTENT]:
        return False
    row = _seen(row, first_seen_of(old), writing.now)
    changes.before.append(old)
    changes.after.append(row)
    changes.changed_ended.append((*row, old_ended[0], old[AT]))
    return True


def _seen(row: Row, first_seen: int, now: int) -> Row:
    at: int = row[AT]  # type: ignore[assignment]
    return (*row[:ENDED_CONTENT], first_seen - at, now - at)


def apply(writing: Writing, changes: Changes) -> None:
    """Do it, and move the sums with it."""
    connection, statements = writing.connection, writing.statements
    statements.delete(connection, schema.open_run, ("id",), changes.closed)
    statements.delete(connection, schema.sync_run, ("id", "at"), changes.reopened)
    statements.update(connection, schema.open_run, OPEN, ("id",), changes.changed_open)
    statements.update(connection, schema.sync_run, ENDED, ("id", "at"), changes.changed_ended)
    statements.insert(connection, schema.open_run, OPEN, changes.new_open)
    if changes.new_ended:
        statements.insert(connection, schema.sync_run, ENDED, changes.new_ended)
        writing.identity.add(connection, writing.source_id, list(map(_key_of, changes.new_ended)))
    totals: dict[int, RunTotals] = {}
    moved = [(changes.before, False), (changes.after, True), (changes.new_ended, True)]
    for rows, come in moved:
        for integration_id in {row[0] for row in rows}:
            mine = totals.setdefault(integration_id, RunTotals())  # type: ignore[arg-type]
            chosen = [row for row in rows if row[0] == integration_id]
            (mine.add if come else mine.subtract)(chosen)
    for integration_id, one in totals.items():
        write_run_totals(writing, one, integration_id)
