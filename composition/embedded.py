"""The house inside the dashboard's process: database, worker thread, and what pages and routes are given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from api.context import ApiContext, Readiness
from api.inbox import Inbox
from composition.collecting import worker
from composition.current import Current
from composition.reloading import take_over
from composition.stores import masker, reading, writing
from core import clock
from core.errors import DatabaseOwned, StorageError
from core.settings import Settings
from worker.service import RELOAD_SECONDS, Worker
from worker.thread import WorkerThread
from worker.watch import WatchThread

if TYPE_CHECKING:
    from storage.keys import SourceKey
    from storage.queries.export_fields import Exported
    from storage.queries.listed import Asked
    from storage.queries.page import Page
    from storage.store import Store
    from storage.writer import Writer

log = structlog.get_logger(__name__)

SILENT_WORKER = timedelta(seconds=30)
"""A worker that has not looked at its agenda for so long does not work."""


@dataclass(frozen=True)
class Embedded:
    """One running house.

    worker, thread, inbox, writer: None where another process collects and this one only reads.
    """

    current: Current
    store: Store
    worker: Worker[SourceKey] | None = None
    thread: WorkerThread[SourceKey] | None = None
    inbox: Inbox | None = None
    writer: Writer | None = None

    def completed(self) -> Settings:
        """The configuration with what its shared sources feed and have made, and what people tuned.

        As it stands in the file where the database cannot be read: the pages then say why.
        """
        from assess.feeding import completed

        try:
            with self.store.read() as connection:
                return completed(connection, self.settings)
        except StorageError:
            return self.settings

    def record_key(self, typed: str) -> str:
        """A record's key as it is stored, of what a person typed: a personal one is hashed."""
        return masker(self.settings).record_key(typed)

    @property
    def settings(self) -> Settings:
        """The settings at work."""
        return self.current.settings

    def api(self) -> ApiContext:
        """What the routes need."""
        return ApiContext(
            clock=clock.now,
            readiness=self.readiness,
            status=self.status,
            alerts=self.alerts,
            records=self.records,
            inbox=self.inbox,
        )

    def status(self, now: datetime) -> dict[str, object]:
        """The `status --json` document."""
        from assess.status import status_document

        with self.store.read() as connection:
            return dict(status_document(connection, self.settings, now))

    def alerts(self, now: datetime, everything: bool, integration: str | None) -> dict[str, object]:
        """The `alerts --json` document."""
        from alerts.standing import alerts_document

        with self.store.read() as connection:
            return dict(
                alerts_document(
                    connection, self.settings, now, everything=everything, integration=integration
                )
            )

    def records(self, kind: str, asked: Asked, now: datetime) -> Page[Exported]:
        """A page of one kind of records. Raises ValueError, StorageError."""
        from storage.queries.listed import listed

        with self.store.read() as connection:
            return listed(connection, kind, asked, now)

    def readiness(self, now: datetime) -> Readiness:
        """Ready when the database answers and, where this process collects, its worker looks around."""
        from storage.queries import database_facts

        checks: dict[str, str] = {}
        try:
            with self.store.read() as connection:
                checks["database"] = f"ok, schema {database_facts(connection).revision}"
            ready = True
        except StorageError as error:
            checks["database"], ready = str(error), False
        checks["configuration"] = self.current.said()
        if self.worker is None or self.thread is None:
            checks["worker"] = "in another process"
            return Readiness(ready, checks)
        seen = self.worker.last_tick_at
        works = self.thread.alive and seen is not None and now - seen < SILENT_WORKER
        checks["worker"] = "ok" if works else f"silent since {seen.isoformat() if seen else 'its start'}"
        return Readiness(ready and works, checks)


@contextmanager
def embedded(settings: Settings) -> Iterator[Embedded]:
    """The house of a dashboard that also collects; it only reads where another process owns the database.

    At the end the worker finishes the batches in hand before the database is let go.
    """
    current = Current(settings, clock.now())
    with ExitStack() as stack:
        try:
            store, writer = stack.enter_context(writing(settings))
        except DatabaseOwned as error:
            log.warning("reading only", reason=str(error))
            store = stack.enter_context(reading(settings))
            watch = WatchThread(lambda: take_over(current), RELOAD_SECONDS)
            watch.start()
            stack.callback(watch.stop)
            yield Embedded(current, store)
            return
        one = worker(current, store, writer)
        thread = WorkerThread(one)
        thread.start()
        stack.callback(thread.stop)
        inbox = Inbox(lambda: current.settings, writer, masker, current.redact, one.changed)
        yield Embedded(current, store, one, thread, inbox, writer)
