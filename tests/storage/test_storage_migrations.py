"""The chain of migrations: complete on every engine, and forward only."""

import importlib
import pkgutil

import pytest
import sqlalchemy as sa

from core.errors import StorageError
from core.records import FailedRecord
from storage import schema
from storage.migrate import upgrade
from storage.migrations import versions
from storage.queries import error_groups
from storage.store import open_store
from storage.verify import verify
from tests.storage.storage_reading import HR, Filled
from tests.storage.storage_samples import at, run

NAMES = [f"{versions.__name__}.{found.name}" for found in pkgutil.iter_modules(versions.__path__)]


def test_every_migration_is_found() -> None:
    """So that the tests below look at something."""
    assert len(NAMES) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_the_way_back_is_refused_with_its_remedy(name: str) -> None:
    """It would drop what was stored; the text says what is lost, and what to do."""
    with pytest.raises(StorageError, match=r"would lose .+; restore a backup"):
        importlib.import_module(name).downgrade()


def test_a_database_of_the_version_before_is_brought_up_to_date(store_url: str) -> None:
    """What it holds is still there, every sum agrees with its rows, and nothing is left to do."""
    store = open_store(store_url, writable=True)
    filled = Filled(store)
    record = FailedRecord(record_key="1", occurred_at=at(9), run_external_id="7", fingerprint="x")
    filled.runs(run("1"), run("2", "running", finished=None, job=""))
    filled.write(HR, failed_records=[record])
    store.transact(_back_to_0007)
    store.close()
    assert upgrade(store_url) == ["0008"]
    assert upgrade(store_url) == []
    store = open_store(store_url)
    with store.read() as connection:
        assert [cause.fingerprint for cause in error_groups(connection).items] == ["x"]
        jobs = connection.execute(sa.select(schema.source.c.jobs).order_by(schema.source.c.id))
        assert sorted(jobs.scalars()) == [0, 3, 4]
    assert verify(store) == []
    store.close()


def _back_to_0007(connection: sa.Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE source DROP COLUMN jobs")
    connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0007'")
