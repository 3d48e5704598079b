"""The worker inside another program's process: one thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import threading
from typing import Generic, TypeVar

from worker.service import STOP_SECONDS, Worker

K = TypeVar("K")


class WorkerThread(Generic[K]):
    """Runs a worker beside whatever else the process does."""

    def __init__(self, worker: Worker[K]) -> None:
        self._worker = worker
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._main, name="monitor-worker", daemon=True)

    def start(self) -> None:
        """Start working; returns once the loop is up."""
        self._thread.start()
        self._started.wait()

    def stop(self, timeout_seconds: float = STOP_SECONDS + 5) -> None:
        """Finish the batches in hand, then end the thread."""
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout_seconds)

    @property
    def alive(self) -> bool:
        """Whether the thread is running."""
        return self._thread.is_alive()

    def _main(self) -> None:
        asyncio.run(self._work())

    async def _work(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._started.set()
        await self._worker.run(self._stop)
