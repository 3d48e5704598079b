"""Stores runs: one run is one row, open or ended, and its hours and days move with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa

from core.records import BatchMode, SyncRun
from storage import schema
from storage.engine import Row, RunKey
from storage.rollups import RunTotals
from storage.run_rows import (
    AT,
    ATTEMPT,
    ENDED,
    ENDED_CONTENT,
    EXTERNAL_ID,
    FACTS,
    JOB,
    OPEN,
    OPEN_CODES,
    OPEN_CONTENT,
    STATUS,
    TIMING,
    TRIGGER,
    URL,
    ended_row,
    facts_row,
    first_seen_of,
    started_of,
)
from storage.writer_run_totals import write_run_totals
from storage.writing import Tally, Writing

_MANY = 2_000


class Incoming(NamedTuple):
    """The last word of a batch on one run: its columns FACTS, and its instants (µs)."""

    facts: Row
    started: int | None
    finished: int | None


@dataclass(slots=True)
class _Changes:
    """What is to be done to the two tables; ids with the `at` of a row, for its partition."""

    new_open: list[Row] = field(default_factory=list)
    changed_open: list[Row] = field(default_factory=list)
    closed: list[tuple[int]] = field(default_factory=list)
    new_ended: list[Row] = field(default_factory=list)
    changed_ended: list[Row] = field(default_factory=list)
    reopened: list[tuple[int, int]] = field(default_factory=list)
    before: list[Row] = field(default_factory=list)
    after: list[Row] = field(default_factory=list)


def write_runs(writing: Writing, runs: Sequence[SyncRun], mode: BatchMode) -> Tally:
    """Store what is new or changed of these runs; the last word of a batch on a run holds."""
    tally = Tally()
    latest = _latest(writing, runs, mode, tally)
    keys = list(latest)
    ended = {
        (row[1 + JOB], row[1 + EXTERNAL_ID]): row
        for row in writing.identity.find(writing.connection, writing.source_id, keys)
    }
    opened = _stored_open(writing, keys)
    changes = _Changes()
    for key, incoming in latest.items():
        old_ended, old_open = ended.get(key), opened.get(key)
        if old_ended is None and old_open is None:
            _arrive(writing, changes, incoming, tally)
        else:
            _meet(writing, changes, incoming, old_ended, old_open, mode, tally)
    _apply(writing, changes)
    return tally


def _latest(
    writing: Writing, runs: Sequence[SyncRun], mode: BatchMode, tally: Tally
) -> dict[RunKey, Incoming]:
    """The last word on each run; of a later attempt, if there are several."""
    texts = writing.texts.ids(writing.connection, _repeated(runs))
    integration_id, source_id = writing.integration_id, writing.source_id
    latest: dict[RunKey, Incoming] = {}
    for run in runs:
        facts = facts_row(run, integration_id, source_id, texts)
        started, finished = run.started_at, run.finished_at
        incoming = Incoming(
            facts,
            None if started is None else round(started.timestamp() * 1_000_000),
            None if finished is None else round(finished.timestamp() * 1_000_000),
        )
        key: RunKey = (facts[JOB], facts[EXTERNAL_ID])  # type: ignore[assignment]
        earlier = latest.get(key)
        if earlier is not None:
            tally.duplicates += 1
            if run.attempt < earlier.facts[ATTEMPT]:  # type: ignore[operator]
                continue
            incoming = _joined(incoming, earlier.facts, earlier.started, mode)
        latest[key] = incoming
    return latest


def _repeated(runs: Sequence[SyncRun]) -> set[str]:
    found = {run.job for run in runs}
    found.update(run.trigger for run in runs if run.trigger)
    found.update(run.error_code for run in runs if run.error_code)
    return found


def _joined(incoming: Incoming, earlier: Row, started: int | None, mode: BatchMode) -> Incoming:
    """In a log the line of a run's end need not repeat what the line of its start said."""
    facts = incoming.facts
    if mode is not BatchMode.DELTA or facts[ATTEMPT] != earlier[ATTEMPT]:
        return incoming
    if incoming.started is not None:
        started = incoming.started
    if facts[TRIGGER] is None or facts[URL] is None:
        columns = list(facts)
        for place in (TRIGGER, URL):
            columns[place] = facts[place] if facts[place] is not None else earlier[place]
        facts = tuple(columns)
    return Incoming(facts, started, incoming.finished)


def _stored_open(writing: Writing, keys: Sequence[RunKey]) -> dict[RunKey, Row]:
    """The rows (id, *OPEN) of open runs that these keys name."""
    table = schema.open_run
    query = sa.select(table.c.id, *(table.c[name] for name in OPEN)).where(
        table.c.source_id == writing.source_id
    )
    first = writing.connection.execute(query.limit(_MANY)).all()
    if len(first) < _MANY:
        return {(row[1 + JOB], row[1 + EXTERNAL_ID]): tuple(row) for row in first}
    return {(row[1 + JOB], row[1 + EXTERNAL_ID]): row for row in _named_open(writing, query, keys)}


