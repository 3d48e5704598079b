"""The worker's part in alerts: when to evaluate, deliver, and ring the outside clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from core.clock import Clock
from core.errors import MonitorError

log = structlog.get_logger(__name__)

EVALUATE_SECONDS = 10.0
EVALUATE_SHARE = 0.003
"""Evaluating everything takes at most this part of a core: where there is much, it is done less often."""

EVALUATE_REST_SECONDS = 25.0
"""But it rests no longer than this: well below the time after which nobody is said to have looked."""

DELIVER_SECONDS = 1.0
DEAD_MAN_SECONDS = 5.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class AlarmDuties:
    """What is done about alerts, handed in by whoever put the house together.

    evaluate: these integrations (None: all) as of now; it runs in a thread. deliver: begin to send what is due;
    close: let what is being sent leave. dead_man: told now, when everything was last evaluated, and when the agenda was last looked at.
    """

    evaluate: Callable[[frozenset[str] | None, datetime], None]
    deliver: Callable[[datetime], Awaitable[None]] | None = None
    dead_man: Callable[[datetime, datetime | None, datetime | None], Awaitable[None]] | None = None
    close: Callable[[], Awaitable[None]] | None = None


class Alarm:
    """Runs the duties, each once at a time; what one of them raises stops nobody else.

    evaluated_at: when everything was evaluated last, None before.
    """

    def __init__(self, duties: AlarmDuties, clock: Clock) -> None:
        self._duties, self._clock = duties, clock
        self._evaluating = asyncio.Lock()
        self._delivering: asyncio.Task[None] | None = None
        self._rests_until = 0.0
        self.evaluated_at: datetime | None = None

    async def evaluate_all(self) -> None:
        """Evaluate everything, unless that rests: what changed is evaluated when it does, so only what time
        alone changes waits for this."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._rests_until:
            took = await self.evaluate()
            self._rests_until = loop.time() + min(EVALUATE_REST_SECONDS, took / EVALUATE_SHARE)

    async def evaluate(self, integrations: frozenset[str] | None = None) -> float:
        """Evaluate; the CPU seconds that it took.

        When our own database fails nothing has changed, and the next tick tries again.
        """
        async with self._evaluating:
            now = self._clock()
            try:
                took = await asyncio.to_thread(self._timed_evaluation, integrations, now)
            except MonitorError as error:
                log.error("alerts not evaluated", error=str(error))
                return 0.0
            if integrations is None:
                self.evaluated_at = now
            return took

    def _timed_evaluation(self, integrations: frozenset[str] | None, now: datetime) -> float:
        began = time.thread_time()
        self._duties.evaluate(integrations, now)
        return time.thread_time() - began

    async def deliver(self) -> None:
        """Begin to send what is due, unless that is still going on. A stop waits a little for what is leaving."""
        if self._duties.deliver is None or (self._delivering is not None and not self._delivering.done()):
            return
        self._delivering = asyncio.create_task(self._deliver(self._duties.deliver), name="deliver")
        self._delivering.add_done_callback(_log_if_broken)

    async def _deliver(self, send: Callable[[datetime], Awaitable[None]]) -> None:
        try:
            await send(self._clock())
        except MonitorError as error:
            log.error("messages not delivered", error=str(error))

    async def ring(self, looked_at: datetime | None) -> None:
        """Let the outside clock know that we live. looked_at: when the worker last looked at its agenda."""
        if self._duties.dead_man is None:
            return
        try:
            await self._duties.dead_man(self._clock(), self.evaluated_at, looked_at)
        except MonitorError as error:
            log.warning("the outside clock was not rung", error=str(error))

    async def finish(self) -> None:
        """Let the messages in hand leave; those that do not in time leave after the next start."""
        task = self._delivering
        if task is not None and not task.done():
            done, _ = await asyncio.wait({task}, timeout=STOP_SECONDS)
            if not done:
                task.cancel()
                log.warning("messages did not leave in time")
        if self._duties.close is not None:
            await self._duties.close()


def _log_if_broken(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("delivery broke", exc_info=error)
