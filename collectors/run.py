"""One look at one source: read on from its cursor, store each batch, and say how it went."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from collectors.arrival import Arrival, unchanged
from collectors.ending import stale
from collectors.http import Clients, HttpClient
from collectors.outcome import Outcome, pressure
from collectors.proxy import Proxy, own_proxy
from collectors.source import Source, SourceContext, utc
from collectors.together import MOST_RECORDS, Together, to_the_end
from core.clock import Clock
from core.clock import now as wall_clock
from core.errors import CursorMoved, SourceError, StorageError
from core.masking import Masker
from core.records import Batch, Cursor, Poll, SyncRun
from core.settings import SourceSettings
from core.settings.proxy import ProxySettings
from storage.keys import Brought, SourceKey, Written
from storage.queries.cursors import open_runs
from storage.store import Store

log = structlog.get_logger(__name__)


class Writes(Protocol):
    """What a poll needs of `storage.writer.Writer`."""

    def write(
        self, source: SourceKey, batch: Batch, *, revision: int, now: datetime, horizon: datetime | None
    ) -> Written:
        """Store a batch and its cursor in one transaction. Raises CursorMoved."""

    def save_poll(self, source: SourceKey, poll: Poll) -> None:
        """Store how a poll went."""

    def known_cursor(self, source: SourceKey) -> tuple[int, Cursor] | None:
        """Revision and cursor of a source, where no database has to be asked."""

    def cursor(self, source: SourceKey) -> tuple[int, Cursor]:
        """Revision and cursor of a source, from the database."""


@dataclass(frozen=True, slots=True)
class Outfit:
    """What all polls of one process share.

    sources: the registry, by type; redact: takes the configuration's secrets out of a text, should a
    source say one back; zone_of: the time zone of an integration, by its key; together:
    stores what polls bring and how they went, many at once (None: each by itself); proxy_of: what a
    source's calls go through.
    """

    store: Store
    writer: Writes
    clients: Clients
    masker: Masker
    sources: Mapping[str, Source[SourceSettings]]
    clock: Clock = wall_clock
    redact: Callable[[str], str] = unchanged
    zone_of: Callable[[str], ZoneInfo] = utc
    together: Together | None = None
    proxy_of: Callable[[SourceSettings], ProxySettings | None] = own_proxy


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
    )
    look = _Look(outfit, SourceKey(integration, settings.name), settings, horizon, outfit.clock(), http)
    try:
        await look.read(all_history=all_history)
    except asyncio.CancelledError:
        if look.outcome.written:
            look.outcome.stopped()
            await look.save()
        raise
    return await look.save()


@dataclass
class _Look:
    outfit: Outfit
    key: SourceKey
    settings: SourceSettings
    horizon: datetime | None
    started_at: datetime
    http: HttpClient
    outcome: Outcome = field(default_factory=Outcome)
    revision: int = 0
    cursor: Cursor = field(default_factory=dict)

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
            await self._close_stale_runs()
        except SourceError as error:
            self.outcome.failed(self._arrival().text(error.message), error.permanent, error.retry_after)
        except CursorMoved:
            self.outcome.overtaken()
        except StorageError:
            # Our own database is in trouble: that says nothing about the source.
            raise
        except Exception as error:
            log.error("source broke", source=str(self.key), exc_info=error)
            text = f"{type(error).__name__}: {getattr(error, 'orig', error)}"
            self.outcome.failed(self._arrival().text(text)[:500], permanent=False, retry_after=None)

    async def save(self) -> Poll:
        """Store how it went."""
        self.outcome.counted(self.http.requests, self.http.bytes)
        slower = pressure(self.http.last, self.settings.every, self.started_at)
        poll = self.outcome.poll(self.started_at, self.outfit.clock(), slower)
        if self.outfit.together is not None:
            await to_the_end(self.outfit.together.save(self.key, poll))
        else:
            await to_the_end(asyncio.to_thread(self.outfit.writer.save_poll, self.key, poll))
        return poll

    async def _store(self, batch: Batch) -> None:
        batch = self._arrival().batch(batch)
        if not batch.records and dict(batch.cursor) == dict(self.cursor):
            self.outcome.took(batch)
        elif self.outfit.together is None or self.outcome.written or batch.records > MOST_RECORDS:
            await to_the_end(asyncio.to_thread(self._write, batch))
        else:
            await to_the_end(self._write_together(self.outfit.together, batch))

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
        self.outcome.stored(written.refused, written.unrouted)

    async def _close_stale_runs(self) -> None:
        """Fail the runs that are overdue and that the source no longer lists."""
        stale_after = self._stale_after()
        if stale_after is None or self.outcome.truncated:
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
            stale_after=self._stale_after(),
            kinds=self.settings.brings,
            redact=self.outfit.redact,
        )

    def _stale_after(self) -> timedelta | None:
        """Only sources that bring runs have this key."""
        given = getattr(self.settings, "stale_after", None)
        return given if isinstance(given, timedelta) else None

    def _open_runs(self) -> list[SyncRun]:
        with self.outfit.store.read() as connection:
            return open_runs(connection, self.key)


@asynccontextmanager
async def closing(batches: AsyncIterator[Batch]) -> AsyncIterator[AsyncIterator[Batch]]:
    """Close a source's generator at once when the poll ends early, so that it lets go of its files."""
    try:
        yield batches
    finally:
        if isinstance(batches, AsyncGenerator):
            await batches.aclose()
