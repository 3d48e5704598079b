"""Measures a page deep in each long list, which must cost no more than the first one, and a search."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from benchmarks.measure import NOW, Measured
from benchmarks.storing import KEY, opened
from core.records import Batch, BatchMode, ErrorClass, FailedRecord
from storage import queries, schema
from storage.queries.page import Key
from storage.store import Store

T = TypeVar("T")

RECORDS, CAUSES = 100_000, 10_000
_BATCH = 10_000


def deep_pages(folder: Path, large: Store, rows: int) -> Measured:
    """The 50 rows in the middle: of one integration's and of all runs, of failed records, of causes."""
    small = _with_failures(folder / "failures.db")
    with large.read() as runs, small.read() as failures:
        middle = _middle(runs, schema.sync_run, "at")
        of_one = runs.execute(
            sa.select(schema.integration.c.key).limit(1).where(schema.integration.c.id == 7)
        ).scalar_one()
        one, every = (
            _cpu(lambda: queries.runs(runs, integration=of_one, after=middle)),
            _cpu(lambda: queries.runs(runs, after=middle)),
        )
        record = _middle(failures, schema.failed_record, "occurred_at")
        records = _cpu(lambda: queries.failed_records(failures, after=record))
        cause = _middle(failures, schema.error_group, "last_seen_at")
        groups = _cpu(lambda: queries.error_groups(failures, after=cause))
    small.close()
    found = (
        f"ms of CPU: runs of one integration {one:.2f}, all runs {every:.2f} ({rows:,} stored); "
        f"failed records {records:.2f} ({RECORDS:,}), causes {groups:.2f} ({CAUSES:,})"
    )
    return Measured(
        "a page of 50 in the middle of a list", "≤ 1 ms", found, max(one, every, records, groups) <= 1
    )


def search(folder: Path) -> Measured:
    """The newest records of one cause among all, found by its text, and of a word that a thousand causes have.

    A cause's records are found by its index, so what counts is how many causes there are.
    """
    store = _with_failures(folder / "search.db")
    with store.read() as connection:
        one = _cpu(lambda: queries.failed_records(connection, search="field 777 is", limit=RECORDS // CAUSES))
        many = _cpu(lambda: queries.failed_records(connection, search="field 7"))
    store.close()
    found = f"{one:.1f} ms of CPU for one cause of {CAUSES:,}, {many:.1f} ms for a word in a tenth of them"
    return Measured("search of failed records", "≤ 5 ms over 10 million", found, one <= 5)


def _with_failures(path: Path) -> Store:
    store, writer = opened(path)
    for number in range(RECORDS // _BATCH):
        records = [
            FailedRecord(
                record_key=f"employee-{index}",
                occurred_at=NOW - timedelta(seconds=RECORDS - index),
                entity="user",
                error_class=ErrorClass.VALIDATION,
                error_message=f"field {index % CAUSES} is not valid",
                fingerprint=f"cause {index % CAUSES}",
                payload='{"employee_id": "1", "department": "Sales"}',
            )
            for index in range(number * _BATCH, (number + 1) * _BATCH)
        ]
        batch = Batch(cursor={}, mode=BatchMode.DELTA, failed_records=records)
        writer.write(KEY, batch, revision=number, now=NOW, horizon=None)
    return store


def _middle(connection: queries.Connection, table: sa.Table, at: str) -> str:
    last = connection.execute(sa.select(sa.func.max(table.c.id))).scalar_one()
    row = connection.execute(sa.select(table.c.id, table.c[at]).where(table.c.id == last // 2)).one()
    return str(Key("e", row[1], row[0]))


def _cpu(read: Callable[[], queries.Page[T]], times: int = 40) -> float:
    """The least CPU time (ms) of the reading thread: what others do on the machine only adds to it."""
    assert read().items
    found = []
    for _ in range(times):
        begin = time.thread_time()
        read()
        found.append(time.thread_time() - begin)
    return min(found) * 1000
