"""One attempt at one HTTP call: bounded in time and size, its failures put into words."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time

import httpx

from collectors._tls_words import distrusted, misunderstood
from collectors.call import decoded, prepared
from collectors.codings import Codings
from collectors.exchange import Headers, Request, Response, shown_url
from collectors.manners import Manners
from collectors.proxy import ProxyRefusal
from collectors.transport import Incoming, Transport
from collectors.unpacking import Damaged, TooLarge
from core.clock import Clock
from core.errors import SourceError


class NoAnswer(Exception):
    """No answer came. timed_out: the host was silent; permanent: asking again cannot help."""

    def __init__(self, message: str, *, timed_out: bool = False, permanent: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.timed_out = timed_out
        self.permanent = permanent


async def attempt(
    transport: Transport, request: Request, manners: Manners, clock: Clock, *, cut: bool
) -> Response:
    """Make the call once. cut: a body longer than allowed ends early instead of being an error.

    Raises NoAnswer, and SourceError for an answer that is too long or garbled.
    """
    place = shown_url(request.url)
    began = time.perf_counter()
    try:
        async with asyncio.timeout(manners.whole.total_seconds()):
            return await _exchange(transport, request, manners.body_bytes, clock, began, cut=cut)
    except TimeoutError:
        seconds = manners.whole.total_seconds()
        raise NoAnswer(f"{place} did not finish its answer within {seconds:g} s", timed_out=True) from None
    except httpx.TimeoutException as error:
        raise NoAnswer(f"{place} {_silence(error, manners)}", timed_out=True) from None
    except Damaged as error:
        raise SourceError(f"{place} answered a body that cannot be decompressed: {error}") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise SourceError(f"{place} is not an address that can be called: {error}", permanent=True) from None
    except httpx.LocalProtocolError as error:
        # It quotes what cannot be sent, which may be a token.
        what = str(error).partition(" b'")[0].partition(' b"')[0].lower()
        raise SourceError(
            f"{place} cannot be asked for: {what}; no line may end in what a header is filled with", True
        ) from None
    except ProxyRefusal as refusal:
        raise NoAnswer(f"{place} {refusal}", permanent=refusal.permanent) from None
    except httpx.TransportError as error:
        message, permanent = _why(error)
        raise NoAnswer(f"{place} {message}", permanent=permanent) from None


async def _exchange(
    transport: Transport, request: Request, limit: int, clock: Clock, began: float, *, cut: bool
) -> Response:
    call = prepared(request)
    incoming = await transport.send(call)
    try:
        headers = decoded(incoming.headers)
        body, whole = await _body(incoming, headers, limit)
    finally:
        incoming.close()
    if not whole and not cut:
        raise SourceError(f"{shown_url(request.url)} answered more than {limit} bytes; ask for smaller pages")
    return Response(
        status=incoming.status,
        headers=headers,
        body=body,
        url=call.address.written,
        received_at=clock(),
        elapsed_seconds=time.perf_counter() - began,
        cut=not whole,
    )


async def _body(incoming: Incoming, headers: Headers, limit: int) -> tuple[bytes, bool]:
    """The decompressed body, at most `limit` bytes of it, and whether that is all."""
    named = ", ".join(value for name, value in headers if name == "content-encoding")
    codings = Codings(named, limit)
    parts: list[bytes] = []
    size = 0
    try:
        while (chunk := await incoming.part()) is not None:
            for part in codings.feed(chunk):
                parts.append(part)
                size += len(part)
                if size > limit:
                    raise TooLarge
    except TooLarge:
        return b"".join(parts)[:limit], False
    codings.finish()
    return b"".join(parts), True


def _silence(error: httpx.TimeoutException, manners: Manners) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return f"could not be connected to within {manners.connect.total_seconds():g} s"
    if isinstance(error, httpx.PoolTimeout):
        return "had no free connection"
    if isinstance(error, httpx.WriteTimeout):
        return f"did not take the request within {manners.read.total_seconds():g} s"
    return f"sent nothing for {manners.read.total_seconds():g} s"


def _why(error: httpx.TransportError) -> tuple[str, bool]:
    """What went wrong in words, and whether it is permanent."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return distrusted(cause), True
        if isinstance(cause, ssl.SSLError):
            return misunderstood(cause), False
        if isinstance(cause, socket.gaierror):
            return f"has a host name that is not known ({cause.strerror})", False
        if isinstance(cause, ConnectionRefusedError):
            return "refused the connection", False
    if isinstance(error, httpx.ConnectError):
        system = next((cause for cause in causes if isinstance(cause, OSError) and cause.strerror), None)
        return f"could not be connected to: {system.strerror if system else error}", False
    return f"broke off the answer: {error or type(error).__name__}", False


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or one in found:
            continue
        found.append(one)
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
    return found
