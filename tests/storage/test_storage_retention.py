"""Pruning, verifying and backing up."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.errors import StorageError
from core.histogram import Histogram
from core.records import ApiCalls, Batch, FailedRecord, Poll, PollResult
from core.settings import Retention
from storage import chunks, schema
from storage.backup import backup
from storage.retention import raw_horizon
from storage.store import Store, open_store
from storage.verify import verify
from storage.writer import Writer
from tests.storage.storage_samples import CRM, NOW, at, configuration, run

DAY = 24 * 60
KEPT = Retention(raw=timedelta(days=30), failed_records=timedelta(days=60), minute=timedelta(days=5))


@pytest.fixture
def writer(store: Store) -> Writer:
    """A database with two months of runs, calls and failed records, and two polls."""
    writer = Writer(store)
    writer.configure(configuration(), NOW)
    days = range(80)
    batch = Batch(
        cursor={},
        runs=[run(str(day), started=day * DAY + 1, finished=day * DAY) for day in days],
        failed_records=[FailedRecord(record_key=str(day), occurred_at=at(day * DAY)) for day in days],
        calls=[
            ApiCalls(
                minute=at(day * DAY), method="GET", endpoint="/", status=200, calls=1, latency=Histogram([1])
            )
            for day in days
        ],
    )
    writer.write(CRM, batch, revision=0, now=NOW, horizon=None)
    for day in (40, 1):
        moment = at(day * DAY)
        writer.save_poll(CRM, Poll(started_at=moment, finished_at=moment, result=PollResult.OK))
    return writer


def count(store: Store, table: sa.Table) -> int:
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_each_kind_of_row_is_kept_as_long_as_it_says(
    store: Store, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raw rows go by their own retention, rollups stay, verify covers what is left, a second prune is idle."""
    monkeypatch.setattr(chunks, "CHUNK", 7)
    pruned = writer.prune(KEPT, NOW)
    assert pruned[:3] == (49, 19, 2 * 74)
    assert (count(store, schema.sync_run), count(store, schema.failed_record)) == (31, 61)
    assert (count(store, schema.call_minute), count(store, schema.run_hour)) == (6, 80)
    assert count(store, schema.poll) == 1
    assert verify(store) == []
    assert sum(writer.prune(KEPT, NOW)) == 0
    old = Batch(cursor={}, runs=[run("79", started=79 * DAY + 1, finished=79 * DAY), run("new")])
    written = writer.write(CRM, old, revision=1, now=NOW, horizon=raw_horizon(KEPT, NOW))
    assert (written.runs, written.refused) == (1, 1)
    assert verify(store) == []


def test_where_nothing_is_old_no_integration_costs_a_write(
    store: Store, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is old is sought by reading; only who has it is written for."""
    written_for: list[str] = []

    def noted(store: Store, table: sa.Table, old: sa.ColumnElement[bool]) -> int:
        written_for.append(table.name)
        return chunks.delete_where(store, table, old)

    monkeypatch.setattr("storage.retention.delete_where", noted)
    assert writer.prune(KEPT, NOW).runs > 0
    assert written_for.count("sync_run") == 1
    written_for.clear()
    assert writer.prune(KEPT, NOW).runs == 0
    assert "sync_run" not in written_for


def test_verify_names_what_differs(store: Store, writer: Writer) -> None:
    """A rollup that is not what its rows add up to is reported by table, bucket and both answers."""
    broken = sa.update(schema.run_hour).where(schema.run_hour.c.integration_id == 1).values(succeeded=9)
    gone = sa.delete(schema.call_day_latency)

    def harm(connection: sa.Connection) -> None:
        connection.execute(broken)
        connection.execute(gone)

    store.transact(harm)
    found = verify(store)
    assert {one.table for one in found} == {"run_hour", "call_day (histogram)"}
    assert len(found) == 160
    assert "stored [9" in str(found[0])


def test_a_backup_of_a_live_database_is_a_database(store: Store, writer: Writer, tmp_path: Path) -> None:
    """The copy opens and holds everything; an existing file is never overwritten."""
    if store.engine_name == "postgresql" and shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not on the PATH; install PostgreSQL's client programs")
    target = tmp_path / "copies" / "backup.db"
    url = store.address
    assert backup(url, target) == target
    assert target.stat().st_size > 1000
    with pytest.raises(StorageError, match="exists already"):
        backup(url, target)
    assert not target.with_name("backup.db.part").exists()
    if store.engine_name == "sqlite":
        with open_store(f"sqlite:///{target}") as copied:
            assert count(copied, schema.sync_run) == 80
            assert verify(copied) == []