def _named_open(writing: Writing, query: sa.Select[tuple[int]], keys: Sequence[RunKey]) -> Iterator[Row]:
    external_ids = sorted({external_id for _, external_id in keys})
    for start in range(0, len(external_ids), 500):
        chosen = schema.open_run.c.external_id.in_(external_ids[start : start + 500])
        yield from (tuple(row) for row in writing.connection.execute(query.where(chosen)))


def _arrive(writing: Writing, changes: _Changes, incoming: Incoming, tally: Tally) -> None:
    """A run not seen before."""
    facts, started, finished = incoming
    now = writing.now
    if facts[STATUS] in OPEN_CODES:
        if started is not None and writing.refuses(started):
            tally.refused += 1
            return
        changes.new_open.append((*facts, started, finished, now, now))
    else:
        row = ended_row(facts, started, finished, now)
        if writing.refuses(row[AT]):  # type: ignore[arg-type]
            tally.refused += 1
            return
        changes.new_ended.append(row)
    tally.stored += 1


def _meet(
    writing: Writing,
    changes: _Changes,
    incoming: Incoming,
    old_ended: Row | None,
    old_open: Row | None,
    mode: BatchMode,
    tally: Tally,
) -> None:
    """A run that is stored already: change it only if it changed."""
    old = old_ended[1:] if old_ended is not None else (old_open or ())[1:]
    if incoming.facts[ATTEMPT] < old[ATTEMPT]:  # type: ignore[operator]
        tally.duplicates += 1
        return
    started = started_of(old) if old_ended is not None else old[len(FACTS)]
    incoming = _joined(incoming, old, started, mode)  # type: ignore[arg-type]
    if incoming.facts[STATUS] in OPEN_CODES:
        changed = _stay_open(writing, changes, incoming, old_ended, old_open)
    else:
        changed = _end(writing, changes, incoming, old_ended, old_open, tally)
    if changed:
        tally.stored += 1
    else:
        tally.duplicates += 1


def _stay_open(
    writing: Writing, changes: _Changes, incoming: Incoming, old_ended: Row | None, old_open: Row | None
) -> bool:
    content = (*incoming.facts, incoming.started, incoming.finished)
    if old_ended is not None:
        old = old_ended[1:]
        changes.reopened.append((old_ended[0], old[AT]))  # type: ignore[arg-type]
        changes.before.append(old)
        changes.new_open.append((*content, first_seen_of(old), writing.now))
        return True
    assert old_open is not None
    if content == old_open[1 : 1 + OPEN_CONTENT]:
        return False
    changes.changed_open.append((*content, old_open[-2], writing.now, old_open[0]))
    return True


def _end(
    writing: Writing,
    changes: _Changes,
    incoming: Incoming,
    old_ended: Row | None,
    old_open: Row | None,
    tally: Tally,
) -> bool:
    row = ended_row(*incoming, writing.now)
    if writing.refuses(row[AT]):  # type: ignore[arg-type]
        tally.refused, tally.duplicates = tally.refused + 1, tally.duplicates - 1
        return False
    if old_ended is None:
        assert old_open is not None
        changes.closed.append((old_open[0],))  # type: ignore[arg-type]
        changes.new_ended.append(_seen(row, old_open[-2], writing.now))  # type: ignore[arg-type]
        return True
    old = old_ended[1:]
    if row[TIMING] == old[TIMING] == 3:
        row = (*row[:AT], old[AT], *row[TIMING:])
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


def _apply(writing: Writing, changes: _Changes) -> None:
    connection, statements = writing.connection, writing.statements
    statements.delete(connection, schema.open_run, ("id",), changes.closed)
    statements.delete(connection, schema.sync_run, ("id", "at"), changes.reopened)
    statements.update(connection, schema.open_run, OPEN, ("id",), changes.changed_open)
    statements.update(connection, schema.sync_run, ENDED, ("id", "at"), changes.changed_ended)
    statements.insert(connection, schema.open_run, OPEN, changes.new_open)
    if changes.new_ended:
        statements.insert(connection, schema.sync_run, ENDED, changes.new_ended)
        added = [(row[JOB], row[EXTERNAL_ID]) for row in changes.new_ended]
        writing.identity.add(connection, writing.source_id, added)  # type: ignore[arg-type]
    totals: dict[int, RunTotals] = {}
    moved = [(changes.before, False), (changes.after, True), (changes.new_ended, True)]
    for rows, come in moved:
        for integration_id in {row[0] for row in rows}:
            mine = totals.setdefault(integration_id, RunTotals())  # type: ignore[arg-type]
            chosen = [row for row in rows if row[0] == integration_id]
            (mine.add if come else mine.subtract)(chosen)
    for integration_id, one in totals.items():
        write_run_totals(writing, one, integration_id)
