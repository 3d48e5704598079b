"""The outside clock is rung while all is well, and only then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.dead_man import FRESH, DeadMan
from composition.outbound import HttpTransport
from core.errors import ChannelError
from core.settings import DeadManSettings
from tests.alerts.alerts_letters import NOW
from tests.alerts.conftest import Serve
from tests.collectors.collectors_server import Reply


def rings(url: str) -> DeadManSettings:
    return DeadManSettings(url=url, every=timedelta(minutes=1))


async def test_it_rings_every_so_often(serve: Serve, transport: HttpTransport) -> None:
    """Once at the beginning, then a minute after the ring before."""
    server, man = serve(lambda _: Reply(b"OK")), DeadMan(transport)
    for seconds in range(0, 121, 20):
        now = NOW + timedelta(seconds=seconds)
        await man.ring(rings(f"{server.url}/check"), now, now, now)
    assert [seen.method for seen in server.seen] == ["GET"] * 3


@pytest.mark.parametrize(
    ("evaluated", "looked"),
    [(None, 0), (0, None), (61, 0), (0, 61)],
    ids=["never evaluated", "never looked", "stale alerts", "stale agenda"],
)
async def test_it_falls_silent_when_we_do_not_work(
    serve: Serve, transport: HttpTransport, evaluated: int | None, looked: int | None
) -> None:
    """A process that lives but does nothing is as good as dead."""
    server, man = serve(lambda _: Reply(b"OK")), DeadMan(transport)
    ago = [None if age is None else NOW - timedelta(seconds=age) for age in (evaluated, looked)]
    assert not await man.ring(rings(server.url), NOW, *ago)
    assert server.seen == []
    assert await man.ring(rings(server.url), NOW, NOW - FRESH, NOW - FRESH)


async def test_a_ring_that_was_not_heard_is_made_again(serve: Serve, transport: HttpTransport) -> None:
    """At the next occasion, not a minute later; without settings nothing is rung."""
    server, man = serve(lambda _: Reply(b"", 503)), DeadMan(transport)
    with pytest.raises(ChannelError):
        await man.ring(rings(server.url), NOW, NOW, NOW)
    server.answer = lambda _: Reply(b"OK")
    assert await man.ring(rings(server.url), NOW, NOW, NOW)
    assert not await man.ring(None, NOW, NOW, NOW)
