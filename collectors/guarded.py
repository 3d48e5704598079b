"""An HTTP transport that looks where a name leads before it connects, and connects exactly there."""

from __future__ import annotations

import httpx

from core.addresses import resolve


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends through another transport, to an address that was resolved and permitted just before.

    Name, certificate and `Host` stay those of the address as it was written; the addresses of a host
    are tried in turn. public_only: private addresses are refused too. Raises AddressRefused.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, public_only: bool = False) -> None:
        self._inner = inner
        self._public_only = public_only

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the first address that can be connected to."""
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        try:
            addresses = await resolve(host, port, public_only=self._public_only)
        except OSError as error:
            raise httpx.ConnectError(f"{host} is not known: {error.strerror}") from error
        request.extensions = {**request.extensions, "sni_hostname": host}
        written, failed = request.url, None
        for address in addresses:
            request.url = written.copy_with(host=address)
            try:
                return await self._inner.handle_async_request(request)
            except httpx.ConnectError as error:
                failed = error
            finally:
                request.url = written
        raise failed or httpx.ConnectError(f"{host} has no address")

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()
