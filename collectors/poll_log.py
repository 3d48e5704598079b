"""Stores how polls went: those that end within a moment go into one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

from core.errors import StorageError
from core.records import Poll
from storage.keys import SourceKey

T = TypeVar("T")
Save = Callable[[Sequence[tuple[SourceKey, Poll]]], Collection[SourceKey]]
"""Stores them all and answers which sources are not configured. Raises StorageError."""


class PollLog:
    """Belongs to one event loop. apart_seconds: between the beginnings of two transactions, at least.

    The first poll after a pause is stored at once; a transaction costs as much as ten polls in it.
    """

    def __init__(self, save: Save, apart_seconds: float) -> None:
        self._save = save
        self._apart_seconds = apart_seconds
        self._waiting: list[tuple[SourceKey, Poll]] = []
        self._round: asyncio.Task[Collection[SourceKey]] | None = None
        self._next_at = 0.0

    async def save(self, source: SourceKey, poll: Poll) -> None:
        """Returns once it is stored, also when cancelled meanwhile. Raises StorageError."""
        self._waiting.append((source, poll))
        if self._round is None:
            self._round = asyncio.create_task(self._store())
        if source in await to_the_end(self._round):
            raise StorageError(f"source {source} is not configured here; run `configure` first")

    async def _store(self) -> Collection[SourceKey]:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._next_at - loop.time()))
        polls, self._waiting, self._round = self._waiting, [], None
        self._next_at = loop.time() + self._apart_seconds
        return await asyncio.to_thread(self._save, polls)


async def to_the_end(work: Awaitable[T]) -> T:
    """Wait for work that is under way; when cancelled meanwhile, wait for it all the same, then be cancelled."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
        raise
