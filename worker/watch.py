"""A thread that looks at something every so often, in a process that has no worker."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from core.errors import MonitorError

log = structlog.get_logger(__name__)


class WatchThread:
    """Calls `look` every so many seconds until it is stopped; an error of ours is logged, and it goes on."""

    def __init__(self, look: Callable[[], None], seconds: float) -> None:
        self._look, self._seconds = look, seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._main, name="monitor-watch", daemon=True)

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look in hand."""
        self._stopped.set()
        self._thread.join(5)

    def _main(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                self._look()
            except MonitorError as error:
                log.error("look failed", error=str(error))
