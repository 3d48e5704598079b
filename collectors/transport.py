"""httpx's transport on connections of our own, kept for a while: a quarter of the CPU that its own takes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping

import httpx

from collectors.connection import Connection, Head, Place, connect
from collectors.proxy import Proxy, refused, unreachable

PINNED = "pinned"
"""The extension of a request whose address was looked at and stands in the place of its host's name."""


class PooledTransport(httpx.AsyncBaseTransport):
    """Sends requests whose body is known. keep_seconds: an idle connection is kept for the next one.

    proxy: what every request goes through. How many are made at once is for the caller to say.
    """

    def __init__(self, tls: ssl.SSLContext, *, keep_seconds: float, proxy: Proxy | None = None) -> None:
        self._tls = tls
        self._proxy = proxy
        self._keep_seconds = keep_seconds
        self._idle: dict[Place, list[tuple[float, Connection]]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body still to be read. Raises httpx's errors."""
        timeouts = request.extensions["timeout"]
        place = self._place(request)
        # Plain HTTP is asked of the proxy itself, unless it must go to one address and keep its name.
        relay = self._proxy if place.tls is None and PINNED not in request.extensions else None
        connection = self._kept(place) or await self._connected(place, timeouts, relay)
        try:
            head = await _asked(connection, request, timeouts, relay)
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

    async def _connected(
        self, place: Place, timeouts: Mapping[str, float | None], relay: Proxy | None
    ) -> Connection:
        """A new connection: to the place, to the proxy that is asked in its stead, or through the proxy."""
        proxy = self._proxy
        if proxy is None:
            return await connect(place, timeouts["connect"])
        try:
            outer = await connect(Place(proxy.host, proxy.port, proxy.host, None), timeouts["connect"])
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise unreachable(proxy, error) from error
        if relay is not None:
            return outer
        host = f"[{place.host}]" if ":" in place.host else place.host
        authority = f"{host}:{place.port}"
        try:
            head = await outer.lead_to(
                authority.encode("ascii"), proxy.headers, timeouts["write"], timeouts["read"]
            )
            if not 200 <= head.status < 300:
                raise refused(proxy, authority, head.status, head.headers)
            return await outer.within(place, timeouts["connect"])
        except (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError) as error:
            outer.close()
            raise unreachable(proxy, error) from error
        except BaseException:
            outer.close()
            raise

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


async def _asked(
    connection: Connection, request: httpx.Request, timeouts: Mapping[str, float | None], relay: Proxy | None
) -> Head:
    """The beginning of the answer. relay: the proxy that is asked for the whole address (RFC 9112, 3.2.2)."""
    if relay is None:
        return await connection.ask(request, timeouts["write"], timeouts["read"])
    url = request.url
    target = b"%s://%s%s" % (url.raw_scheme, url.netloc, url.raw_path)
    head = await connection.ask(
        request, timeouts["write"], timeouts["read"], target=target, more=relay.headers
    )
    if head.status == httpx.codes.PROXY_AUTHENTICATION_REQUIRED:
        raise refused(relay, f"{url.host}:{url.port or 80}", head.status, head.headers)
    return head


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
