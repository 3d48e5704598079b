"""Runs reading and parsing in a thread, one batch at a time, so that other polls go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from core.records import Batch


async def off_the_loop(batches: Iterator[Batch]) -> AsyncIterator[Batch]:
    """The batches, each made in a thread when it is asked for: never while the one before is written.

    Two busy threads would hand the interpreter lock to and fro for every row that SQLite inserts.
    """
    try:
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            yield batch
    finally:
        close = getattr(batches, "close", None)
        if close is not None:
            await asyncio.to_thread(close)
