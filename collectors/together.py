"""Stores what polls bring and how they went: those of about the same moment in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Protocol, TypeVar

from core.errors import StorageError
from core.records import Poll
from storage.keys import Brought, SourceKey, Written

T = TypeVar("T")
MOST_RECORDS = 100
"""A batch of more records is stored by itself: others do not wait for it, and it pays by itself."""


class Saves(Protocol):
    """What this needs of `storage.writer.Writer`."""

    def save_together(
        self, brought: Sequence[Brought], told: Sequence[tuple[SourceKey, Poll]]
    ) -> tuple[Sequence[Written | Exception], frozenset[SourceKey]]:
        """Store all in one transaction: what became of each batch, and which polls' sources are unknown."""


class _Round:
    def __init__(self) -> None:
        self.brought: list[Brought] = []
        self.told: list[tuple[SourceKey, Poll]] = []


class Together:
    """Belongs to one event loop. apart_seconds: between the beginnings of two transactions, at least.

    What comes first after a pause is stored at once: a transaction costs as much as ten polls in it.
    """

    def __init__(self, writer: Saves, apart_seconds: float) -> None:
        self._writer = writer
        self._apart_seconds = apart_seconds
        self._round = _Round()
        self._task: asyncio.Task[tuple[Sequence[Written | Exception], frozenset[SourceKey]]] | None = None
        self._next_at = 0.0

    async def write(self, brought: Brought) -> Written:
        """Store a batch, and return once it is. Raises what was wrong with it, and StorageError."""
        place = len(self._round.brought)
        self._round.brought.append(brought)
        answers, _ = await asyncio.shield(self._begun())
        answer = answers[place]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def save(self, source: SourceKey, poll: Poll) -> None:
        """Store how a poll went, and return once it is. Raises StorageError."""
        self._round.told.append((source, poll))
        _, unknown = await asyncio.shield(self._begun())
        if source in unknown:
            raise StorageError(f"source {source} is not configured here; run `configure` first")

    def _begun(self) -> asyncio.Task[tuple[Sequence[Written | Exception], frozenset[SourceKey]]]:
        if self._task is None:
            self._task = asyncio.create_task(self._store())
        return self._task

    async def _store(self) -> tuple[Sequence[Written | Exception], frozenset[SourceKey]]:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._next_at - loop.time()))
        going, self._round, self._task = self._round, _Round(), None
        self._next_at = loop.time() + self._apart_seconds
        return await asyncio.to_thread(self._writer.save_together, going.brought, going.told)


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
