"""httpx's transport on connections of our own, kept for a while: a quarter of the CPU that its own takes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator

import httpx

from collectors.connection import Connection, Place, connect


class PooledTransport(httpx.AsyncBaseTransport):
    """Sends requests whose body is known. keep_seconds: an idle connection is kept for the next one.

    How many are made at once is for the caller to say.
    """

    def __init__(self, tls: ssl.SSLContext, *, keep_seconds: float) -> None:
        self._tls = tls
        self._keep_seconds = keep_seconds
        self._idle: dict[Place, list[tuple[float, Connection]]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body still to be read. Raises httpx's errors."""
        timeouts = request.extensions["timeout"]
        place = self._place(request)
        connection = self._kept(place) or await connect(place, timeouts["connect"])
        try:
            head = await connection.ask(request, timeouts["write"], timeouts["read"])
        except BaseException:
            connection.close()
            raise
        body = _Body(self, place, connection, timeouts["read"])
        return httpx.Response(head.status, headers=head.headers, stream=body, request=request)

    async def aclose(self) -> None:
        """Close every connection."""
        idle, self._idle = self._idle, {}
        for kept in idle.values():
            for _, connection in kept:
                connection.close()

    def keep(self, place: Place, connection: Connection) -> None:
        """Take a connection back whose answer is read, or let go of it."""
        if not connection.again():
            connection.close()
            return
        until = asyncio.get_running_loop().time() + self._keep_seconds
        self._idle.setdefault(place, []).append((until, connection))

    def _kept(self, place: Place) -> Connection | None:
        """The connection that was used last, unless it is over; older ones are let go of."""
        now, kept = asyncio.get_running_loop().time(), self._idle.get(place, [])
        while kept:
            until, connection = kept.pop()
            if now < until and connection.usable():
                return connection
            connection.close()
        return None

    def _place(self, request: httpx.Request) -> Place:
        url = request.url
        host, secure = url.raw_host.decode("ascii"), url.scheme == "https"
        name = request.extensions.get("sni_hostname") or host
        return Place(host, url.port or (443 if secure else 80), name, self._tls if secure else None)


class _Body(httpx.AsyncByteStream):
    def __init__(
        self, transport: PooledTransport, place: Place, connection: Connection, read_seconds: float | None
    ) -> None:
        self._transport, self._place, self._connection = transport, place, connection
        self._read_seconds = read_seconds
        self._closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._connection.body(self._read_seconds)

    async def aclose(self) -> None:
        """Let go of the connection, or put it back."""
        if not self._closed:
            self._closed = True
            self._transport.keep(self._place, self._connection)
