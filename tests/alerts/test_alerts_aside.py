"""What blocks in a channel stays out of the worker's own threads."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from alerts.aside import aside


async def test_a_call_that_hangs_leaves_the_threads_of_the_loop_alone() -> None:
    """While a mail server says nothing the worker still reads and writes, also with a single thread."""
    released = threading.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    hanging = asyncio.create_task(aside(released.wait, 60))
    try:
        await asyncio.sleep(0)
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "written"), 30) == "written"
        assert not hanging.done()
    finally:
        released.set()
    assert await hanging


async def test_what_the_call_raises_is_raised() -> None:
    """A refusal arrives where the call was made."""
    with pytest.raises(ValueError, match="invalid literal"):
        await aside(int, "no number")
