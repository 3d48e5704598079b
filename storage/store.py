"""An opened database: short reads for everybody, transactions for its one writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Self, TypeVar

import sqlalchemy as sa

from core.errors import StorageError
from storage.engine import Engine, Ownership, engine_of
from storage.revisions import current_revision, head_revision

T = TypeVar("T")


class Store:
    """Made by `open_store`. Threads may share it.

    on_rollback: called after a transaction was undone, before the next one begins.
    """

    def __init__(self, url: sa.URL, engine: Engine, *, writable: bool) -> None:
        self.url = url.render_as_string(hide_password=True)
        self.engine = engine
        self.engine_name = engine.name
        self.writable = writable
        self._address = url
        self._owner: Ownership | None = engine.own(url) if writable else None
        self._writer = engine.writer(url) if writable else None
        self._thread = (
            ThreadPoolExecutor(1, thread_name_prefix="storage-writer")
            if writable and engine.single_writer
            else None
        )
        self._reader: sa.Engine | None = None
        self.on_rollback: list[Callable[[], None]] = []

    @property
    def address(self) -> str:
        """The whole URL, password included: never for a person's eyes."""
        return self._address.render_as_string(hide_password=False)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection that can only read. Keep it short: an old reader makes the WAL grow. Raises StorageError."""
        if self._reader is None:
            self._reader = self.engine.reader(self._address)
        try:
            with self._reader.connect() as connection:
                yield connection
        except sa.exc.OperationalError as error:
            raise StorageError(f"{self.url} could not be read: {error.orig}") from error

    def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Do the work in one transaction and wait for it; what it raises undoes all of it.

        On SQLite all work is done by one thread, in the order of asking.
        """
        if self._thread is None:
            return self._transact(work)
        return self._thread.submit(self._transact, work).result()

    def prepare(self, table: sa.Table, instants: set[int]) -> None:
        """Make room for rows at these instants (epoch µs), before the transaction that brings them."""
        self.engine.prepare(self._writing(), table, instants)

    def close(self) -> None:
        """Finish the work in hand and let go of the database. Safe to call twice."""
        if self._thread is not None:
            self._thread.shutdown()
        for engine in (self._reader, self._writer):
            if engine is not None:
                engine.dispose()
        self._reader = None
        if self._owner is not None:
            self._owner.release()
            self._owner = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _writing(self) -> sa.Engine:
        if self._writer is None:
            raise StorageError("this database was opened for reading only")
        return self._writer

    def _transact(self, work: Callable[[sa.Connection], T]) -> T:
        try:
            with self._writing().begin() as connection:
                return work(connection)
        except sa.exc.OperationalError as error:
            # Locked, full, cut off: the database's trouble, and no fault of what was to be stored.
            self.forget()
            raise StorageError(f"{self.url} could not be written: {error.orig}") from error
        except BaseException:
            self.forget()
            raise

    def forget(self) -> None:
        """Drop what is remembered outside the database of a write that was undone."""
        for forget in self.on_rollback:
            forget()


def open_store(url: str, *, writable: bool = False) -> Store:
    """Open a migrated database. Raises StorageError with the remedy when that cannot be done.

    url: an SQLAlchemy URL. writable: on SQLite this process then owns the file (`<file>.lock`) until
    the store is closed, or until it dies.
    """
    engine, parsed = engine_of(url)
    store = Store(parsed, engine, writable=writable)
    try:
        with store.read() as connection:
            current = current_revision(connection)
    except sa.exc.OperationalError as error:
        store.close()
        raise StorageError(f"{store.url} cannot be opened: {error.orig}") from error
    except BaseException:
        store.close()
        raise
    if current != head_revision():
        store.close()
        raise StorageError(_revision_problem(store.url, current))
    return store


def _revision_problem(url: str, current: str | None) -> str:
    if current is None:
        return f"{url} has no tables yet; make them with `integration-monitor migrate`"
    if current > head_revision():
        return f"{url} was written by a newer version (schema {current}); install that version"
    return (
        f"{url} has schema {current}, this version needs {head_revision()}; run `integration-monitor migrate`"
    )
