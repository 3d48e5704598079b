"""Delivering: the dispatcher bound to the outbox, the channels and the network; and the outside clock."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from composition.names import channels
from composition.outbound import HttpTransport
from core import clock
from core.settings import Settings

if TYPE_CHECKING:
    from alerts.circumstances import Circumstances
    from alerts.dead_man import DeadMan
    from alerts.dispatch import Dispatcher
    from storage.store import Store
    from storage.writer import Writer

KNOWN_FOR = timedelta(seconds=10)
"""A diagnosis is taken for all messages about its integration that leave so soon after one another."""


@dataclass
class Delivering:
    """What the worker sends with. Belongs to the worker's event loop; close it at the end."""

    dispatcher: Dispatcher
    clock_outside: DeadMan
    settings: Callable[[], Settings]
    transport: HttpTransport

    async def ring(self, now: datetime, evaluated_at: datetime | None, looked_at: datetime | None) -> None:
        """Ring the outside clock if it is time. Raises ChannelError."""
        await self.clock_outside.ring(self.settings().dead_man, now, evaluated_at, looked_at)

    async def close(self) -> None:
        """Let the messages in hand leave, then close the connections."""
        await self.dispatcher.close()
        await self.transport.aclose()


@dataclass
class Diagnoses:
    """The probable cause of what is wrong with an integration, as of the last few seconds; threads may share it."""

    store: Store
    settings: Callable[[], Settings]
    _known: dict[str, tuple[datetime, Circumstances | None]] = field(default_factory=dict)

    def __call__(self, integration: str, now: datetime) -> Circumstances | None:
        """None where the integration is not configured. Raises StorageError."""
        from alerts.circumstances import Circumstances
        from assess.diagnosis import diagnosis

        seen = self._known.get(integration)
        if seen is not None and timedelta() <= now - seen[0] < KNOWN_FOR:
            return seen[1]
        with self.store.read() as connection:
            found = diagnosis(connection, self.settings(), integration, now)
        known = None
        if found is not None:
            seen_not = found.of_sight
            blind = Circumstances(seen_not.cause, seen_not.next_step, seen_not.call) if seen_not else None
            known = Circumstances(found.cause, found.next_step, found.call, blind)
        self._known[integration] = (now, known)
        return known


def delivering(settings: Callable[[], Settings], store: Store, writer: Writer) -> Delivering:
    """The dispatcher and the outside clock of this process."""
    from alerts.dead_man import DeadMan
    from alerts.dispatch import Dispatcher, Post
    from storage.queries.outbox import due_channels

    def due(now: datetime) -> frozenset[str]:
        with store.read() as connection:
            return due_channels(connection, now)

    transport = HttpTransport(lambda: settings().proxy_of())
    post = Post(
        settings=settings,
        channels=channels(),
        outbox=writer,
        due=due,
        transport=transport,
        circumstances=Diagnoses(store, settings),
        clock=clock.now,
        worker=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        redact=lambda text: settings().redact(text),
    )
    return Delivering(Dispatcher(post), DeadMan(transport), settings, transport)
