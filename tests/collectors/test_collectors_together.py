"""What polls of about the same moment store, in one transaction."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from collectors.together import Together, to_the_end
from core.errors import CursorMoved, StorageError
from core.records import Batch, Poll, PollResult
from storage.keys import Brought, SourceKey, Written
from tests.waiting import until

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLL = Poll(started_at=NOW, finished_at=NOW, result=PollResult.OK)


class Kept:
    """A writer that keeps what it was given. wrong: what it answers for a source's batch."""

    def __init__(self) -> None:
        self.rounds: list[tuple[list[str], list[str]]] = []
        self.wrong: dict[str, Exception] = {}
        self.begun, self.open = threading.Event(), threading.Event()
        self.open.set()

    def save_together(
        self, brought: Sequence[Brought], polls: Sequence[tuple[SourceKey, Poll]]
    ) -> tuple[Sequence[Written | Exception], frozenset[SourceKey]]:
        self.begun.set()
        assert self.open.wait(60)
        names = [one.source.source for one in brought]
        self.rounds.append((names, [source.source for source, _ in polls]))
        unknown = frozenset(source for source, _ in polls if source.source == "unknown")
        return [
            self.wrong.get(name) or Written(revision=number) for number, name in enumerate(names)
        ], unknown


def brought(name: str) -> Brought:
    return Brought(SourceKey("it", name), Batch(cursor={}), 0, NOW, None)


async def test_those_of_one_moment_share_a_transaction() -> None:
    """Each is answered for itself."""
    writer = Kept()
    together = Together(writer, 60)
    answers = await asyncio.gather(
        together.write(brought("a")),
        together.save(SourceKey("it", "b"), POLL),
        together.write(brought("c")),
    )
    assert writer.rounds == [(["a", "c"], ["b"])]
    assert [answer.revision for answer in answers if answer] == [0, 1]


async def test_what_comes_during_a_transaction_is_in_the_next() -> None:
    """Nothing is lost between two rounds."""
    writer = Kept()
    writer.open.clear()
    together = Together(writer, 0)
    first = asyncio.create_task(together.write(brought("a")))
    await until(writer.begun.is_set)
    second = asyncio.create_task(together.write(brought("b")))
    await asyncio.sleep(0.05)
    writer.open.set()
    await asyncio.gather(first, second)
    assert sorted(writer.rounds) == [(["a"], []), (["b"], [])]


async def test_what_is_wrong_with_one_is_told_to_it_alone() -> None:
    """An overtaken batch and a source that is not configured spoil nothing for the others."""
    writer = Kept()
    writer.wrong["a"] = CursorMoved("moved")
    together = Together(writer, 0)
    done = await asyncio.gather(
        together.write(brought("a")),
        together.write(brought("b")),
        together.save(SourceKey("it", "unknown"), POLL),
        together.save(SourceKey("it", "c"), POLL),
        return_exceptions=True,
    )
    assert [type(one) for one in done] == [CursorMoved, Written, StorageError, type(None)]


async def test_cancelled_it_waits_for_the_transaction() -> None:
    """And is cancelled after it."""
    writer = Kept()
    writer.open.clear()
    together = Together(writer, 0)
    task = asyncio.create_task(to_the_end(together.write(brought("a"))))
    await until(writer.begun.is_set)
    task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()
    writer.open.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert writer.rounds == [(["a"], [])]
