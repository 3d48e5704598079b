"""Runs what blocks for as long as somebody else likes in threads of its own, away from the worker's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

MOST_AT_ONCE = 16
"""So many calls may hang at the same time; the next one waits for one of them."""

# The loop's own threads are few (the number of cores and four); evaluating and storing must never wait there
# for a mail server that says nothing.
_THREADS = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="deliver")


async def aside(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `call` returns or raises."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_THREADS, partial(call, *args, **kwargs))
