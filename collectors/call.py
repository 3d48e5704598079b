"""A request as it goes out: its address taken apart, its headers complete (pure).

What httpx's own objects do for each call costs as much as the call itself; most requests are the same at each poll.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import h11
import httpx

from collectors.codings import ACCEPTED
from collectors.exchange import Headers, Request
from core.same import remembered
from core.settings.proxy import basic_credentials

RawHeaders = Sequence[tuple[bytes, bytes]]

_OURS: RawHeaders = (
    (b"Accept", b"application/json, */*;q=0.1"),
    (b"Accept-Encoding", ACCEPTED.encode("ascii")),
    (b"Connection", b"keep-alive"),
    (b"User-Agent", b"integration-monitor"),
)
"""What goes with every request that does not say it itself."""

_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})
"""They tell their body's length also where there is none (RFC 9110, 8.6)."""

_PORTS = {"http": 80, "https": 443}


class Address(NamedTuple):
    """host: as it is called, in ASCII; authority: host and port as they are written; path: with the query;
    written: the whole of it."""

    secure: bool
    host: str
    port: int
    authority: bytes
    path: bytes
    written: str


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose headers are complete. said: the whole of it, as it is sent to the system itself.

    last: its connection is to serve no other; pinned: the numeric address to connect to in the host's place, for
    one that was looked at.
    """

    method: str
    address: Address = field(repr=False)
    headers: RawHeaders = field(repr=False)
    body: bytes | None = field(repr=False)
    said: bytes = field(repr=False)
    last: bool = False
    pinned: str | None = None

    def to_proxy(self, more: RawHeaders) -> bytes:
        """What asks a proxy for the whole address (RFC 9112, 3.2.2). more: what only the proxy is told."""
        target = b"http://%s%s" % (self.address.authority, self.address.path)
        return _said(self.method, target, (*self.headers, *more), self.body)


def prepared(request: Request) -> Call:
    """The request as it goes out. Raises httpx.InvalidURL and LocalProtocolError, UnicodeError."""
    prepare = _remembered if request.fixed else _prepare
    return prepare(request.method, request.url, tuple(request.headers), request.body)


def _prepare(method: str, url: str, given: Headers, body: bytes | None) -> Call:
    parts = httpx.URL(url)
    scheme = parts.scheme
    # Reads what stands for other letters (xn--), and says where it stands for none.
    _ = parts.host
    address = Address(
        scheme == "https",
        parts.raw_host.decode("ascii"),
        parts.port or _PORTS.get(scheme, 80),
        parts.netloc,
        parts.raw_path,
        str(parts),
    )
    headers = [(name.encode(), value.encode()) for name, value in given]
    if parts.userinfo:
        user = basic_credentials(parts.username, parts.password).encode("ascii")
        headers = [one for one in headers if one[0].lower() != b"authorization"]
        headers.append((b"Authorization", b"Basic " + user))
    names = {name.lower() for name, _ in headers}
    usual = [(b"Host", address.authority), *_OURS]
    if (body or method in _WITH_LENGTH) and b"transfer-encoding" not in names:
        usual.append((b"Content-Length", b"%d" % len(body or b"")))
    whole = (*(one for one in usual if one[0].lower() not in names), *headers)
    last = any(name.lower() == b"connection" and b"close" in value.lower() for name, value in headers)
    return Call(method, address, whole, body, _said(method, address.path, whole, body), last)


_remembered = remembered(_prepare)


def leading_to(authority: bytes, more: RawHeaders) -> bytes:
    """What asks a proxy for a way to `host:port` (RFC 9110, 9.3.6). more: what the proxy is told."""
    return _said("CONNECT", authority, ((b"Host", authority), *more), None)


def _said(method: str, target: bytes, headers: RawHeaders, body: bytes | None) -> bytes:
    """The bytes of a request. Raises httpx.LocalProtocolError for what cannot be said."""
    state = h11.Connection(h11.CLIENT)
    try:
        events = [
            h11.Request(method=method, target=target, headers=list(headers)),
            *([h11.Data(data=body)] if body else []),
            h11.EndOfMessage(),
        ]
        return b"".join(state.send(event) or b"" for event in events)
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error)) from error


def decoded(headers: RawHeaders) -> Headers:
    """An answer's headers as text, their names in lower case: ASCII, else UTF-8, else Latin-1, which is always right."""
    for encoding in ("ascii", "utf-8"):
        try:
            return tuple((name.decode(encoding).lower(), value.decode(encoding)) for name, value in headers)
        except UnicodeDecodeError:
            continue
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)
