"""Calls that channels make: HTTP clients of our own, with a look at where each name leads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from alerts.transport import Answer, Outgoing
from core.errors import AddressRefused, ChannelError, SourceError

if TYPE_CHECKING:
    from collectors.exchange import Response
    from collectors.http import Clients
    from core.settings.proxy import ProxySettings

_BODY_BYTES = 65_536


def _clients(*, public_only: bool) -> Clients:
    """Clients that try once, answer within 20 s, and read 64 KiB at most."""
    from collectors.guarded import GuardedTransport
    from collectors.http import Clients
    from collectors.manners import Manners
    from collectors.retry import RetryPolicy

    manners = Manners(
        connect=timedelta(seconds=5),
        read=timedelta(seconds=15),
        whole=timedelta(seconds=20),
        body_bytes=_BODY_BYTES,
        retry=RetryPolicy(attempts=1),
    )
    return Clients(manners, guard=partial(GuardedTransport, public_only=public_only))


@dataclass
class HttpTransport:
    """Implements `alerts.transport.Transport`. Belongs to one event loop; close it at the end.

    proxy: tells, at each call, what it goes through.
    """

    proxy: Callable[[], ProxySettings | None] = lambda: None

    _anywhere: Clients = field(default_factory=lambda: _clients(public_only=False))
    _public: Clients = field(default_factory=lambda: _clients(public_only=True))

    async def send(self, call: Outgoing, *, public_only: bool = False) -> Answer:
        """The answer, whatever its status. Raises ChannelError where none came."""
        from collectors.exchange import Request
        from collectors.http import HttpClient
        from collectors.proxy import Proxy

        http = HttpClient(self._public if public_only else self._anywhere, proxy=Proxy.of(self.proxy()))
        try:
            response = await http.fetch(
                Request(call.method, call.url, call.headers, call.body), patient=False
            )
        except AddressRefused as error:
            raise ChannelError(str(error), permanent=True) from None
        except SourceError as error:
            raise ChannelError(error.message, retry_after=error.retry_after) from None
        return _answer(response)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._anywhere.aclose()
        await self._public.aclose()


def _answer(response: Response) -> Answer:
    from health.quota_headers import retry_after

    return Answer(
        status=response.status,
        body=response.body,
        described=response.described(),
        received_at=response.received_at,
        retry_after=retry_after(response.headers, response.received_at),
        location=response.header("location"),
    )
