"""Finding runs again on SQLite once their identities are sealed (docs/adr/0002)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.records import Batch, SyncRun
from core.settings import Retention
from storage import schema
from storage.engines import _segments
from storage.engines._bloom import bits_of, may_hold, sealed, sought
from storage.keys import Written
from storage.migrate import upgrade
from storage.store import Store, open_store
from storage.verify import verify
from storage.writer import Writer
from tests.storage.storage_samples import CRM, NOW, configuration, run

DAY = 24 * 60


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A configured database whose segments are short."""
    monkeypatch.setattr(_segments, "SEGMENT", 20)
    url = f"sqlite:///{tmp_path}/monitor.db"
    upgrade(url)
    with open_store(url, writable=True) as store:
        Writer(store).configure(configuration(), NOW)
    return url


def count(store: Store, table: sa.Table) -> int:
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def write(url: str, batches: Iterable[list[SyncRun]]) -> list[Written]:
    """Write each batch in the process's own first breath: the store is opened anew for it."""
    found = []
    for runs in batches:
        with open_store(url, writable=True) as store:
            with store.read() as connection:
                query = sa.select(schema.source.c.revision).where(schema.source.c.name == CRM.source)
                revision = connection.execute(query).scalar_one()
            batch = Batch(cursor={}, runs=runs)
            found.append(Writer(store).write(CRM, batch, revision=revision, now=NOW, horizon=None))
            assert verify(store) == []
    return found


def days(*numbers: int) -> list[SyncRun]:
    """A run for each of these days ago."""
    return [run(f"run {day}", started=day * DAY + 1, finished=day * DAY) for day in numbers]


def test_sealed_runs_are_found_whatever_changed(url: str) -> None:
    """Runs of sealed segments are duplicates when the same, updated when not, and never doubled."""
    write(url, [days(*range(start, start + 15)) for start in range(0, 150, 15)])
    with open_store(url) as store:
        assert count(store, schema.run_segment) == 6
    again, changed = write(url, [days(*range(150)), [run(f"run {day}", "failed") for day in range(150)]])
    assert (again.runs, again.duplicates, changed.runs) == (0, 150, 150)
    with open_store(url) as store:
        assert count(store, schema.sync_run) == 150


def test_one_large_batch_is_sealed_and_found(url: str) -> None:
    """A first sweep larger than many segments is found again by the next one."""
    first, again = write(url, [days(*range(333)), days(*range(333))])
    assert (first.runs, again.duplicates) == (333, 333)


def test_ids_that_come_again_after_pruning_are_still_found(url: str) -> None:
    """When the newest rows are pruned SQLite gives their ids again; the runs that get them are found."""
    write(url, [days(*range(30)), days(*range(100, 200))])
    retention = Retention(raw=timedelta(days=50))
    with open_store(url, writable=True) as store:
        writer = Writer(store)
        batch = Batch(cursor={}, runs=days(*range(30)))
        assert writer.write(CRM, batch, revision=2, now=NOW, horizon=None).duplicates == 30
        assert writer.prune(retention, NOW).runs == 100
        more = Batch(cursor={}, runs=days(*range(30, 45)))
        assert writer.write(CRM, more, revision=3, now=NOW, horizon=None).runs == 15
    (again,) = write(url, [days(*range(45))])
    assert again.duplicates == 45


def test_pruned_segments_are_forgotten_by_a_writer_at_work(url: str) -> None:
    """A writer that remembers the filter of a segment goes on when pruning took the segment out."""
    write(url, [days(*range(100, 200)), days(*range(60))])
    with open_store(url, writable=True) as store:
        writer = Writer(store)
        writer.write(CRM, Batch(cursor={}, runs=days(0)), revision=2, now=NOW, horizon=None)
        before = count(store, schema.run_segment)
        writer.prune(Retention(raw=timedelta(days=70)), NOW)
        assert count(store, schema.run_segment) < before
        old = Batch(cursor={}, runs=days(*range(100, 200)))
        assert writer.write(CRM, old, revision=3, now=NOW, horizon=None).runs == 100


def test_a_filter_never_denies_a_key_and_rarely_invents_one() -> None:
    """Every sealed hash passes its filter and is found at its id; of strangers about 1 in 200 passes."""
    known = [(number * 2654435761) % 2**32 for number in range(65_536)]
    stored, words, left = sealed(known, range(1, 65_537), 65_536, 65_536)
    assert left == ([], [])
    assert len(may_hold(words, *bits_of(known))) == 65_536
    assert sought(stored, known[1000:1003], 1) == [1001, 1002, 1003]
    strangers = [(number * 40503 + 7) % 2**32 for number in range(100_000, 200_000)]
    unknown = sorted(set(strangers) - set(known))
    assert len(may_hold(words, *bits_of(unknown))) < len(unknown) / 50
