"""Runs reading and parsing in a thread, one batch at a time, so that other polls go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

from core.records import Batch


async def off_the_loop(
    batches: Iterator[Batch], interrupt: Callable[[], None] | None = None
) -> AsyncIterator[Batch]:
    """The batches, each made in a thread when it is asked for: never while the one before is written.

    Two busy threads would hand the interpreter lock to and fro for every row that SQLite inserts.
    interrupt: hurries the batch in the making when the poll is cancelled, which waits for it.
    """
    try:
        while (batch := await _made(batches, interrupt)) is not None:
            yield batch
    finally:
        close = getattr(batches, "close", None)
        if close is not None:
            await asyncio.to_thread(close)


async def _made(batches: Iterator[Batch], interrupt: Callable[[], None] | None) -> Batch | None:
    task = asyncio.ensure_future(asyncio.to_thread(next, batches, None))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        # A generator that runs cannot be closed: its thread comes to an end first.
        if interrupt is not None:
            interrupt()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
        raise
