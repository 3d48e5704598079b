"""An HTTP transport that looks where a name leads before it connects, and connects exactly there."""

from __future__ import annotations

import httpx

from collectors.transport import PINNED
from core.addresses import resolve


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends through another transport, to an address that was resolved and permitted just before.

    Name, certificate and `Host` stay those of the address as it was written; the addresses of a host
    are tried in turn. public_only: private addresses are refused too. Raises AddressRefused.

    proxied: the other transport goes through a proxy, which finds the name itself: many offices know no names
    of the outside. So a name that is known here is looked at, and one that is not is left to the proxy. With
    public_only nothing is left to it: it is asked for the address that was looked at.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, *, public_only: bool = False, proxied: bool = False
    ) -> None:
        self._inner = inner
        self._public_only = public_only
        self._proxied = proxied

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the first address that can be connected to."""
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        try:
            addresses = await resolve(host, port, public_only=self._public_only)
        except OSError as error:
            if not self._by_name:
                raise httpx.ConnectError(f"{host} is not known: {error.strerror}") from error
            addresses = []
        if self._by_name:
            return await self._inner.handle_async_request(request)
        request.extensions = {**request.extensions, "sni_hostname": host, PINNED: True}
        written, failed = request.url, None
        for address in addresses:
            request.url = written.copy_with(host=address)
            try:
                return await self._inner.handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
            finally:
                request.url = written
        raise failed or httpx.ConnectError(f"{host} has no address")

    @property
    def _by_name(self) -> bool:
        """Whether the other end is told the name."""
        return self._proxied and not self._public_only

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()
