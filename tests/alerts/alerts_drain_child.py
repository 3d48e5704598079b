"""The process that the drain test kills: delivers what the outbox holds until nothing waits."""

from __future__ import annotations

import asyncio
import os
import sys

from alerts.dispatch import Dispatcher, Post
from composition.names import channels
from composition.outbound import HttpTransport
from core.alerting import NoticeState
from core.clock import now
from storage import queries
from storage.queries.outbox import due_channels
from storage.store import Store, open_store
from storage.writer import Writer
from tests.alerts.alerts_letters import CAUSE
from tests.alerts.alerts_post import configured

LEASE_SECONDS = 4.0
SEND_SECONDS = 2.0


async def drain(store: Store, url: str) -> None:
    """Tick as the worker does, only faster."""
    settings, transport = configured(url), HttpTransport()

    def due(at: object) -> frozenset[str]:
        with store.read() as connection:
            return due_channels(connection, now())

    dispatcher = Dispatcher(
        Post(
            settings=lambda: settings,
            channels=channels(),
            outbox=Writer(store),
            due=due,
            transport=transport,
            circumstances=lambda integration, at: CAUSE,
            clock=now,
            worker=str(os.getpid()),
            lease_seconds=LEASE_SECONDS,
            send_seconds=SEND_SECONDS,
        )
    )
    while True:
        await dispatcher.deliver(now())
        await dispatcher.settle()
        with store.read() as connection:
            if not queries.outbox_counts(connection).by_state[NoticeState.WAITING]:
                return
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    with open_store(sys.argv[1], writable=True) as opened:
        asyncio.run(drain(opened, sys.argv[2]))
