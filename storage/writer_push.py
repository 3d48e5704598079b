"""The commands of those who send events and heartbeats themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
import sqlalchemy as sa

from core.records import Batch, Poll, SyncRun
from storage.dictionary import Texts
from storage.keys import SourceKey, unclear_jobs
from storage.making_room import make_room
from storage.store import Store
from storage.writer_batch import SourceRow, locked_source
from storage.writer_opening import OpensWriting
from storage.writer_pushed import (
    Pushed,
    PushWritten,
    add_to_poll,
    batch_of,
    write_events,
    write_heartbeat,
)
from storage.writing import Writing

T = TypeVar("T")


class PushCommands(OpensWriting):
    """Each call is one transaction: the records, and the call in the poll of its minute."""

    _store: Store
    _texts: dict[str, int]

    def push(
        self,
        source: SourceKey,
        events: Sequence[Pushed],
        poll: Poll,
        *,
        now: datetime,
        horizon: datetime | None,
    ) -> PushWritten:
        """Store events that were not stored before, and count the call in its minute's poll."""
        make_room(self._store, batch_of(events), now)

        def work(writing: Writing, row: SourceRow) -> PushWritten:
            done = write_events(writing, row, events)
            problems = [*poll.problems, *unclear_jobs(done.written)]
            counted = msgspec.structs.replace(poll, records=done.stored, problems=problems)
            add_to_poll(writing.connection, self._statements, source, row, counted)
            return done

        return self._pushed(source, work, now, horizon)

    def beat(self, source: SourceKey, run: SyncRun, poll: Poll, *, now: datetime) -> str:
        """Open or end the run that a heartbeat tells of, and count it; the run's external id."""
        make_room(self._store, Batch(cursor={}, runs=[run]), now)

        def work(writing: Writing, row: SourceRow) -> str:
            external_id = write_heartbeat(writing, row, run)
            add_to_poll(writing.connection, self._statements, source, row, poll)
            return external_id

        return self._pushed(source, work, now, None)

    def _pushed(
        self,
        source: SourceKey,
        work: Callable[[Writing, SourceRow], T],
        now: datetime,
        horizon: datetime | None,
    ) -> T:
        texts = Texts(self._store.engine, self._texts)

        def transaction(connection: sa.Connection) -> T:
            row = locked_source(connection, source)
            return work(self._writing(connection, texts, row.integration_id, row.id, now, horizon), row)

        done = self._store.transact(transaction)
        self._texts.update(texts.added)
        return done
