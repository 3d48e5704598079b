"""Receivers on loopback that tests make fail, hang and crash, and what channels send through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from composition.outbound import HttpTransport
from tests.alerts.alerts_mailbox import Mailbox
from tests.collectors.collectors_server import Answer, Served

Serve = Callable[[Answer], Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts webhook receivers, and stops them after the test."""
    running: list[Served] = []

    def start(answer: Answer) -> Served:
        running.append(Served(answer))
        return running[-1]

    yield start
    for served in running:
        served.stop()


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    """The real transport, with its look at addresses."""
    made = HttpTransport()
    yield made
    await made.aclose()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes everything."""
    with Mailbox() as box:
        yield box
