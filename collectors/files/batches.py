"""Runs reading and parsing in a thread, one batch at a time, so that other polls go on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

from core.records import Batch


async def off_the_loop(
    batches: Iterator[Batch], interrupt: Callable[[], None] | None = None
) -> AsyncIterator[Batch]:
    """The batches, each made in a thread when it is asked for: never while the one before is written.

    Two busy threads would hand the interpreter lock to and fro for every row that SQLite inserts.
    interrupt: hurries the batch in the making when the poll is cancelled.
    """
    try:
        while (batch := await _to_the_end(batches, interrupt)) is not None:
            yield batch
    finally:
        close = getattr(batches, "close", None)
        if close is not None:
            close()


async def _to_the_end(batches: Iterator[Batch], interrupt: Callable[[], None] | None) -> Batch | None:
    """The next batch; when cancelled meanwhile, waits for the thread, which cannot be stopped."""
    import asyncio  # not above: it costs a command that only loads the settings 40 ms

    making = asyncio.ensure_future(asyncio.to_thread(next, batches, None))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        if interrupt is not None:
            interrupt()
        await asyncio.wait([making])
        if not making.cancelled():
            making.exception()
        raise
