"""Opening, owning and migrating a database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.errors import StorageError
from storage import migrate, schema
from storage.engine import engine_of
from storage.revisions import head_revision
from storage.store import open_store


def test_upgrade_makes_every_table_of_the_schema(empty_url: str) -> None:
    """The frozen statements of the migrations and the schema in Python are the same tables."""
    assert migrate.state(empty_url) == (None, head_revision())
    applied = migrate.upgrade(empty_url)
    assert (applied, applied[0], applied[-1]) == (sorted(applied), "0001", head_revision())
    assert migrate.upgrade(empty_url) == []
    assert migrate.state(empty_url) == (head_revision(), head_revision())
    engine, url = engine_of(empty_url)
    reader = engine.reader(url)
    inspector = sa.inspect(reader)
    for table in schema.metadata.sorted_tables:
        if engine.name == "postgresql" and table.name == "run_segment":
            continue
        made = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
        assert made == {column.name: bool(column.nullable) for column in table.c}
    reader.dispose()


def test_a_database_without_tables_names_the_remedy(empty_url: str) -> None:
    """Opening a database that was never migrated says which command makes its tables."""
    with pytest.raises(StorageError, match="integration-monitor migrate"):
        open_store(empty_url)


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_cannot_be_used_is_refused_with_what_can(url: str) -> None:
    """A wrong database address is a StorageError that shows a right one."""
    with pytest.raises(StorageError, match="sqlite"):
        open_store(url, writable=True)


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    """One process owns a SQLite file; a second one may read, and is refused to write with the remedy."""
    url = f"sqlite:///{tmp_path}/monitor.db"
    migrate.upgrade(url)
    with open_store(url, writable=True):
        program = (
            "import sys; from storage.store import open_store; from core.errors import StorageError\n"
            "open_store(sys.argv[1]).close()\n"
            "try: open_store(sys.argv[1], writable=True)\n"
            "except StorageError as error: sys.exit(str(error))\n"
        )
        other = subprocess.run(
            [sys.executable, "-c", program, url], capture_output=True, text=True, check=False
        )
        assert other.returncode == 1
        assert "is being written by process" in other.stderr
        assert "PostgreSQL" in other.stderr
    open_store(url, writable=True).close()


def test_a_reader_opens_a_closed_database_and_cannot_write(store_url: str) -> None:
    """A reader works whether or not a writer is there, and every write of it is refused."""
    for _ in range(2):
        store = open_store(store_url)
        with store.read() as connection, pytest.raises(sa.exc.DBAPIError):
            connection.execute(sa.insert(schema.installation).values(name="x", value="y"))
        with pytest.raises(StorageError, match="reading only"):
            store.transact(lambda connection: None)
        store.close()


def test_a_reader_works_in_a_folder_it_may_not_write(tmp_path: Path) -> None:
    """A cleanly closed database is read even where SQLite cannot put its shared memory file."""
    url = f"sqlite:///{tmp_path}/monitor.db"
    migrate.upgrade(url)
    assert not (tmp_path / "monitor.db-wal").exists()
    store = open_store(url)
    with store.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(schema.source)).scalar_one() == 0
    store.close()


def test_what_one_transaction_raises_undoes_all_of_it(store_url: str) -> None:
    """A transaction that fails leaves nothing, and the store goes on."""
    with open_store(store_url, writable=True) as store:

        def fail(connection: sa.Connection) -> None:
            connection.execute(sa.insert(schema.installation).values(name="x", value="y"))
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            store.transact(fail)
        with store.read() as connection:
            assert connection.execute(sa.select(schema.installation)).all() == []


@pytest.mark.parametrize("address", ["nonsense", "postgresql://h:port/db", "mysql://h/db"])
def test_an_address_that_cannot_be_taken_says_what_to_write(address: str) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(StorageError, match=r"write sqlite:///|use one of"):
        engine_of(address)


def test_a_file_that_is_not_where_it_was_is_not_read_on(tmp_path: Path) -> None:
    """Moved away, or with another in its place, it is told; put back, it is read again."""
    # Twice: a connection that is refused is thrown away, and a new one cannot be made.
    path, aside = tmp_path / "monitor.db", tmp_path / "aside.db"
    migrate.upgrade(f"sqlite:///{path}")
    with open_store(f"sqlite:///{path}") as store:
        path.rename(aside)
        for _ in range(2):
            with pytest.raises(StorageError, match=r"moved or removed.*put it back"), store.read():
                pass
        path.write_bytes(aside.read_bytes())
        with pytest.raises(StorageError, match="replaced by another file"), store.read():
            pass
        aside.replace(path)
        with store.read() as connection:
            assert connection.exec_driver_sql("SELECT COUNT(*) FROM sync_run").scalar_one() == 0
