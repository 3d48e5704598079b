"""One look at one source: read on from its cursor, store each batch, and say how it went."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from collectors.arrival import Arrival
from collectors.ending import stale
from collectors.http import HttpClient
from collectors.outcome import Outcome, pressure
from collectors.outfit import Outfit
from collectors.proxy import Proxy
from collectors.source import SourceContext, closing
from collectors.tls import OwnTls
from collectors.together import MOST_RECORDS, Together, to_the_end
from core.errors import CursorMoved, SourceError, StorageError
from core.records import Batch, Cursor, Poll, SyncRun
from core.settings import SourceSettings
from storage.keys import Brought, SourceKey, Written
from storage.queries.cursors import open_runs

log = structlog.get_logger(__name__)


async def poll(
    outfit: Outfit,
    integration: str,
    settings: SourceSettings,
    *,
    horizon: datetime | None = None,
    all_history: bool = False,
) -> Poll:
    """Look at a source once, and store what it brings and how it went.

    horizon: records older than it are refused (None: none is). Whatever the source does wrong becomes
    the returned `Poll`; only storage that cannot be written raises. When cancelled it finishes the
    batch in hand, stores what was done, and ends as cancelled.
    """
    http = HttpClient(
        outfit.clients,
        within=None if all_history else settings.every,
        proxy=Proxy.of(outfit.proxy_of(settings)),
        tls=OwnTls.of(settings),
    )
    look = _Look(outfit, SourceKey(integration, settings.name), settings, horizon, outfit.clock(), http)
    try:
        await look.read(all_history=all_history)
    except asyncio.CancelledError:
        if look.outcome.written or look.held is not None:
            if look.held is None:
                look.outcome.stopped()
            await look.save()
        raise
    return await look.save()


class _Look:
    """held: the last batch, which is stored with how the look went."""

    def __init__(
        self,
        outfit: Outfit,
        key: SourceKey,
        settings: SourceSettings,
        horizon: datetime | None,
        started_at: datetime,
        http: HttpClient,
    ) -> None:
        self.outfit, self.key, self.settings = outfit, key, settings
        self.horizon, self.started_at, self.http = horizon, started_at, http
        self.outcome = Outcome()
        self.held: Batch | None = None
        self.revision = 0
        self.cursor: Cursor = {}
        # Only sources that bring runs have this key.
        given = getattr(settings, "stale_after", None)
        self.stale_after = given if isinstance(given, timedelta) else None

    async def read(self, *, all_history: bool) -> None:
        """Take batch after batch; every failure but a cancellation ends in the outcome."""
        source = self.outfit.sources[self.settings.type]
        ctx = SourceContext(
            integration=self.key.integration,
            name=self.key.source,
            side=self.settings.side,
            now=self.started_at,
            http=self.http,
            all_history=all_history,
            horizon=self.horizon,
            zone=self.outfit.zone_of(self.key.integration),
        )
        try:
            known = self.outfit.writer.known_cursor(self.key)
            if known is None:
                known = await asyncio.to_thread(self.outfit.writer.cursor, self.key)
            self.revision, self.cursor = known
            async with closing(source.collect(self.settings, self.cursor, ctx)) as batches:
                async for batch in batches:
                    await self._store(batch)
            if self.stale_after is not None:
                await self._close_stale_runs(self.stale_after)
        except StorageError:
            # Our own database is in trouble: that says nothing about the source.
            raise
        except Exception as error:  # noqa: BLE001  a fault in one source must not stop the others
            self._failed(self.outcome, error)

    def _failed(self, outcome: Outcome, error: Exception) -> None:
        """Note what ended the look."""
        if isinstance(error, SourceError):
            outcome.failed(self._arrival().text(error.message), error.permanent, error.retry_after)
        elif isinstance(error, CursorMoved):
            outcome.overtaken()
        else:
            log.error("source broke", source=str(self.key), exc_info=error)
            text = f"{type(error).__name__}: {getattr(error, 'orig', error)}"
            outcome.failed(self._arrival().text(text)[:500], permanent=False, retry_after=None)

    async def save(self) -> Poll:
        """Store how it went, and the batch that is held. Raises StorageError."""
        together, held = self.outfit.together, self.held
        if together is not None and held is not None:
            return await self._end(together, held)
        self.outcome.counted(self.http.requests, self.http.bytes, self.http.notes)
        poll = self.outcome.poll(self.started_at, self.outfit.clock(), self._slower())
        if together is not None:
            await together.save(self.key, poll)
        else:
            await to_the_end(asyncio.to_thread(self.outfit.writer.save_poll, self.key, poll))
        return poll

    async def _end(self, together: Together, batch: Batch) -> Poll:
        ended, slower = list[Poll](), self._slower()

        def told(answer: Written | Exception) -> Poll | None:
            """In the thread that writes: what became of the batch is known only there."""
            if isinstance(answer, StorageError):
                return None
            # A copy, because the transaction may be tried again, and then the batch may fare otherwise.
            outcome = self.outcome.copy()
            if isinstance(answer, Written):
                outcome.took(batch)
                outcome.stored(answer)
            else:
                self._failed(outcome, answer)
            # Only now: it includes what the batch itself tells.
            outcome.counted(self.http.requests, self.http.bytes, self.http.notes)
            ended.append(outcome.poll(self.started_at, self.outfit.clock(), slower))
            return ended[-1]

        await together.end(Brought(self.key, batch, self.revision, self.outfit.clock(), self.horizon, told))
        return ended[-1]

    def _slower(self) -> tuple[datetime, str] | None:
        """Until when to leave the source alone, and why."""
        return pressure(self.http.last, self.settings.every, self.started_at)

    async def _store(self, batch: Batch) -> None:
        batch = self._arrival().batch(batch)
        together = self.outfit.together
        if not batch.records and dict(batch.cursor) == dict(self.cursor):
            self.outcome.took(batch)
        elif together is None or batch.records > MOST_RECORDS:
            await to_the_end(asyncio.to_thread(self._write, batch))
        elif batch.last and self.stale_after is None:
            self.held = batch
        elif self.outcome.written:
            await to_the_end(asyncio.to_thread(self._write, batch))
        else:
            await to_the_end(self._write_together(together, batch))

    def _write(self, batch: Batch) -> None:
        written = self.outfit.writer.write(
            self.key, batch, revision=self.revision, now=self.outfit.clock(), horizon=self.horizon
        )
        self._wrote(batch, written)

    async def _write_together(self, together: Together, batch: Batch) -> None:
        """The same beside other polls' batches; only a poll's first, lest each page waits for the next round."""
        brought = Brought(self.key, batch, self.revision, self.outfit.clock(), self.horizon)
        self._wrote(batch, await together.write(brought))

    def _wrote(self, batch: Batch, written: Written) -> None:
        """Only now move on: what was raised leaves revision and cursor as they were."""
        self.revision, self.cursor = written.revision, batch.cursor
        self.outcome.took(batch)
        self.outcome.stored(written)

    async def _close_stale_runs(self, stale_after: timedelta) -> None:
        """Fail the runs that are overdue and that the source no longer lists."""
        if self.outcome.truncated:
            return
        now = self.outfit.clock()
        known = await asyncio.to_thread(self._open_runs)
        overdue = [run for run in known if stale(run, now, stale_after) is not run]
        if overdue:
            await self._store(Batch(cursor=self.cursor, runs=overdue))

    def _arrival(self) -> Arrival:
        return Arrival(
            side=self.settings.side,
            masker=self.outfit.masker,
            now=self.outfit.clock(),
            stale_after=self.stale_after,
            kinds=self.settings.brings,
            redact=self.outfit.redact,
        )

    def _open_runs(self) -> list[SyncRun]:
        with self.outfit.store.read() as connection:
            return open_runs(connection, self.key)
