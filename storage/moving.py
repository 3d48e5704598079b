"""Moves stored rows of one source from an integration to another, with their rollups and causes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from storage import schema
from storage.codes import decode_histogram, encode_histogram
from storage.engine import Row
from storage.moving_failures import move_failed_records
from storage.recompute import read_rows
from storage.rollups import RUN_SUMS, RunTotals
from storage.run_rows import ENDED
from storage.writer_run_totals import write_run_totals
from storage.writing import Writing

_ROLLUPS = (
    (schema.run_hour, schema.run_hour_duration),
    (schema.run_day, schema.run_day_duration),
)
_BY_THEMSELVES = frozenset(
    table.name
    for table in (
        schema.sync_run,
        schema.failed_record,
        schema.route,
        *(table for pair in _ROLLUPS for table in pair),
    )
)


@dataclass(frozen=True, slots=True)
class Move:
    """What goes from one integration to another.

    by: the field that chooses, None for everything; value_ids: its chosen values (`text` ids);
    whole: nothing of the source stays behind, so that sums older than their raw rows go along.
    """

    source: int
    target: int
    by: str | None = None
    value_ids: Collection[int] = ()
    whole: bool = False

    def chosen(self, table: sa.Table, source_id: int) -> sa.ColumnElement[bool] | None:
        """The condition of the rows of a table that go; None where none of them do."""
        mine = sa.and_(table.c.integration_id == self.source, table.c.source_id == source_id)
        if self.by is None:
            return mine
        name = f"{self.by}_id"
        return sa.and_(mine, table.c[name].in_(list(self.value_ids))) if name in table.c else None


def move(writing: Writing, one: Move) -> None:
    """Move rows of the writing's source: runs, failed records, calls and whatever else has such a field."""
    _move_runs(writing, one)
    chosen = one.chosen(schema.failed_record, writing.source_id)
    if chosen is not None:
        move_failed_records(writing, chosen, one.target)
    for table in schema.metadata.sorted_tables:
        if table.name in _BY_THEMSELVES or not {"integration_id", "source_id"} <= set(table.c.keys()):
            continue
        condition = one.chosen(table, writing.source_id)
        if condition is not None:
            change = sa.update(table).where(condition).values(integration_id=one.target)
            writing.connection.execute(change)


def _move_runs(writing: Writing, one: Move) -> None:
    table = schema.sync_run
    chosen = one.chosen(table, writing.source_id)
    if chosen is None:
        return
    if one.whole:
        for counts, histograms in _ROLLUPS:
            _move_sums(writing, one, counts)
            _move_histograms(writing, one, histograms)
    else:
        came, went = RunTotals(), RunTotals()
        for rows in read_rows(
            writing.connection, sa.select(*(table.c[name] for name in ENDED)).where(chosen)
        ):
            came.add(rows)
            went.subtract(rows)
        source_id = writing.source_id
        write_run_totals(writing, {(one.source, source_id): went, (one.target, source_id): came})
    writing.connection.execute(sa.update(table).where(chosen).values(integration_id=one.target))


def _move_sums(writing: Writing, one: Move, table: sa.Table) -> None:
    mine = sa.and_(table.c.integration_id == one.source, table.c.source_id == writing.source_id)
    rows = [tuple(row) for row in writing.connection.execute(sa.select(table).where(mine))]
    writing.statements.add(writing.connection, table, RUN_SUMS, [(one.target, *row[1:]) for row in rows])
    writing.connection.execute(sa.delete(table).where(mine))


def _move_histograms(writing: Writing, one: Move, table: sa.Table) -> None:
    bucket = table.c[1]
    query = sa.select(bucket, table.c.histogram).where(table.c.source_id == writing.source_id)
    went = writing.connection.execute(query.where(table.c.integration_id == one.source)).all()
    stands = query.where(table.c.integration_id == one.target)
    there = {row[0]: row[1] for row in writing.connection.execute(stands)}
    rows: list[Row] = []
    for start, stored in went:
        histogram = decode_histogram(there.get(start))
        histogram.merge(decode_histogram(stored))
        rows.append((one.target, start, writing.source_id, encode_histogram(histogram)))
    writing.statements.put(writing.connection, table, rows)
    mine = sa.and_(table.c.integration_id == one.source, table.c.source_id == writing.source_id)
    writing.connection.execute(sa.delete(table).where(mine))
