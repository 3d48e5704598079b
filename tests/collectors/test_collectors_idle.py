"""Which connections wait for their next request, for how long, and what happens when one turns out to be dead."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator

import pytest

from collectors.call import prepared
from collectors.connection import Place, connect
from collectors.exchange import Request
from collectors.http import Clients, HttpClient
from collectors.idle import IdleConnections, most_idle

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"


class Server:
    """Answers everything; `connections`: made so far, `open`: of them still open, `requests`: heard."""

    def __init__(self) -> None:
        self.connections = self.open = self.requests = 0
        self.dies_silently = False

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            for number in range(100):
                await reader.readuntil(b"\r\n\r\n")
                if number and self.dies_silently:
                    # As a server does whose patience ended just when the request came.
                    return
                self.requests += 1
                writer.write(OK)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, int]]:
    """The server, and its port on loopback."""
    made = Server()
    listening = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    yield made, listening.sockets[0].getsockname()[1]
    listening.close()


async def settled(server: Server, still_open: int) -> None:
    """Wait until the server has noticed."""
    async with asyncio.timeout(60):
        while server.open != still_open:  # noqa: ASYNC110 - a server tells of it by no event
            await asyncio.sleep(0.01)


async def used(place: Place, idle: IdleConnections) -> None:
    """Make one call and put its connection back."""
    connection = idle.take(place) or await connect(place, 5)
    call = prepared(Request("GET", f"http://{place.host}:{place.port}/"))
    await connection.ask(call.said, 5, 5)
    while await connection.part(5) is not None:
        pass
    idle.put(place, connection)


async def test_a_connection_is_taken_again(server: tuple[Server, int]) -> None:
    """The second call costs no second connection."""
    made, port = server
    idle, place = IdleConnections(most=4), Place("127.0.0.1", port, "127.0.0.1", None)
    await used(place, idle)
    await used(place, idle)
    assert (made.connections, made.requests, len(idle)) == (1, 2, 1)
    idle.close()
    await settled(made, 0)
    assert len(idle) == 0


async def test_a_connection_is_closed_when_its_time_is_over(server: tuple[Server, int]) -> None:
    """It is closed by itself: a host that is never called again costs no file for ever."""
    made, port = server
    idle = IdleConnections(keep_seconds=0.05, most=4)
    await used(Place("127.0.0.1", port, "127.0.0.1", None), idle)
    await settled(made, 0)
    assert len(idle) == 0


async def test_no_more_wait_than_allowed(server: tuple[Server, int]) -> None:
    """The one that has waited longest goes."""
    made, port = server
    idle = IdleConnections(most=2)
    first, second, third = (Place("127.0.0.1", port, name, None) for name in "abc")
    for place in (first, second, third):
        await used(place, idle)
    await settled(made, 2)
    assert idle.take(first) is None
    assert idle.take(third) is not None
    idle.close()


async def test_what_must_not_be_asked_twice_gets_a_fresh_one(server: tuple[Server, int]) -> None:
    """A connection that waited for long may just be dying."""
    made, port = server
    idle, place = IdleConnections(most=2), Place("127.0.0.1", port, "", None)
    await used(place, idle)
    assert idle.take(place, fresh=True) is not None
    await used(place, idle)
    idle._at[place][0].since -= 60  # as if it had waited for a minute
    assert idle.take(place, fresh=True) is None
    assert idle.take(place) is not None
    assert made.connections == 2


async def test_a_server_that_closes_as_it_is_asked_is_asked_again(server: tuple[Server, int]) -> None:
    """A poll each minute meets servers that close after a minute: that is no failure of theirs."""
    made, port = server
    clients = Clients()
    http = HttpClient(clients)
    url = f"http://127.0.0.1:{port}/runs"
    assert (await http.fetch(Request("GET", url))).status == 200
    made.dies_silently = True
    assert (await http.fetch(Request("GET", url), patient=False)).status == 200
    assert (made.connections, made.requests) == (2, 2)
    await clients.aclose()


def test_most_files_are_left_to_others() -> None:
    """Idle connections take a part of the files that may be open, and no more."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert 16 <= most_idle() <= max(16, soft // 4)
