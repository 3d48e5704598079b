"""So many at once and no more, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType


class Gate:
    """Like `asyncio.Semaphore`, whose every release looks through all whom it has let in and who have not run since.

    Where a thousand polls come at once that is most of what waiting costs; here a place is handed on as it is.
    Belongs to one event loop.
    """

    def __init__(self, places: int) -> None:
        """places: how many may be within at once, at least 1."""
        self._free = places
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        """Wait for a place."""
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                # The place was given, and its holder was cancelled before taking it.
                self._leave()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hand the place on."""
        self._leave()

    def _leave(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
