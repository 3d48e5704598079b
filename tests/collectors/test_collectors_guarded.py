"""A guarded client connects to the address that it looked at, under the name that was written."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import httpx
import pytest

from collectors.call import Call, prepared
from collectors.exchange import Request
from collectors.guarded import GuardedTransport
from collectors.http import Clients, HttpClient
from collectors.transport import Incoming
from core.errors import AddressRefused, SourceError
from tests.collectors.collectors_server import Answer, Reply, Served

Serve = Callable[[Answer], Served]


@pytest.fixture
async def guarded() -> AsyncIterator[Clients]:
    """Clients that may reach private addresses."""
    made = Clients(guard=GuardedTransport)
    yield made
    await made.aclose()


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Every name resolves to these; the list of names asked for."""
    asked: list[str] = []

    async def resolve(self: object, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    return asked


async def test_the_name_stays_that_of_the_address(
    serve: Serve, guarded: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to what the name led to; `Host` is what was written."""
    server = serve(lambda _: Reply(b"{}"))
    leads_to(monkeypatch, "127.0.0.1")
    url = f"http://hook.example:{server.port}/take"
    answer = await HttpClient(guarded).fetch(Request("POST", url, body=b"x"), patient=False)
    assert answer.status == 200
    assert answer.url == url
    assert server.seen[0].headers["host"] == f"hook.example:{server.port}"


async def test_the_next_address_is_tried(
    serve: Serve, guarded: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that refuses the connection does not end it while there is another."""
    server = serve(lambda _: Reply(b"{}"))
    leads_to(monkeypatch, "127.0.0.9", "127.0.0.1")
    answer = await HttpClient(guarded).fetch(
        Request("GET", f"http://hook.example:{server.port}/"), patient=False
    )
    assert answer.status == 200


async def test_a_name_that_leads_to_a_metadata_service_is_not_connected_to(
    guarded: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the name looks like does not matter, only where it leads."""
    leads_to(monkeypatch, "169.254.169.254")
    with pytest.raises(AddressRefused, match="metadata"):
        await HttpClient(guarded).fetch(Request("GET", "http://innocent.example/"), patient=False)


async def test_public_only_refuses_loopback(serve: Serve) -> None:
    """An address that was typed on a page reaches nothing inside."""
    server = serve(lambda _: Reply(b"{}"))
    clients = Clients(guard=partial(GuardedTransport, public_only=True))
    with pytest.raises(AddressRefused, match="not on the public internet"):
        await HttpClient(clients).fetch(Request("GET", server.url), patient=False)
    await clients.aclose()
    assert server.seen == []


async def test_an_unknown_name_is_no_answer(guarded: Clients) -> None:
    """It may be known tomorrow."""
    with pytest.raises(SourceError, match="not known"):
        await HttpClient(guarded).fetch(Request("GET", "http://nowhere.invalid/"), patient=False)


async def test_the_next_address_is_tried_where_one_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that nothing comes back from, such as one of IPv6 where there is no way to it, ends nothing either."""
    asked: list[str | None] = []

    class Answer200:
        status, headers = 200, ()

        async def part(self) -> bytes | None:
            return None

        def close(self) -> None:
            pass

    class Silent:
        async def send(self, call: Call) -> Incoming:
            asked.append(call.pinned)
            if len(asked) == 1:
                raise httpx.ConnectTimeout("silent")
            return Answer200()

    leads_to(monkeypatch, "127.0.0.9", "127.0.0.1")
    answer = await GuardedTransport(Silent()).send(prepared(Request("GET", "http://hook.example/")))
    assert (answer.status, asked) == (200, ["127.0.0.9", "127.0.0.1"])
