"""A transport that looks where a name leads before it connects, and connects exactly there."""

from __future__ import annotations

from dataclasses import replace

import httpx

from collectors.call import Call
from collectors.transport import Incoming, Transport
from core.addresses import resolve


class GuardedTransport:
    """A `Transport` that sends through another transport, to an address that was resolved and permitted just before.

    Name, certificate and `Host` stay those of the address as it was written; the addresses of a host
    are tried in turn. public_only: private addresses are refused too. Raises AddressRefused.

    proxied: the other transport goes through a proxy, which finds the name itself: many offices know no names
    of the outside. So a name that is known here is looked at, and one that is not is left to the proxy. With
    public_only nothing is left to it: it is asked for the address that was looked at.
    """

    def __init__(self, inner: Transport, *, public_only: bool = False, proxied: bool = False) -> None:
        self._inner = inner
        self._public_only = public_only
        self._proxied = proxied

    async def send(self, call: Call) -> Incoming:
        """The answer of the first address that can be connected to. Raises AddressRefused, httpx's errors."""
        host = call.address.host
        try:
            addresses = await resolve(host, call.address.port, public_only=self._public_only)
        except OSError as error:
            if not self._by_name:
                raise httpx.ConnectError(f"{host} is not known: {error.strerror}") from error
            addresses = []
        if self._by_name:
            return await self._inner.send(call)
        failed: httpx.TransportError | None = None
        for address in addresses:
            try:
                return await self._inner.send(replace(call, pinned=address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
        raise failed or httpx.ConnectError(f"{host} has no address")

    @property
    def _by_name(self) -> bool:
        """Whether the other end is told the name."""
        return self._proxied and not self._public_only
