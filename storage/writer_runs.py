"""Stores runs: one run is one row, open or ended, and its hours and days move with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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
    OPEN,
    OPEN_CODES,
    OPEN_CONTENT,
    STATUS,
    counted_again,
    first_seen_of,
    is_open,
    key_of,
    owner_of,
    rows_of,
)
from storage.run_words import joined, last_words, of_attempt, untold
from storage.writer_run_totals import Owner, write_run_totals
from storage.writing import Part, Tally, Writing

_MANY = 2_000
_ALL_OPEN = sa.select(schema.open_run.c.id, *(schema.open_run.c[name] for name in OPEN)).where(
    schema.open_run.c.source_id.in_(sa.bindparam("sources", expanding=True))
)
_FEW_OPEN = _ALL_OPEN.limit(_MANY)
_CHOSEN_OPEN = _ALL_OPEN.where(schema.open_run.c.external_id.in_(sa.bindparam("chosen", expanding=True)))


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


def write_runs(parts: Sequence[Part[SyncRun]]) -> None:
    """Store what is new or changed of these runs; the last word of a batch on a run holds."""
    parts = [one for one in parts if one.records]
    if not parts:
        return
    writing = parts[0].writing
    repeated = set().union(*(_repeated(one.records) for one in parts))
    texts = writing.texts.ids(writing.connection, repeated)
    arrived = [(one, _rows(one, texts)) for one in parts]
    latest = [last_words(one, rows) for one, rows in arrived]
    keys = [key for one in latest for key in one]
    ended = _by_key(writing.identity.find(writing.connection, keys))
    opened = _stored_open(writing, keys)
    changes = Changes()
    for (one, rows), words in zip(arrived, latest, strict=True):
        _compare(changes, one, rows, words, ended, opened)
    apply(writing, changes)


def _rows(part: Part[SyncRun], texts: Mapping[str, int]) -> list[Row]:
    writing = part.writing
    return rows_of(part.records, writing.integration_id, writing.source_id, texts, writing.now)


def _compare(
    changes: Changes,
    part: Part[SyncRun],
    rows: Sequence[Row],
    latest: dict[RunKey, Row],
    ended: Mapping[RunKey, Row],
    opened: Mapping[RunKey, Row],
) -> None:
    """What the last words of one batch change in what is stored."""
    known = (ended.keys() | opened.keys()) & latest.keys()
    silent = untold(part.records, rows) if known else frozenset()
    for key in known:
        row, old_ended, old_open = latest.pop(key), ended.get(key), opened.get(key)
        if key in silent:
            row = of_attempt(row, (old_ended or old_open or ())[1 + ATTEMPT])
        _meet(part.writing, changes, row, old_ended, old_open, part.mode, part.tally)
    _arrive(part.writing, changes, latest.values(), part.tally)


def _repeated(runs: Sequence[SyncRun]) -> set[str]:
    maybe = {run.trigger for run in runs} | {run.error_code for run in runs}
    return {run.job for run in runs} | {text for text in maybe if text}


def _stored_open(writing: Writing, keys: Sequence[RunKey]) -> dict[RunKey, Row]:
    """The rows (id, *OPEN) of open runs that these keys name."""
    mine = {"sources": sorted({source_id for source_id, _, _ in keys})}
    rows = writing.connection.execute(_FEW_OPEN, mine).all()
    if len(rows) < _MANY:
        return _by_key([tuple(row) for row in rows])
    external_ids, found = sorted({external_id for _, _, external_id in keys}), list[Row]()
    for start in range(0, len(external_ids), 500):
        chosen = {**mine, "chosen": external_ids[start : start + 500]}
        found += [tuple(row) for row in writing.connection.execute(_CHOSEN_OPEN, chosen)]
    return _by_key(found)


def _by_key(rows: Iterable[Row]) -> dict[RunKey, Row]:
    """Rows (id, …) by their identity."""
    return {key_of(row[1:]): row for row in rows}


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
    row = joined(row, old, mode, writing.now)
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
        writing.identity.add(connection, list(map(key_of, changes.new_ended)))
    totals: dict[Owner, RunTotals] = {}
    for rows, come in ((changes.before, False), (changes.after, True), (changes.new_ended, True)):
        for owner, mine in _by_owner(rows).items():
            one = totals.setdefault(owner, RunTotals())
            (one.add if come else one.subtract)(mine)
    write_run_totals(writing, totals)


def _by_owner(rows: list[Row]) -> dict[Owner, list[Row]]:
    owners: set[Owner] = set(map(owner_of, rows))
    if len(owners) == 1:  # as nearly always in a large batch
        return {owners.pop(): rows}
    found: dict[Owner, list[Row]] = {owner: [] for owner in owners}
    for row in rows:
        found[owner_of(row)].append(row)
    return found
