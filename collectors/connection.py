"""One HTTP/1.1 connection: how it is made, and what is said on it."""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import Hashable
from typing import NamedTuple

import httpx

from collectors.answer import Answer, Head
from collectors.wire import Wire

HAPPY_EYEBALLS_SECONDS = 0.25
"""After so long the next address of a name is tried beside the one before (RFC 8305)."""

_CLOSED = "it closed the connection as TLS began"
"""asyncio tells of it by an error without a word."""


class Place(NamedTuple):
    """Where a connection leads. name: whose certificate is asked for; tls: None for plain HTTP; through: the
    proxy on the way, None for none."""

    host: str
    port: int
    name: str
    tls: ssl.SSLContext | None
    through: Hashable = None


class Connection:
    """Made by `connect`. It serves one request after the other, and raises httpx's errors."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._answer = Answer()

    async def ask(self, said: bytes, write_seconds: float | None, read_seconds: float | None) -> Head:
        """Send a request, and wait for the beginning of its answer."""
        self._answer = answer = Answer()
        await self._write(said, write_seconds)
        while answer.head is None:
            answer.feed(await self._read(read_seconds))
        return answer.head

    async def part(self, read_seconds: float | None) -> bytes | None:
        """The next bytes of the answer's body as they come; None at its end."""
        answer = self._answer
        while not answer.parts and not answer.ended:
            answer.feed(await self._read(read_seconds))
        parts, answer.parts = answer.parts, []
        return b"".join(parts) if parts else None

    def again(self) -> bool:
        """Whether this connection can serve another request."""
        return self._answer.reusable() and not self._wire.unsent

    def usable(self) -> bool:
        """Whether the other side has neither closed it meanwhile nor said what nobody asked.

        Some say "408 Request Timeout" before they close a silent connection: it answers no request of ours.
        """
        wire = self._wire
        return not (wire.unread or wire.over or wire.transport.is_closing() or self._something_waits())

    def _something_waits(self) -> bool:
        """Whether the system has heard what the loop, busy as it was, has not come to hear."""
        poll = select.poll()
        poll.register(self._wire.transport.get_extra_info("socket"), select.POLLIN)
        return bool(poll.poll(0))

    async def within(self, place: Place, seconds: float | None) -> Connection:
        """The connection inside this one, to where it leads. seconds: for the handshake of TLS."""
        if place.tls is None:
            return Connection(self._wire)
        wire = Wire()
        wire.connection_made(await _encrypted(self._wire.transport, wire, place, seconds))
        return Connection(wire)

    def close(self) -> None:
        """Let go of it at once: neither what is unsent nor the other side's goodbye is waited for."""
        self._wire.transport.abort()

    async def _write(self, data: bytes, seconds: float | None) -> None:
        try:
            await self._wire.write(data, seconds)
        except TimeoutError as error:
            raise httpx.WriteTimeout(str(error)) from error

    async def _read(self, seconds: float | None) -> bytes:
        try:
            return await self._wire.read(seconds)
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except OSError as error:  # ssl.SSLError too
            raise httpx.ReadError(str(error)) from error


async def connect(place: Place, seconds: float | None) -> Connection:
    """Connect, and speak TLS where it is asked for. seconds: for all addresses and the handshake."""
    # Of an address there is only one to try.
    delay = None if _is_address(place.host) else HAPPY_EYEBALLS_SECONDS
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            _, wire = await loop.create_connection(
                Wire,
                place.host,
                place.port,
                ssl=place.tls,
                server_hostname=place.name if place.tls else None,
                happy_eyeballs_delay=delay,
            )
    except TimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except OSError as error:  # ssl.SSLError too
        raise httpx.ConnectError(str(error) or _CLOSED) from error
    return Connection(wire)


async def _encrypted(
    transport: asyncio.Transport, protocol: asyncio.Protocol, place: Place, seconds: float | None
) -> asyncio.Transport:
    assert place.tls is not None
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            inner = await loop.start_tls(transport, protocol, place.tls, server_hostname=place.name)
    except TimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except OSError as error:  # ssl.SSLError too
        raise httpx.ConnectError(str(error) or _CLOSED) from error
    if inner is None:
        raise httpx.ConnectError(_CLOSED)
    return inner


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
