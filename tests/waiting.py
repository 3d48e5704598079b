"""Waiting for what comes by itself: how long it takes is the machine's matter, that it comes is the test's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until it is so; a test that waits in vain fails with TimeoutError."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what a test waits for tells of itself by no event
            await asyncio.sleep(0.01)
