"""How HTTP/1.1 is spoken: bodies of every length, connections kept and let go of."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from collectors.exchange import Request
from collectors.http import Clients, HttpClient
from collectors.wire import MOST_UNREAD_BYTES

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Listen = Callable[[Talk], Awaitable[str]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Starts a server that says what it is told to; its address."""
    servers: list[asyncio.Server] = []

    async def start(talk: Talk) -> str:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/runs"

    yield start
    for server in servers:
        server.close()


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    made = Clients()
    yield made
    await made.aclose()


def saying(*answers: bytes, heard: list[bytes] | None = None) -> Talk:
    """Answers the requests of each connection with these in turn, then closes it."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            head = await reader.readuntil(b"\r\n\r\n")
            if heard is not None:
                heard.append(head)
            writer.write(answer)
        writer.close()

    return talk


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        pytest.param(OK, b"[]", id="of a told length"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1\r\n]\r\n0\r\n\r\n",
            b"[]",
            id="in chunks",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n[]", b"[]", id="until the end"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n[]", b"[]", id="of an old server"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", b"", id="none"),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK, b"[]", id="after a hint"),
    ],
)
async def test_body_is_read_whole(listen: Listen, clients: Clients, answer: bytes, body: bytes) -> None:
    """However its end is told."""
    response = await HttpClient(clients).fetch(Request("GET", await listen(saying(answer))))
    assert response.body == body


async def test_connection_is_used_again(listen: Listen, clients: Clients) -> None:
    """Two calls after one another go over one connection."""
    connections = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await saying(OK, OK)(reader, writer)

    request = Request("GET", await listen(talk))
    for _ in range(2):
        assert (await HttpClient(clients).fetch(request)).body == b"[]"
    assert len(connections) == 1


async def test_connection_that_is_asked_to_close_is_not_used_again(listen: Listen, clients: Clients) -> None:
    """Also where the server does not say that it heeds it."""
    peers: list[object] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer.get_extra_info("peername"))
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(OK)

    url = await listen(talk)
    for _ in range(2):
        await HttpClient(clients).fetch(Request("GET", url, (("Connection", "close"),)))
    assert len(peers) == 2


async def test_connection_that_was_closed_meanwhile_is_not_used(listen: Listen, clients: Clients) -> None:
    """Nor does that cost an attempt."""
    gone: list[asyncio.Event] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone.append(asyncio.Event())
        await saying(OK)(reader, writer)
        await writer.wait_closed()
        gone[-1].set()

    request, http = Request("GET", await listen(talk)), HttpClient(clients)
    await http.fetch(request)
    await gone[0].wait()
    for _ in range(5):  # until the loop has seen it
        await asyncio.sleep(0)
    assert (await http.fetch(request)).body == b"[]"
    assert (http.requests, len(gone)) == (2, 2)


async def test_what_nobody_asked_is_no_answer(listen: Listen, clients: Clients) -> None:
    """Some servers say 408 before they close a connection on which nothing was asked for a while."""
    more = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()
        await more.wait()
        writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    http, address = HttpClient(clients), await listen(talk)
    await http.fetch(Request("GET", address))
    more.set()
    await asyncio.sleep(0.05)
    assert (await http.fetch(Request("GET", address))).status == 200


async def test_an_answer_to_a_request_that_is_not_taken_whole_is_read(
    listen: Listen, clients: Clients
) -> None:
    """As a server says that it is too large, and leaves the connection open: nothing else is said on that one."""
    heard: list[bytes] = []
    done = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK if len(heard) > 1 else b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await done.wait()

    http, address = HttpClient(clients), await listen(talk)
    async with asyncio.timeout(5):
        assert (await http.fetch(Request("POST", address, (), b"x" * 8_000_000))).status == 413
        assert (await http.fetch(Request("GET", address))).status == 200
    done.set()


async def test_what_follows_an_answer_is_not_the_next_one(listen: Listen, clients: Clients) -> None:
    """A length told too short leaves bytes behind, and the connection is let go of."""
    http, address = HttpClient(clients), await listen(saying(OK + b"HTTP/1.1 500 No\r\n\r\n"))
    await http.fetch(Request("GET", address))
    assert (await http.fetch(Request("GET", address))).status == 200


async def test_what_follows_a_full_read_is_not_the_next_answer(listen: Listen, clients: Clients) -> None:
    """What came together with an answer and was not read with it is noticed, wherever a read ends."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
    answers = []
    for whole in (MOST_UNREAD_BYTES, 2 * MOST_UNREAD_BYTES, 4 * MOST_UNREAD_BYTES):
        length = whole - len(head % whole)
        answers.append(head % length + b" " * (length - 2) + b"[]")
    http = HttpClient(clients)
    for answer in answers:
        assert len(answer) % MOST_UNREAD_BYTES == 0
        address = await listen(saying(answer + b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", OK))
        await http.fetch(Request("GET", address))
        assert (await http.fetch(Request("GET", address))).status == 200


async def test_what_came_unseen_is_no_answer(clients: Clients) -> None:
    """What was said while the loop was busy has come, though the loop does not know of it."""
    asked, said = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            first, _ = server.accept()
            first.recv(65536)
            first.sendall(OK)
            asked.wait()
            first.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
            said.set()
            second, _ = server.accept()
            second.recv(65536)
            second.sendall(OK)
            first.close()
            second.close()

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        request = Request("GET", f"http://127.0.0.1:{server.getsockname()[1]}/runs")
        http = HttpClient(clients)
        await http.fetch(request)
        asked.set()
        said.wait()  # and the loop with it
        assert (await http.fetch(request)).status == 200
        serving.join()


async def test_a_408_that_crosses_a_request_does_not_answer_it(listen: Listen, clients: Clients) -> None:
    """The server gave the kept connection up before it read what was asked: it is asked on another one."""
    timeout = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    heard: list[bytes] = []
    request, http = Request("GET", await listen(saying(OK, timeout, heard=heard))), HttpClient(clients)
    await http.fetch(request)
    assert (await http.fetch(request)).status == 200
    assert len(heard) == 3


async def test_a_408_on_a_new_connection_is_the_answer(listen: Listen, clients: Clients) -> None:
    """It is asked once."""
    timeout = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    heard: list[bytes] = []
    request = Request("GET", await listen(saying(timeout, heard=heard)))
    assert (await HttpClient(clients).fetch(request)).status == 408
    assert len(heard) == 1


async def test_user_in_the_address_goes_as_a_header(listen: Listen, clients: Clients) -> None:
    """As a browser sends it, and not in the address."""
    heard: list[bytes] = []
    address = (await listen(saying(OK, heard=heard))).replace("//", "//user:word@")
    await HttpClient(clients).fetch(Request("GET", address))
    lines = heard[0].decode().split("\r\n")
    assert lines[0] == "GET /runs HTTP/1.1"
    assert "Authorization: Basic dXNlcjp3b3Jk" in lines


async def test_our_own_headers_yield_to_those_that_are_given(listen: Listen, clients: Clients) -> None:
    """Of one name only the configured header goes out."""
    heard: list[bytes] = []
    request = Request("GET", await listen(saying(OK, heard=heard)), (("accept", "text/csv"),))
    await HttpClient(clients).fetch(request)
    accepted = [line for line in heard[0].decode().split("\r\n") if line.lower().startswith("accept:")]
    assert accepted == ["accept: text/csv"]
