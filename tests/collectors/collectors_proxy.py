"""A small HTTP proxy on loopback: whole addresses and CONNECT, with a password or without."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

NAMES = {"inner.example": "127.0.0.1", "secure.example": "127.0.0.1"}
"""What this proxy knows besides addresses: names that nobody else does."""


@dataclass
class TestProxy:
    """asked: the first line of each request; headers: of each, lower case; locked: the Basic that it wants;
    scheme: what it says it wants; refuses: the status it answers every CONNECT with."""

    __test__ = False

    locked: str | None = None
    scheme: str = 'Basic realm="office"'
    refuses: int | None = None
    port: int = 0
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client: requests one after another, or one way through."""
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            while await self._request(reader, writer):
                pass
        writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        given = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
        headers = dict(given)
        self.asked.append(first)
        self.headers.append(headers)
        method, target, _ = first.split(" ")
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if self.locked is not None and headers.get("proxy-authorization") != f"Basic {self.locked}":
            return await _answer(writer, 407, f"Proxy-Authenticate: {self.scheme}\r\n")
        if method == "CONNECT" and self.refuses is not None:
            return await _answer(writer, self.refuses)
        kept = [(name, value) for name, value in given if not name.startswith("proxy-")]
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        there, back = await asyncio.open_connection(
            NAMES.get(parts.hostname or "", parts.hostname), parts.port or 80
        )
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            head = f"{method} {parts.path or '/'}{'?' if parts.query else ''}{parts.query} HTTP/1.1\r\n"
            sent = [(name, value) for name, value in kept if name != "connection"]
            head += "".join(f"{name}: {value}\r\n" for name, value in [*sent, ("connection", "close")])
            back.write(f"{head}\r\n".encode("latin-1") + body)
        await asyncio.gather(_pump(reader, back), _pump(there, writer, whole=True))
        return False


async def _answer(writer: asyncio.StreamWriter, status: int, more: str = "") -> bool:
    writer.write(f"HTTP/1.1 {status} No\r\n{more}Content-Length: 0\r\n\r\n".encode())
    await writer.drain()
    return True


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, whole: bool = False) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    if whole or not writer.is_closing():
        writer.close()


@asynccontextmanager
async def proxying(**settings: object) -> AsyncIterator[TestProxy]:
    """A proxy that runs."""
    proxy = TestProxy(**settings)  # type: ignore[arg-type]
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    yield proxy
    server.close()
