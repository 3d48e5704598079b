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
    """Clients that never really pause, and wait long enough for the busiest machine."""
    made = _clients(hand, read=20, whole=60)
    yield made
    await made.aclose()


@pytest.fixture
async def hasty(hand: Hand) -> AsyncIterator[Clients]:
    """Clients that are quick to lose patience, for what is never answered."""
    made = _clients(hand, read=0.4, whole=1)
    yield made
    await made.aclose()


def _clients(hand: Hand, read: float, whole: float) -> Clients:
    manners = Manners(
        connect=timedelta(seconds=20),
        read=timedelta(seconds=read),
        whole=timedelta(seconds=whole),
        body_bytes=100_000,
    )
    return Clients(manners, clock=hand, sleep=hand.sleep, jitter=lambda: 0.0)


@pytest.fixture
def masker() -> Masker:
    """A masker with a key of its own."""
    return Masker(b"test-key")
