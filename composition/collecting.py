"""Collecting: the worker with its duties bound, and one look at every source."""

from __future__ import annotations

import asyncio
import gc
import resource
import signal
from datetime import datetime
from typing import TYPE_CHECKING

from composition.current import Current
from composition.names import sources, watched
from composition.refreshing import Refresher
from composition.stores import masker, writing
from composition.zones import zone_of, zones_of
from core import clock
from core.errors import UsageError
from core.routing import UNROUTED
from core.settings import Settings, SourceSettings

if TYPE_CHECKING:
    from collectors.check import Checked
    from collectors.gate import Gate
    from collectors.outfit import Outfit
    from core.records import Poll
    from storage.keys import SourceKey
    from storage.store import Store
    from storage.writer import Writer
    from worker.service import Worker

OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""New objects after which a worker that runs for weeks looks for garbage; a short command never does. A round of a
thousand polls has tens of thousands at once that live for a second: none of them is to be looked through."""

OPEN_FILES = 8192
"""So many files and connections the worker may have open, where the system lets it."""

STORED_APART_SECONDS = 1.0
"""Between two transactions that store what polls brought and how they went."""

STORED_APART_ONCE_SECONDS = 0.1
"""The same where somebody waits for the end of it."""

AT_ONCE = 16
"""So many sources are looked at at once where each is looked at once."""


def outfit(
    settings: Settings, store: Store, writer: Writer, apart_seconds: float = STORED_APART_SECONDS
) -> Outfit:
    """What all polls of this process share. Call it on the event loop that polls."""
    from collectors.http import Clients
    from collectors.outfit import Outfit
    from collectors.together import Together

    return Outfit(
        store=store,
        writer=writer,
        clients=Clients(),
        masker=masker(settings),
        sources=sources(),
        redact=settings.redact,
        zone_of=zones_of(settings),
        proxy_of=settings.proxy_of,
        # PostgreSQL's writers do not queue, so there is nothing to gain by waiting for one another.
        together=Together(writer, apart_seconds) if store.engine.single_writer else None,
    )


def worker(current: Current, store: Store, writer: Writer) -> Worker[SourceKey]:
    """The worker with its duties bound, ready to run."""
    from composition.alerting import alarm
    from composition.reloading import Collecting
    from storage.queries.cursors import held_back
    from worker.duties import Duties
    from worker.service import Worker

    _allow_files()
    collecting = Collecting(current, outfit(current.settings, store, writer), writer)

    def prune(now: datetime) -> None:
        writer.prune(current.settings.retention, now)

    with store.read() as connection:
        not_before = held_back(connection)
    return Worker(
        Duties(
            every=collecting.every(),
            not_before=not_before,
            poll=collecting.poll,
            refresh=Refresher(lambda: current.settings, store, writer),
            prune=prune,
            integration_of=lambda key: key.integration,
            clock=clock.now,
            reload=collecting.reload,
            alarm=alarm(lambda: current.settings, store, writer),
            close=collecting.outfit.clients.aclose,
        )
    )


def _allow_files() -> None:
    """Ask for more open files than the usual 1,024: each polled host keeps a connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def work(settings: Settings) -> None:
    """Run the worker alone until SIGTERM or Ctrl-C; the batches in hand are finished first."""
    from core.logs import set_up

    current = Current(settings, clock.now())
    set_up(current.redact)

    async def until_stopped(one: Worker[SourceKey]) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await one.run(stop)

    with writing(settings) as (store, writer):
        # What lives for good is not looked through at each collection.
        gc.collect()
        gc.freeze()
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
        asyncio.run(until_stopped(worker(current, store, writer)))


def collect_once(settings: Settings) -> list[tuple[SourceKey, Poll]]:
    """Look at every source once, all history, store what it brings, and evaluate the alerts once.

    Prunes nothing, and sends nothing: messages leave by the next worker.
    """
    from collectors.gate import Gate
    from collectors.run import poll
    from composition.alerting import evaluator
    from storage.keys import SourceKey

    begun = clock.now()
    _log_troubles(settings)

    async def look(shared: Outfit, gate: Gate, integration: str, source: SourceSettings) -> Poll:
        async with gate:
            return await poll(shared, integration, source, all_history=True)

    async def look_at_all(store: Store, writer: Writer) -> list[tuple[SourceKey, Poll]]:
        shared, gate = outfit(settings, store, writer, STORED_APART_ONCE_SECONDS), Gate(AT_ONCE)
        wanted = watched(settings)
        async with shared.clients:
            polls = await asyncio.gather(*(look(shared, gate, key, source) for key, source in wanted))
        keys = (SourceKey(key, source.name) for key, source in wanted)
        return list(zip(keys, polls, strict=True))

    with writing(settings) as (store, writer):
        polls = asyncio.run(look_at_all(store, writer))
        Refresher(lambda: settings, store, writer)(None, clock.now())
        evaluator(lambda: settings, store, writer, begun).evaluate(clock.now())
        return polls


def check_sources(settings: Settings, integration: str | None) -> list[Checked]:
    """Look at every source (of one integration) once and write nothing. Raises UsageError."""
    from collectors.check import check
    from collectors.gate import Gate
    from collectors.http import Clients

    wanted = _wanted(settings, integration)
    _log_troubles(settings)

    async def look(clients: Clients, gate: Gate, key: str, source: SourceSettings) -> Checked:
        async with gate:
            return await check(
                key,
                source,
                clients=clients,
                masker=masker(settings),
                sources=sources(),
                redact=settings.redact,
                zone=zone_of(settings, key),
                proxy_of=settings.proxy_of,
            )

    async def look_at_all() -> list[Checked]:
        gate = Gate(AT_ONCE)
        async with Clients() as clients:
            return list(await asyncio.gather(*(look(clients, gate, key, source) for key, source in wanted)))

    return asyncio.run(look_at_all())


def _log_troubles(settings: Settings) -> None:
    """Log on stderr, without secrets; what went well is the command's own answer."""
    from core.logs import set_up

    set_up(settings.redact, level="WARNING")


def _wanted(settings: Settings, integration: str | None) -> list[tuple[str, SourceSettings]]:
    """The sources of one integration, or of all (None), each with its integration. Raises UsageError."""
    if integration not in (None, UNROUTED) and settings.integration(integration) is None:
        raise UsageError(f"--integration: {integration!r} is not configured")
    wanted = [
        (one.key, source)
        for one in settings.integrations
        if integration in (None, one.key)
        for source in one.sources
    ]
    shared = settings.sources if integration in (None, UNROUTED) else ()
    return [*wanted, *((UNROUTED, source) for source in shared)]
