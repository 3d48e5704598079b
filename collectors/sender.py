"""Sends a request through a transport: what httpx's client does of it costs as much as the call itself."""

from __future__ import annotations

from functools import lru_cache

import httpx

from collectors.exchange import Request

RawHeaders = list[tuple[bytes, bytes]]


class Sender:
    """Sends to one host. No redirect is followed, no cookie kept, nothing taken from the environment."""

    def __init__(
        self, transport: httpx.AsyncBaseTransport, timeout: httpx.Timeout, headers: RawHeaders
    ) -> None:
        """headers: that go with every request which does not give them itself."""
        self._transport, self._headers = transport, headers
        self._timeout = timeout.as_dict()

    async def send(self, request: Request) -> httpx.Response:
        """The answer, its body still to be read. Raises httpx's errors."""
        given = [(name.encode(), value.encode()) for name, value in request.headers]
        names = {name.lower() for name, _ in given}
        outgoing = httpx.Request(
            request.method,
            _address(request.url),
            headers=[*(one for one in self._headers if one[0].lower() not in names), *given],
            content=request.body,
            extensions={"timeout": self._timeout},
        )
        if outgoing.url.userinfo:
            next(httpx.BasicAuth(outgoing.url.username, outgoing.url.password).auth_flow(outgoing))
        answer = await self._transport.handle_async_request(outgoing)
        answer.request = outgoing
        return answer

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()


@lru_cache(maxsize=4096)
def _address(url: str) -> httpx.URL:
    """An address read: most are called again at the next poll."""
    return httpx.URL(url)
