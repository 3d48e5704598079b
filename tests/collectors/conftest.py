"""Servers on loopback and clients whose clock and pauses a test holds in its hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from collectors.http import Clients
from collectors.manners import Manners
from core.masking import Masker
from tests.collectors.collectors_server import Answer, Served


class Hand:
    """A clock that a test moves, and the pauses that were asked for."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
        self.pauses: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def move(self, **parts: float) -> None:
        """Let time pass."""
        self.now += timedelta(**parts)

    async def sleep(self, seconds: float) -> None:
        """Note the pause, and let the time pass at once."""
        self.pauses.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def hand() -> Hand:
    """A clock at 2026-11-24 14:00 UTC."""
    return Hand()


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Served]]:
    """Starts servers, and stops them after the test."""
    running: list[Served] = []

    def start(answer: Answer) -> Served:
        running.append(Served(answer))
        return running[-1]

    yield start
    for served in running:
        served.stop()


@pytest.fixture
async def clients(hand: Hand) -> AsyncIterator[Clients]:
    """Clients that are quick to lose patience and never really pause."""
    made = Clients(
        Manners(
            connect=timedelta(seconds=2),
            read=timedelta(seconds=0.4),
            whole=timedelta(seconds=1),
            body_bytes=100_000,
        ),
        clock=hand,
        sleep=hand.sleep,
        jitter=lambda: 0.0,
    )
    yield made
    await made.aclose()


@pytest.fixture
def masker() -> Masker:
    """A masker with a key of its own."""
    return Masker(b"test-key")
