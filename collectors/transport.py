"""httpx's transport on connections of our own: a quarter of the CPU that its own takes."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping

import httpx

from collectors.connection import Connection, Head, Place, connect
from collectors.idle import IdleConnections
from collectors.proxy import Proxy, refused, unreachable

PINNED = "pinned"
"""The extension of a request whose address was looked at and stands in the place of its host's name."""

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Asked twice they change nothing (RFC 9110, 9.2.1)."""


class PooledTransport(httpx.AsyncBaseTransport):
    """Sends requests whose body is known. idle: where connections wait for their next request.

    proxy: what every request goes through. How many are made at once is for the caller to say.
    """

    def __init__(self, tls: ssl.SSLContext, idle: IdleConnections, proxy: Proxy | None = None) -> None:
        self._tls = tls
        self._idle = idle
        self._proxy = proxy

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body still to be read. Raises httpx's errors."""
        timeouts = request.extensions["timeout"]
        relay, repeatable = self._relay(request), request.method in _REPEATABLE
        place = self._place(request) if relay is None else _at(relay)
        while True:
            kept = self._idle.take(place, fresh=not repeatable)
            connection = kept or await self._connected(place, timeouts, relay)
            try:
                head = await _asked(connection, request, timeouts, relay)
                if kept is None or not repeatable or head.status != httpx.codes.REQUEST_TIMEOUT:
                    break
                # Said before the request was read, which it does not answer (RFC 9110, 15.5.9).
                connection.close()
            except (httpx.RemoteProtocolError, httpx.ReadError):
                connection.close()
                # The server may close a silent connection just as it is asked again: then it knows of nothing.
                if kept is None or not repeatable:
                    raise
            except BaseException:
                connection.close()
                raise
        body = _Body(self._idle, place, connection, timeouts["read"])
        return httpx.Response(head.status, headers=head.headers, stream=body, request=request)

    def _relay(self, request: httpx.Request) -> Proxy | None:
        """The proxy that is asked for the whole address; None for a connection that leads to the target."""
        # What must go to one address and keep its name cannot be said in a whole address.
        return self._proxy if request.url.scheme == "http" and PINNED not in request.extensions else None

    async def _connected(
        self, place: Place, timeouts: Mapping[str, float | None], relay: Proxy | None
    ) -> Connection:
        """A new connection: to the place, or through the proxy to there."""
        proxy = self._proxy
        if proxy is None:
            return await connect(place, timeouts["connect"])
        try:
            outer = await connect(_at(proxy), timeouts["connect"])
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise unreachable(proxy, error) from error
        if relay is not None:
            return outer
        try:
            return await _led(outer, proxy, place, timeouts)
        except BaseException:
            outer.close()
            raise

    def _place(self, request: httpx.Request) -> Place:
        url = request.url
        host, secure = url.raw_host.decode("ascii"), url.scheme == "https"
        name = request.extensions.get("sni_hostname") or host
        port = url.port or (443 if secure else 80)
        return Place(host, port, name, self._tls if secure else None, self._proxy)


def _at(proxy: Proxy) -> Place:
    """Where a proxy is spoken to."""
    return Place(proxy.host, proxy.port, proxy.host, None, proxy)


async def _led(
    outer: Connection, proxy: Proxy, place: Place, timeouts: Mapping[str, float | None]
) -> Connection:
    """The connection to a place inside one to a proxy."""
    authority = f"[{place.host}]:{place.port}" if ":" in place.host else f"{place.host}:{place.port}"
    try:
        head = await outer.lead_to(
            authority.encode("ascii"), proxy.headers, timeouts["write"], timeouts["read"]
        )
    except (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError) as error:
        raise unreachable(proxy, error) from error
    if not 200 <= head.status < 300:
        raise refused(proxy, authority, head.status, head.headers)
    return await outer.within(place, timeouts["connect"])


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
        self, idle: IdleConnections, place: Place, connection: Connection, read_seconds: float | None
    ) -> None:
        self._idle, self._place, self._connection = idle, place, connection
        self._read_seconds = read_seconds
        self._closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._connection.body(self._read_seconds)

    async def aclose(self) -> None:
        """Let go of the connection, or put it back."""
        if not self._closed:
            self._closed = True
            self._idle.put(self._place, self._connection)
