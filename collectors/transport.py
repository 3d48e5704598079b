"""Makes calls on kept connections, which a proxy may stand in the way of."""

from __future__ import annotations

import ssl
from typing import NamedTuple, Protocol

import httpx

from collectors.answer import Head
from collectors.call import Call, RawHeaders, leading_to
from collectors.connection import Connection, Place, connect
from collectors.idle import IdleConnections
from collectors.proxy import Proxy, refused, unreachable

_REPEATABLE = frozenset({"GET", "OPTIONS"})
"""Asked twice they change nothing (RFC 9110, 9.2.1). HEAD, whose answer ends where another has its body, is asked by nobody."""


class Timeouts(NamedTuple):
    """Seconds: for a connection with its handshake, to be rid of a request, without a byte of the answer."""

    connect: float
    write: float
    read: float


class Incoming(Protocol):
    """An answer whose body is still to be read."""

    @property
    def status(self) -> int:
        """The status code."""
        ...

    @property
    def headers(self) -> RawHeaders:
        """As they came."""
        ...

    async def part(self) -> bytes | None:
        """The next bytes of the body; None at its end. Raises httpx's errors."""
        ...

    def close(self) -> None:
        """No more of it is read."""
        ...


class Transport(Protocol):
    """What calls go out by."""

    async def send(self, call: Call) -> Incoming:
        """The answer, which is to be closed. Raises httpx's errors."""
        ...


class PooledTransport:
    """A `Transport`. idle: where connections wait for their next request; proxy: what every request goes through.

    How many calls are made at once is for the caller to say.
    """

    def __init__(
        self, tls: ssl.SSLContext, idle: IdleConnections, timeouts: Timeouts, proxy: Proxy | None = None
    ) -> None:
        self._tls = tls
        self._idle = idle
        self._timeouts = timeouts
        self._proxy = proxy

    async def send(self, call: Call) -> Incoming:
        """The answer, its body still to be read. Raises httpx's errors."""
        relay, repeatable = self._relay(call), call.method in _REPEATABLE
        place = self._place(call) if relay is None else _at(relay)
        while True:
            kept = self._idle.take(place, fresh=not repeatable)
            connection = kept or await self._connected(place, relay)
            try:
                head = await self._asked(connection, call, relay)
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
        idle = None if call.last else self._idle
        return _Incoming(head, idle, place, connection, self._timeouts.read)

    def _relay(self, call: Call) -> Proxy | None:
        """The proxy that is asked for the whole address; None for a connection that leads to the target."""
        # What must go to one address and keep its name cannot be said in a whole address.
        return None if call.address.secure or call.pinned is not None else self._proxy

    async def _connected(self, place: Place, relay: Proxy | None) -> Connection:
        """A new connection: to the place, or through the proxy to there."""
        proxy, seconds = self._proxy, self._timeouts.connect
        if proxy is None:
            return await connect(place, seconds)
        try:
            outer = await connect(_at(proxy), seconds)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise unreachable(proxy, error) from error
        if relay is not None:
            return outer
        try:
            return await _led(outer, proxy, place, self._timeouts)
        except BaseException:
            outer.close()
            raise

    def _place(self, call: Call) -> Place:
        address = call.address
        tls = self._tls if address.secure else None
        return Place(call.pinned or address.host, address.port, address.host, tls, self._proxy)

    async def _asked(self, connection: Connection, call: Call, relay: Proxy | None) -> Head:
        """The beginning of the answer. relay: the proxy that is asked for the whole address."""
        _, write, read = self._timeouts
        if relay is None:
            return await connection.ask(call.said, write, read)
        head = await connection.ask(call.to_proxy(relay.headers), write, read)
        if head.status == httpx.codes.PROXY_AUTHENTICATION_REQUIRED:
            raise refused(relay, f"{call.address.host}:{call.address.port}", head.status, head.headers)
        return head


def _at(proxy: Proxy) -> Place:
    """Where a proxy is spoken to."""
    return Place(proxy.host, proxy.port, proxy.host, None, proxy)


async def _led(outer: Connection, proxy: Proxy, place: Place, timeouts: Timeouts) -> Connection:
    """The connection to a place inside one to a proxy."""
    authority = f"[{place.host}]:{place.port}" if ":" in place.host else f"{place.host}:{place.port}"
    try:
        asked = leading_to(authority.encode("ascii"), proxy.headers)
        head = await outer.ask(asked, timeouts.write, timeouts.read)
    except (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError) as error:
        raise unreachable(proxy, error) from error
    if not 200 <= head.status < 300:
        raise refused(proxy, authority, head.status, head.headers)
    return await outer.within(place, timeouts.connect)


class _Incoming:
    def __init__(
        self,
        head: Head,
        idle: IdleConnections | None,
        place: Place,
        connection: Connection,
        read_seconds: float,
    ) -> None:
        self.status, self.headers = head
        self._idle, self._place, self._connection = idle, place, connection
        self._read_seconds = read_seconds
        self._closed = False

    async def part(self) -> bytes | None:
        """The next bytes of the body; None at its end."""
        return await self._connection.part(self._read_seconds)

    def close(self) -> None:
        """Let go of the connection, or put it back."""
        if not self._closed:
            self._closed = True
            if self._idle is None:
                self._connection.close()
            else:
                self._idle.put(self._place, self._connection)
