"""What the tests of reading write first: a month of runs, calls, limits and keys, all by hand or by seed."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.records import Batch, BatchMode, Poll, PollResult, SyncRun
from core.settings import Settings
from storage.keys import SourceKey
from storage.store import Store
from storage.writer import Writer
from tests.storage.storage_samples import CONFIGURATION, CRM, NOW, configuration

GATEWAY = SourceKey("crm", "gateway")
HR = SourceKey("hr", "api")


class Filled:
    """A configured store that is written to batch by batch."""

    def __init__(self, store: Store, *, zone: str = "Europe/Moscow", since: datetime | None = None) -> None:
        self.store = store
        self.settings: Settings = configuration(CONFIGURATION, zone=zone)
        self.writer = Writer(store)
        self.writer.configure(self.settings, since or NOW - timedelta(days=40))
        self.revisions: dict[SourceKey, int] = {}

    def write(self, source: SourceKey = CRM, now: datetime = NOW, **records: object) -> None:
        """Store one batch of records of any kinds (the fields of `Batch`)."""
        revision = self.revisions.get(source, 0)
        batch = Batch(cursor={"n": revision}, mode=BatchMode.ABSOLUTE, **records)  # type: ignore[arg-type]
        written = self.writer.write(source, batch, revision=revision, now=now, horizon=None)
        self.revisions[source] = written.revision

    def runs(self, *runs: SyncRun, source: SourceKey = CRM) -> None:
        """Store runs."""
        self.write(source, runs=runs)

    def poll(
        self,
        source: SourceKey,
        minutes: float,
        result: str = "ok",
        error: str | None = None,
        **more: object,
    ) -> None:
        """Store a poll that began so many minutes before NOW and took two seconds."""
        started = NOW - timedelta(minutes=minutes)
        poll = Poll(
            started_at=started,
            finished_at=started + timedelta(seconds=2),
            result=PollResult(result),
            error=error,
            **more,  # type: ignore[arg-type]
        )
        self.writer.save_poll(source, poll)
