"""A large batch is stored as the same records one by one would be, only faster."""

from __future__ import annotations

import gc
from itertools import product

import pytest
import sqlalchemy as sa

from core.clock import to_micros
from core.errors import CursorMoved
from core.records import Batch, RunStatus, SyncRun
from storage import schema
from storage.collecting import MANY_RECORDS, collection_held
from storage.engine import Row
from storage.engines.sqlite import MANY_ROWS
from storage.run_rows import ENDED, OPEN, is_open, rows_of
from storage.store import Store
from storage.writer import Writer
from tests.storage.storage_samples import CRM, NOW, configuration, run

TEXTS = {"sync": 1, "cron": 2}


def _mixed() -> list[SyncRun]:
    """Runs of every status, with and without their times, duration, trigger and counts."""
    choices = product(RunStatus, (None, 30.0), (None, 20.0), (None, "cron"), (None, 10**16, 7))
    return [
        run(
            f"run {number}", status.value, started=started, finished=finished, trigger=trigger,
            records_read=read, error_message="no manager" if number % 5 == 0 else None,
        )
        for number, (status, started, finished, trigger, read) in enumerate(choices)
    ]  # fmt: skip


def test_the_rows_of_many_runs_are_those_of_each_run() -> None:
    """Ended, open and timeless runs in one batch make the rows that each makes alone."""
    runs = _mixed()
    alone = [row for one in runs for row in rows_of([one], 3, 4, TEXTS, to_micros(NOW))]
    assert rows_of(runs, 3, 4, TEXTS, to_micros(NOW)) == alone
    assert {len(row) for row in alone if is_open(row)} == {len(OPEN)}
    assert {len(row) for row in alone if not is_open(row)} == {len(ENDED)}


@pytest.mark.parametrize("many", [1, MANY_ROWS - 1, MANY_ROWS, 1_013])
@pytest.mark.parametrize("alike", [True, False], ids=["all alike", "all different"])
def test_rows_read_back_as_they_were_added(store: Store, many: int, alike: bool) -> None:
    """Columns in which all rows have one number, one text or NULL are stored like the others."""
    same, at_once = "same" if alike else None, to_micros(NOW)
    rows: list[Row] = [
        (
            1,
            1,
            1,
            same or f"run {number}",
            3,
            1,
            *[None] * 12,
            at_once + (0 if alike else number),
            0,
            None,
            5,
            None,
        )
        for number in range(many)
    ]
    Writer(store).configure(configuration(), NOW)
    store.prepare(schema.sync_run, {to_micros(NOW)})
    insert = Writer(store)._statements.insert
    store.transact(lambda connection: insert(connection, schema.sync_run, ENDED, rows))
    with store.read() as connection:
        table = schema.sync_run
        query = sa.select(*(table.c[name] for name in ENDED)).order_by(table.c.id)
        assert [tuple(row) for row in connection.execute(query)] == rows


def test_collection_waits_for_a_large_batch_only() -> None:
    """The collector is off while many records are stored, also within another batch, then on again."""
    with collection_held(MANY_RECORDS - 1):
        assert gc.isenabled()
    with collection_held(MANY_RECORDS):
        with collection_held(MANY_RECORDS):
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collection_goes_on_after_a_refused_batch(store: Store) -> None:
    """A write that fails leaves the collector as it found it."""
    writer = Writer(store)
    writer.configure(configuration(), NOW)
    runs = [run(f"run {number}", finished=10) for number in range(MANY_RECORDS)]
    with pytest.raises(CursorMoved, match="another worker"):
        writer.write(CRM, Batch(cursor={}, runs=runs), revision=7, now=NOW, horizon=None)
    assert gc.isenabled()
