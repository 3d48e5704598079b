"""Connections that wait for their next request, kept for a while and not too many of them."""

from __future__ import annotations

import asyncio
import resource
from collections import OrderedDict
from dataclasses import dataclass, field

from collectors.connection import Connection, Place

KEEP_SECONDS = 90.0
"""What is polled each minute finds its connection again: a new one, and above all a new TLS handshake, costs
both sides more than the call. Servers that keep theirs for less just close them, which is noticed."""


def most_idle() -> int:
    """A quarter of the files that this process may have open; databases, logs and pages need theirs."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if allowed == resource.RLIM_INFINITY else min(MOST, max(16, allowed // 4))


MOST = 2048
"""Of idle connections, however many files may be open."""

FRESH_SECONDS = 5.0
"""A connection that waited no longer is closed by hardly any server at the moment of its next request."""


@dataclass(eq=False, slots=True)
class _Kept:
    place: Place
    connection: Connection
    since: float


@dataclass
class IdleConnections:
    """Belongs to one event loop. most: when more would wait, the one that has waited longest is closed."""

    keep_seconds: float = KEEP_SECONDS
    most: int = field(default_factory=most_idle)
    _waiting: OrderedDict[int, _Kept] = field(default_factory=OrderedDict, repr=False)
    _at: dict[Place, list[_Kept]] = field(default_factory=dict, repr=False)
    _timer: asyncio.TimerHandle | None = field(default=None, repr=False)

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def take(self, place: Place, *, fresh: bool = False) -> Connection | None:
        """The connection to there that was used last; None where none is usable. Those that are over are closed.

        fresh: one that has waited for long will not do: what is asked on it must not be asked twice.
        """
        oldest = asyncio.get_running_loop().time() - FRESH_SECONDS
        while kept := self._at.get(place):
            if fresh and kept[-1].since < oldest:
                return None
            one = self._drop(kept[-1])
            if one.connection.usable():
                return one.connection
            one.connection.close()
        return None

    def put(self, place: Place, connection: Connection) -> None:
        """Keep a connection whose answer was read; one that cannot serve another request is closed."""
        if not connection.again():
            connection.close()
            return
        loop = asyncio.get_running_loop()
        one = self._waiting[id(connection)] = _Kept(place, connection, loop.time())
        self._at.setdefault(place, []).append(one)
        if len(self._waiting) > self.most:
            self._end(next(iter(self._waiting)))
        if self._timer is None:
            self._timer = loop.call_later(self.keep_seconds, self._look)

    def close(self) -> None:
        """Close all."""
        for number in list(self._waiting):
            self._end(number)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Close what has waited long enough, and come back for the next: one timer serves all."""
        loop, self._timer = asyncio.get_running_loop(), None
        while self._waiting:
            number, oldest = next(iter(self._waiting.items()))
            left = oldest.since + self.keep_seconds - loop.time()
            if left > 0:
                self._timer = loop.call_later(left, self._look)
                return
            self._end(number)

    def _end(self, number: int) -> None:
        self._drop(self._waiting[number]).connection.close()

    def _drop(self, one: _Kept) -> _Kept:
        del self._waiting[id(one.connection)]
        kept = self._at[one.place]
        kept.remove(one)
        if not kept:
            del self._at[one.place]
        return one
