"""One end of a connection: its bytes, heard as they come, and said."""

from __future__ import annotations

import asyncio
from typing import cast

MOST_UNREAD_BYTES = 128 * 1024
"""When more than this has come and was not read, no more of it is taken from the other side."""

_PIECE_BYTES = 64 * 1024
"""TLS hands all that is said at once on to what it is carried by, and notices only at the next that it holds too much."""


class Wire(asyncio.Protocol):
    """Belongs to the running event loop, and is read and written by one task at a time.

    It does what asyncio's streams do, without their second buffer and a task's time-out around each read. unread: bytes that have come and were not read; over: the other side says no more.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._heard: list[bytes] = []
        self._error: Exception | None = None
        self._full = self._paused = False
        self.unread = 0
        self.over = False

    @property
    def transport(self) -> asyncio.Transport:
        """What the bytes go by."""
        assert self._transport is not None
        return self._transport

    @property
    def unsent(self) -> bool:
        """Whether something that was said has not left yet."""
        return self.transport.get_write_buffer_size() > 0

    async def read(self, seconds: float | None) -> bytes:
        """What was said, as soon as something was; nothing at its end.

        Raises TimeoutError after that many seconds of silence (None: never), and OSError.
        """
        if not self._heard and not self.over:
            await self._wait(seconds)
        if self._heard:
            return self._taken()
        if self._error is not None:
            raise self._error
        return b""

    async def write(self, data: bytes, seconds: float | None) -> None:
        """Say something, and wait while more of it is under way than the system holds.

        Raises TimeoutError after that many seconds (None: never). It waits no longer where something is heard, or the end: the other side may have answered without listening to all of it, which goes on leaving meanwhile.
        """
        until = None if seconds is None else self._loop.time() + seconds
        for start in range(0, len(data), _PIECE_BYTES):
            self.transport.write(data[start : start + _PIECE_BYTES])
            if self._full and not self.unread and not self.over:
                await self._wait(None if until is None else until - self._loop.time())
            if self.transport.is_closing():
                break

    async def _wait(self, seconds: float | None) -> None:
        """Until something happens."""
        waiter = self._waiter = self._loop.create_future()
        timer = None if seconds is None else self._loop.call_later(seconds, _too_long, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _taken(self) -> bytes:
        heard, self._heard, self.unread = self._heard, [], 0
        if self._paused:
            self._paused = False
            self.transport.resume_reading()
        return heard[0] if len(heard) == 1 else b"".join(heard)

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The bytes go by this one from now on."""
        self._transport = cast("asyncio.Transport", transport)
        # By itself TLS would hold half a megabyte of its own.
        self._transport.set_write_buffer_limits(high=_PIECE_BYTES)

    def data_received(self, data: bytes) -> None:
        """Something was said."""
        self._heard.append(data)
        self.unread += len(data)
        if self.unread > MOST_UNREAD_BYTES and not self._paused and self._transport is not None:
            self._paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """No more will be said; whether it can still be spoken to, which TLS does not know."""
        self.over = True
        self._wake()
        # Of what comes with the end of TLS's handshake inside a proxy's connection it hears before it is made.
        return self._transport is not None and self._transport.get_extra_info("sslcontext") is None

    def connection_lost(self, exc: Exception | None) -> None:
        """Neither side is heard any more."""
        self.over = True
        self._error = exc
        self._wake()

    def pause_writing(self) -> None:
        """The system holds as much as it may of what was said."""
        self._full = True

    def resume_writing(self) -> None:
        """Most of it has left."""
        self._full = False
        self._wake()


def _too_long(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())
