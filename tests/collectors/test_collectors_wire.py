"""One end of a connection: what is held back on both sides, silence, and how it ends."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from collectors.wire import MOST_UNREAD_BYTES, Wire
from tests.waiting import until

Ends = tuple[Wire, socket.socket]
Meet = Callable[[], Awaitable[Ends]]
MUCH = 8 * 1024 * 1024


@pytest.fixture
async def meet() -> AsyncIterator[Meet]:
    """Connects over loopback: our end, and the other side's socket, which does not block."""
    made: list[Ends] = []

    async def connected() -> Ends:
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as server:
            _, wire = await loop.create_connection(Wire, *server.getsockname())
            other, _ = server.accept()
        other.setblocking(False)
        made.append((wire, other))
        return made[-1]

    yield connected
    for wire, other in made:
        wire.transport.abort()
        other.close()


async def test_what_is_not_read_is_not_taken(meet: Meet) -> None:
    """A system that says more than anybody asked fills no memory of ours, and nothing of it is lost."""
    wire, other = await meet()
    loop = asyncio.get_running_loop()
    saying = asyncio.create_task(loop.sock_sendall(other, b"x" * MUCH))
    await until(lambda: wire.unread > MOST_UNREAD_BYTES)
    held = -1
    while held != wire.unread:
        held = wire.unread
        await asyncio.sleep(0.05)
    assert held < MUCH / 4
    assert not saying.done()
    read = 0
    while read < MUCH:
        read += len(await wire.read(60))
    await saying
    assert (read, wire.unread) == (MUCH, 0)


async def test_what_nobody_takes_is_waited_for_and_then_given_up(meet: Meet) -> None:
    """A system that reads nothing of a long request."""
    wire, _ = await meet()
    with pytest.raises(TimeoutError):
        await wire.write(b"x" * MUCH, 0.05)


async def test_one_that_talks_and_takes_nothing_is_heard(meet: Meet) -> None:
    """It may have answered already; what it has not taken yet goes on leaving meanwhile."""
    wire, other = await meet()
    loop = asyncio.get_running_loop()
    saying = asyncio.create_task(wire.write(b"x" * MUCH, 120))
    await asyncio.sleep(0.05)
    assert not saying.done()
    other.send(b"no")
    await asyncio.wait_for(saying, 60)
    assert (await wire.read(60), wire.unsent) == (b"no", True)
    heard = 0
    while heard < MUCH:
        heard += len(await loop.sock_recv(other, 1024 * 1024))
    assert not wire.unsent


async def test_what_is_taken_late_is_said_whole(meet: Meet) -> None:
    """The wait ends once most of it has left."""
    wire, other = await meet()
    loop = asyncio.get_running_loop()
    saying = asyncio.create_task(wire.write(b"x" * MUCH, 60))
    heard = 0
    while heard < MUCH:
        heard += len(await loop.sock_recv(other, 1024 * 1024))
    await saying
    assert heard == MUCH


async def test_an_other_side_that_goes_ends_the_wait_for_it_to_listen(meet: Meet) -> None:
    """What it said before is read next, so that it went is no error of the writing."""
    wire, other = await meet()
    saying = asyncio.create_task(wire.write(b"x" * MUCH, 60))
    await asyncio.sleep(0.05)
    other.close()
    await saying


async def test_silence_is_an_error_of_the_reading(meet: Meet) -> None:
    """And the next wait begins anew."""
    wire, other = await meet()
    with pytest.raises(TimeoutError):
        await wire.read(0.05)
    other.send(b"late")
    assert await wire.read(60) == b"late"


async def test_a_cancelled_wait_leaves_the_wire_as_it_was(meet: Meet) -> None:
    """Whoever waits may be told to stop."""
    wire, other = await meet()
    waiting = asyncio.create_task(wire.read(None))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    other.send(b"said")
    assert await wire.read(60) == b"said"


async def test_the_end_is_nothing_more_and_stays_so(meet: Meet) -> None:
    """After what was said before it."""
    wire, other = await meet()
    other.send(b"last")
    other.close()
    said = [await wire.read(60), await wire.read(60), await wire.read(60)]
    assert said == [b"last", b"", b""]
    assert wire.over


async def test_what_came_before_a_reset_is_read_before_it(meet: Meet) -> None:
    """A system that answers and then resets has answered."""
    wire, other = await meet()
    other.send(b"answer")
    await until(lambda: wire.unread > 0)
    other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    other.close()
    await until(lambda: wire.over)
    assert await wire.read(60) == b"answer"
    with pytest.raises(ConnectionResetError):
        await wire.read(60)


async def test_an_end_before_the_connection_is_made_is_an_end() -> None:
    """Inside a proxy's connection a system may close in the breath in which it ends the handshake."""
    wire = Wire()
    wire.data_received(b"x" * (MOST_UNREAD_BYTES + 1))
    assert wire.eof_received() is False
    assert len(await wire.read(60)) == MOST_UNREAD_BYTES + 1
    assert await wire.read(60) == b""
