"""One source whose runs are written batch by batch, its rollups checked after each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from core.records import Batch, BatchMode, FailedRecord, SyncRun
from storage import schema
from storage.engine import Row
from storage.keys import SourceKey, Written
from storage.store import Store
from storage.verify import verify
from storage.writer import Writer
from tests.storage.storage_samples import CRM, NOW, configuration


class Log:
    """Writes one batch after another to one source, and reads back what is stored."""

    def __init__(self, store: Store, *, zone: str = "Europe/Moscow") -> None:
        self.store = store
        self.writer = Writer(store)
        self.writer.configure(configuration(zone=zone), NOW)
        self.revision = 0

    def write(
        self,
        *runs: SyncRun,
        mode: BatchMode = BatchMode.ABSOLUTE,
        now: datetime = NOW,
        horizon: datetime | None = None,
        source: SourceKey = CRM,
        failed: Sequence[FailedRecord] = (),
    ) -> Written:
        """Store the runs and failed records, and check that rollups follow."""
        batch = Batch(cursor={"at": self.revision + 1}, mode=mode, runs=runs, failed_records=failed)
        written = self.writer.write(source, batch, revision=self.revision, now=now, horizon=horizon)
        self.revision = written.revision
        assert verify(self.store) == []
        return written

    def rows(self, table: sa.Table, *columns: str) -> list[Row]:
        """These columns of a table."""
        with self.store.read() as connection:
            query = sa.select(*(table.c[name] for name in columns))
            return [tuple(row) for row in connection.execute(query)]

    def counted(self) -> int:
        """How many runs the hours count."""
        statuses = ("succeeded", "partial", "failed", "cancelled", "skipped", "unknown")
        return sum(sum(int(n or 0) for n in row) for row in self.rows(schema.run_hour, *statuses))
