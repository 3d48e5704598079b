"""Sends a request through a transport: what httpx's client does of it costs as much as the call itself."""

from __future__ import annotations

from functools import cache, lru_cache

import httpx

from collectors.exchange import Request

_OURS = {"User-Agent": "integration-monitor", "Accept": "application/json, */*;q=0.1"}


class Sender:
    """Sends to one host. No redirect is followed, no cookie kept, nothing taken from the environment."""

    def __init__(self, transport: httpx.AsyncBaseTransport, timeout: httpx.Timeout) -> None:
        self._transport = transport
        self._timeout = timeout.as_dict()

    async def send(self, request: Request) -> httpx.Response:
        """The answer, its body still to be read. Raises httpx's errors."""
        given = [(name.encode(), value.encode()) for name, value in request.headers]
        names = {name.lower() for name, _ in given}
        outgoing = httpx.Request(
            request.method,
            _address(request.url),
            headers=[*(one for one in _headers() if one[0].lower() not in names), *given],
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


@cache
def _headers() -> list[tuple[bytes, bytes]]:
    """What goes with every request; which compressions can be read depends on what is installed."""
    client = httpx.AsyncClient(transport=httpx.AsyncBaseTransport(), headers=_OURS, trust_env=False)
    return client.headers.raw


@lru_cache(maxsize=4096)
def _address(url: str) -> httpx.URL:
    """An address read: most are called again at the next poll."""
    return httpx.URL(url)
