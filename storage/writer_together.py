"""Stores the batches of several sources in one transaction, table by table instead of batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from core.clock import to_micros
from core.errors import CursorMoved, StorageError
from storage.keys import Brought, SourceKey, Written
from storage.statements import Statements
from storage.writer_batch import (
    SourceRow,
    Step,
    advance,
    check_revision,
    locked_sources,
    not_configured,
    write_batch,
    write_own,
)
from storage.writer_opening import Opening

Open = Callable[[], Opening]
"""Looks up what the writings of the transaction at hand share."""

Stored = tuple[list[Written | Exception], dict[SourceKey, SourceRow]]
"""What became of each batch, in their order, and the rows of their sources, as far as they are known."""


class Entry(NamedTuple):
    """A batch on its way in. cursor: its JSON."""

    brought: Brought
    cursor: str


def write_together(
    connection: sa.Connection, statements: Statements, begin: Open, entries: Sequence[Entry]
) -> Stored:
    """Store the batches.

    One that is overtaken, or whose source is not configured, is answered with its error and touches
    nothing. Any other error is raised: the transaction has to be undone, for it is not known whose it is.
    """
    answers: dict[int, Written | Exception] = {}
    known: dict[SourceKey, SourceRow] = {}
    for turn in _turns(entries):
        rows = locked_sources(connection, (entries[place].brought.source for place in turn))
        known |= rows
        admitted: list[tuple[int, SourceRow]] = []
        for place in turn:
            found = _admitted(rows, entries[place].brought)
            if isinstance(found, SourceRow):
                admitted.append((place, found))
            else:
                answers[place] = found
        written = _write(connection, statements, begin, [(row, entries[place]) for place, row in admitted])
        answers.update(zip((place for place, _ in admitted), written, strict=True))
    return [answers[place] for place in range(len(entries))], known


def at_fault(entries: Sequence[Entry], answers: Sequence[Written | Exception]) -> list[str]:
    """Whose batches broke those beside them: what is overtaken or not configured breaks nothing."""
    return [
        str(entry.brought.source)
        for entry, answer in zip(entries, answers, strict=True)
        if not isinstance(answer, Written | CursorMoved | StorageError)
    ]


def _turns(entries: Sequence[Entry]) -> Iterator[list[int]]:
    """The places of the entries, in their order, in turns in which no source comes twice."""
    turn: list[int] = []
    seen: set[SourceKey] = set()
    for place, entry in enumerate(entries):
        if entry.brought.source in seen:
            yield turn
            turn, seen = [], set()
        turn.append(place)
        seen.add(entry.brought.source)
    if turn:
        yield turn


def _admitted(rows: dict[SourceKey, SourceRow], brought: Brought) -> SourceRow | Exception:
    row = rows.get(brought.source)
    if row is None:
        return not_configured(brought.source)
    try:
        check_revision(row, brought.source, brought.revision)
    except CursorMoved as error:
        return error
    return row


def _write(
    connection: sa.Connection,
    statements: Statements,
    begin: Open,
    entries: Sequence[tuple[SourceRow, Entry]],
) -> list[Written]:
    """Move the cursors and store the records; those of a shared source take a way of their own."""
    if not entries:
        return []
    opening = begin()
    steps = [Step(row, one.brought.batch, one.cursor, to_micros(one.brought.now)) for row, one in entries]
    advance(connection, statements, steps)
    opened = [
        (row, opening(row.integration_id, row.id, one.brought.now, one.brought.horizon), one.brought.batch)
        for row, one in entries
    ]
    own = iter(write_own([(writing, row, batch) for row, writing, batch in opened if row.route is None]))
    return [
        (next(own) if row.route is None else write_batch(writing, row, batch))._replace(
            revision=row.revision + 1
        )
        for row, writing, batch in opened
    ]
