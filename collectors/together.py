"""Stores what polls bring and how they went: those of about the same moment in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Protocol, TypeVar

from core.errors import StorageError
from core.records import Poll
from storage.keys import Answers, Brought, SourceKey, Written

T = TypeVar("T")
MOST_RECORDS = 100
"""A batch of more records is stored by itself: others do not wait for it, and it pays by itself."""


class Saves(Protocol):
    """What this needs of `storage.writer.Writer`."""

    def save_together(self, brought: Sequence[Brought], polls: Sequence[tuple[SourceKey, Poll]]) -> Answers:
        """Store all in one transaction: what became of each batch, and which polls' sources are unknown."""


class _Round:
    """What goes into one transaction, and who waits for it. task: stores it, or will."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        self.task = task
        self.brought: list[Brought] = []
        self.polls: list[tuple[SourceKey, Poll]] = []
        self.waiting: list[asyncio.Future[Answers]] = []

    async def answers(self) -> Answers:
        """What became of it, once it is stored; also when cancelled it is waited for. Raises StorageError."""
        mine: asyncio.Future[Answers] = asyncio.get_running_loop().create_future()
        self.waiting.append(mine)
        try:
            return await mine
        except asyncio.CancelledError:
            await asyncio.wait([self.task])
            raise

    def stored(self, answers: Answers) -> None:
        """Tell those who wait."""
        for one in self.waiting:
            if not one.done():
                one.set_result(answers)

    def failed(self, error: BaseException) -> None:
        """Tell them that it is not stored."""
        for one in self.waiting:
            if not one.done():
                one.set_exception(error)


class Together:
    """Belongs to one event loop. apart_seconds: between the beginnings of two transactions, at least.

    What comes first after a pause is stored at once: a transaction costs as much as ten polls in it.
    What was handed in is stored, even if whoever handed it in is cancelled; he is cancelled after it.
    """

    def __init__(self, writer: Saves, apart_seconds: float) -> None:
        self._writer = writer
        self._apart_seconds = apart_seconds
        self._round: _Round | None = None
        self._next_at = 0.0

    async def write(self, brought: Brought) -> Written:
        """Store a batch, and return once it is. Raises what was wrong with it, and StorageError."""
        answer = await self._answer(brought)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def end(self, brought: Brought) -> None:
        """Store a look's last batch and how the look went, which `brought.ended` tells. Raises StorageError."""
        answer = await self._answer(brought)
        if isinstance(answer, StorageError):
            raise answer

    async def save(self, source: SourceKey, poll: Poll) -> None:
        """Store how a poll went, and return once it is. Raises StorageError."""
        going = self._next()
        going.polls.append((source, poll))
        _, unknown = await going.answers()
        if source in unknown:
            raise StorageError(f"source {source} is not configured here; run `configure` first")

    async def _answer(self, brought: Brought) -> Written | Exception:
        going = self._next()
        place = len(going.brought)
        going.brought.append(brought)
        answers, _ = await going.answers()
        return answers[place]

    def _next(self) -> _Round:
        """The round that has not begun."""
        if self._round is None:
            self._round = _Round(asyncio.create_task(self._store()))
        return self._round

    async def _store(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._next_at - loop.time()))
        going, self._round = self._round, None
        assert going is not None
        self._next_at = loop.time() + self._apart_seconds
        try:
            answers = await asyncio.to_thread(self._writer.save_together, going.brought, going.polls)
        except BaseException as error:
            going.failed(error)
            if not isinstance(error, Exception):
                raise
        else:
            going.stored(answers)


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
