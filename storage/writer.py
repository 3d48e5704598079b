"""The only way in: each call is one transaction that stores all it was given, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from core.clock import to_micros
from core.errors import StorageError
from core.records import Batch, Cursor, Json, Poll
from storage.alert_inputs import KnownStates
from storage.collecting import collection_held
from storage.cursor_texts import cursor_in, text_of
from storage.days import Days
from storage.dictionary import Texts
from storage.evaluations import Thinning
from storage.keys import Answers, Brought, Pruned, SourceKey, Written
from storage.known_cursors import KnownCursors
from storage.making_room import make_room
from storage.overview_row import OverviewSnapshot
from storage.queries.cursors import cursor_text_of
from storage.queries.overview import remember
from storage.rebuild import rebuild_days
from storage.retention import prune
from storage.statements import Statements
from storage.store import Store
from storage.writer_alerts import AlertCommands
from storage.writer_configuration import write_configuration
from storage.writer_groups import GroupCommands
from storage.writer_muting import MutingCommands
from storage.writer_operation import write_action, write_overview
from storage.writer_outbox import OutboxCommands
from storage.writer_polls import write_polls
from storage.writer_push import PushCommands
from storage.writer_routes import routed_by, write_routes
from storage.writer_together import Entry, Stored, at_fault, write_together
from storage.writing import Writing

if TYPE_CHECKING:
    from core.settings import Retention, Settings

Way = Callable[[sa.Connection, Texts, Sequence[Entry]], Stored]
"""How the batches of one transaction are stored."""

log = structlog.get_logger(__name__)


class Writer(PushCommands, GroupCommands, AlertCommands, MutingCommands, OutboxCommands):
    """Writes to one store; threads may share it, and on SQLite their calls queue."""

    def __init__(self, store: Store) -> None:
        """store: opened writable."""
        if not store.writable:
            raise StorageError("this database was opened for reading only")
        self._store = store
        self._statements = Statements(store.engine)
        self._texts: dict[str, int] = {}
        self._identity = store.engine.run_identity()
        store.on_rollback.append(self._identity.forget)
        self._days = Days(ZoneInfo("UTC"))
        self._thinning = Thinning()
        store.on_rollback.append(self._thinning.forget)
        self._alert_states = KnownStates()
        self._cursors = KnownCursors(alone=store.engine.single_writer)

    def configure(self, settings: Settings, now: datetime) -> None:
        """Make integrations, sources and contacts what the configuration says.

        Those no longer in it are retired, their history stays; `renamed_from` carries it over. When
        the time zone changed, the days of all raw rows are computed anew.
        """

        texts = Texts(self._store.engine, self._texts)

        def work(connection: sa.Connection) -> None:
            former = routed_by(connection)
            if write_configuration(connection, self._store.engine, settings, to_micros(now)):
                rebuild_days(connection, self._statements, texts)

            def begin(owner_id: int, source_id: int) -> Writing:
                return self._writing(connection, texts, owner_id, source_id, now, None)

            write_routes(connection, begin, former)

        self._store.transact(work)
        self._cursors.forget_all()
        self._texts.update(texts.added)

    def known_cursor(self, source: SourceKey) -> tuple[int, Cursor] | None:
        """(revision, cursor) of a source, where this process knows it without asking the database."""
        return self._cursors.get(source)

    def cursor(self, source: SourceKey) -> tuple[int, Cursor]:
        """The same from the database: (0, {}) for a source that it does not know."""
        age = self._cursors.age
        with self._store.read() as connection:
            revision, text = cursor_text_of(connection, source)
        self._cursors.put(source, revision, text, age)
        return revision, cursor_in(text)

    def write(
        self,
        source: SourceKey,
        batch: Batch,
        *,
        revision: int,
        now: datetime,
        horizon: datetime | None,
    ) -> Written:
        """Store a batch: rows, rollups, histograms and the cursor that stands after it.

        revision: of the cursor that the batch follows; CursorMoved if another one stands there by
        now, and nothing is stored. horizon: older records are refused and counted; None takes all.
        """
        make_room(self._store, batch, now)
        age, texts = self._cursors.age, Texts(self._store.engine, self._texts)
        entry = self._entry(Brought(source, batch, revision, now, horizon))
        with collection_held(batch.records):
            written = self._store.transact(lambda connection: self._write(connection, texts, entry))
        self._wrote(entry, written, texts, age)
        return written

    def save_together(self, brought: Sequence[Brought], polls: Sequence[tuple[SourceKey, Poll]]) -> Answers:
        """Store small batches, how the looks ended whose last they are, and how others did, in one transaction.

        What became of each batch, where an error undid that batch alone; and the sources of polls that
        are not configured. Raises StorageError when nothing could be stored.
        """
        for one in brought:
            make_room(self._store, one.batch, one.now)
        age, texts = self._cursors.age, Texts(self._store.engine, self._texts)
        entries = [self._entry(one) for one in brought]
        broke: str | None = None
        try:
            answers, unknown = self._round(self._at_once, texts, entries, polls)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - one of the batches is at fault, and is told below
            broke = str(error)[:500]
        if broke is not None:
            # Not where it is caught: what breaks a batch alone would be told with this one before it.
            texts = Texts(self._store.engine, self._texts)
            answers, unknown = self._round(self._one_by_one, texts, entries, polls)
            # Whoever brought the batch at fault says what it was; where nobody did, it is said here.
            names = at_fault(entries, answers)
            why = {"at_fault": names} if names else {"error": broke}
            log.warning("batches stored one by one", batches=len(entries), **why)
        for entry, answer in zip(entries, answers, strict=True):
            if isinstance(answer, Written):
                self._wrote(entry, answer, texts, age)
        return answers, unknown

    def _round(
        self, way: Way, texts: Texts, entries: Sequence[Entry], polls: Sequence[tuple[SourceKey, Poll]]
    ) -> Answers:
        """One transaction: the batches one way or the other, then how looks went, whether they end with a batch or not."""

        def work(connection: sa.Connection) -> Answers:
            answers, rows = way(connection, texts, entries)
            ended = [
                (entry.brought.source, poll)
                for entry, answer in zip(entries, answers, strict=True)
                if entry.brought.ended is not None and (poll := entry.brought.ended(answer)) is not None
            ]
            return answers, write_polls(connection, self._statements, [*polls, *ended], rows)

        return self._store.transact(work)

    def _at_once(self, connection: sa.Connection, texts: Texts, entries: Sequence[Entry]) -> Stored:
        begin = partial(self._openings, connection, texts)
        return write_together(connection, self._statements, begin, entries)

    def _one_by_one(self, connection: sa.Connection, texts: Texts, entries: Sequence[Entry]) -> Stored:
        """The same where one batch is at fault: what is wrong with it undoes it alone."""
        answers: list[Written | Exception] = []
        for entry in entries:
            known = dict(texts.added)
            try:
                with connection.begin_nested():
                    answers.append(self._write(connection, texts, entry))
            except sa.exc.OperationalError:
                raise
            except Exception as error:  # noqa: BLE001 - whoever brought the batch is told, and raises it
                self._store.forget()
                texts.added = known
                answers.append(error)
        return answers, {}

    def _entry(self, brought: Brought) -> Entry:
        self._cursors.forget(brought.source)
        return Entry(brought, text_of(brought.batch.cursor))

    def _write(self, connection: sa.Connection, texts: Texts, entry: Entry) -> Written:
        """One batch; whatever is wrong with it is raised."""
        begin = partial(self._openings, connection, texts)
        (answer,), _ = write_together(connection, self._statements, begin, [entry])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _wrote(self, entry: Entry, written: Written, texts: Texts, age: int) -> None:
        """Share what a committed batch taught us."""
        self._cursors.put(entry.brought.source, written.revision, entry.cursor, age)
        self._texts.update(texts.added)

    def save_poll(self, source: SourceKey, poll: Poll) -> None:
        """Note how one look at a source ended, and with it how the source stands. Raises StorageError."""
        if self.save_together((), [(source, poll)])[1]:
            raise StorageError(f"source {source} is not configured here; run `configure` first")

    def save_overview(self, snapshots: Sequence[OverviewSnapshot]) -> None:
        """Put these rows in the place of the overview's rows of the same integration and horizon."""
        put = self._store.transact(lambda connection: write_overview(connection, self._statements, snapshots))
        remember(put, snapshots)

    def record_action(self, actor: str, action: str, subject: str, detail: Json, now: datetime) -> None:
        """Note who did what to which subject (audit)."""
        text = json.dumps(detail, ensure_ascii=False, default=str)
        self._store.transact(
            lambda connection: write_action(connection, actor, action, subject, text, to_micros(now))
        )

    def prune(self, retention: Retention, now: datetime) -> Pruned:
        """Take out what is older than it is kept, in chunks, so that other writes go on between."""
        return prune(self._store, retention, now)
