"""The only way in: each call is one transaction that stores all it was given, or nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.clock import to_micros
from core.errors import CursorMoved, StorageError
from core.records import Batch, Json, Poll
from storage import schema
from storage.days import Days
from storage.dictionary import Texts
from storage.keys import Pruned, SourceKey, Written
from storage.overview_row import OverviewSnapshot
from storage.rebuild import rebuild_days
from storage.retention import prune
from storage.statements import Statements
from storage.store import Store
from storage.writer_calls import write_calls
from storage.writer_configuration import write_configuration
from storage.writer_events import write_counts, write_record_events
from storage.writer_failures import write_failed_records
from storage.writer_files import write_files
from storage.writer_groups import GroupCommands
from storage.writer_limits import write_credentials, write_quotas
from storage.writer_operation import write_action, write_overview, write_poll
from storage.writer_runs import write_runs
from storage.writing import Writing
from storage.zone import zone_of

if TYPE_CHECKING:
    from core.settings import Retention, Settings


class Writer(GroupCommands):
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

    def configure(self, settings: Settings, now: datetime) -> None:
        """Make integrations, sources and contacts what the configuration says.

        Those no longer in it are retired, their history stays; `renamed_from` carries it over. When
        the time zone changed, the days of all raw rows are computed anew.
        """

        def work(connection: sa.Connection) -> None:
            if write_configuration(connection, self._store.engine, settings, to_micros(now)):
                rebuild_days(connection, self._statements, Texts(self._store.engine, self._texts))

        self._store.transact(work)

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
        self._make_room(batch, now)
        texts = Texts(self._store.engine, self._texts)

        def work(connection: sa.Connection) -> Written:
            writing = self._begin(connection, texts, source, batch, revision, now, horizon)
            runs = write_runs(writing, batch.runs, batch.mode)
            failed = write_failed_records(writing, batch.failed_records)
            calls = write_calls(writing, batch.calls, batch.mode)
            quotas = write_quotas(writing, batch.quotas)
            credentials = write_credentials(writing, batch.credentials)
            events = write_record_events(writing, batch.record_events)
            counts = write_counts(writing, batch.counts)
            files = write_files(writing, batch.files)
            parts = (runs, failed, calls, quotas, credentials, events, counts, files)
            return Written(
                revision=revision + 1,
                runs=runs.stored,
                failed_records=failed.stored,
                calls=calls.stored,
                quotas=quotas.stored,
                credentials=credentials.stored,
                record_events=events.stored,
                counts=counts.stored,
                files=files.stored,
                duplicates=sum(part.duplicates for part in parts),
                refused=sum(part.refused for part in parts),
            )

        written = self._store.transact(work)
        self._texts.update(texts.added)
        return written

    def save_poll(self, source: SourceKey, poll: Poll) -> None:
        """Note how one look at a source ended, and with it how the source stands."""
        self._store.transact(lambda connection: write_poll(connection, self._store.engine, source, poll))

    def save_overview(self, snapshots: Sequence[OverviewSnapshot]) -> None:
        """Put these rows in the place of the overview's rows of the same integration and horizon."""
        self._store.transact(lambda connection: write_overview(connection, self._statements, snapshots))

    def record_action(self, actor: str, action: str, subject: str, detail: Json, now: datetime) -> None:
        """Note who did what to which subject (audit)."""
        text = json.dumps(detail, ensure_ascii=False, default=str)
        self._store.transact(
            lambda connection: write_action(connection, actor, action, subject, text, to_micros(now))
        )

    def prune(self, retention: Retention, now: datetime) -> Pruned:
        """Take out what is older than it is kept, in chunks, so that other writes go on between."""
        return prune(self._store, retention, now)

    def _make_room(self, batch: Batch, now: datetime) -> None:
        if not self._store.engine.partitioned:
            return
        instants = {to_micros(now)}
        for run in batch.runs:
            duration = round((run.duration_seconds or 0) * 1_000_000)
            started = (
                [to_micros(run.started_at), to_micros(run.started_at) + duration] if run.started_at else []
            )
            instants.update(started, [to_micros(run.finished_at)] if run.finished_at else [])
        self._store.prepare(schema.sync_run, instants)
        self._store.prepare(
            schema.failed_record, {to_micros(one.occurred_at) for one in batch.failed_records}
        )
        self._store.prepare(schema.record_event, {to_micros(one.at) for one in batch.record_events})
        minutes = {to_micros(one.minute) for one in batch.calls}
        self._store.prepare(schema.call_minute, minutes)
        self._store.prepare(schema.call_minute_latency, minutes)

    def _begin(
        self,
        connection: sa.Connection,
        texts: Texts,
        source: SourceKey,
        batch: Batch,
        revision: int,
        now: datetime,
        horizon: datetime | None,
    ) -> Writing:
        """Set the cursor, which also holds every other writer of this source off until the end."""
        source_id, integration_id = self._advance(connection, source, batch, revision, to_micros(now))
        zone = zone_of(connection)
        if zone.key != self._days.zone.key:
            self._days = Days(zone)
        return Writing(
            connection=connection,
            statements=self._statements,
            texts=texts,
            identity=self._identity,
            days=self._days,
            zone_id=texts.id(connection, zone.key),
            integration_id=integration_id,
            source_id=source_id,
            now=to_micros(now),
            horizon=None if horizon is None else to_micros(horizon),
        )

    def _advance(
        self, connection: sa.Connection, source: SourceKey, batch: Batch, revision: int, now: int
    ) -> tuple[int, int]:
        table = schema.source
        found = connection.execute(
            sa.select(table.c.id, table.c.integration_id, table.c.revision)
            .join(schema.integration, schema.integration.c.id == table.c.integration_id)
            .where(schema.integration.c.key == source.integration, table.c.name == source.source)
            .with_for_update(of=table)
        ).one_or_none()
        if found is None:
            raise StorageError(f"source {source} is not configured here; run `configure` first")
        if found.revision != revision:
            raise CursorMoved(f"source {source} was written by another worker (revision {found.revision})")
        change = {"cursor": json.dumps(batch.cursor, ensure_ascii=False), "revision": revision + 1}
        if batch.records:
            change["last_record_at"] = now
        connection.execute(sa.update(table).where(table.c.id == found.id).values(**change))
        return found.id, found.integration_id
