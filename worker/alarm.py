"""The worker's part in alerts: when to evaluate, deliver, and ring the outside clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from core.clock import Clock
from core.errors import MonitorError

log = structlog.get_logger(__name__)

EVALUATE_SECONDS = 10.0
EVALUATE_EARLY_SECONDS = 2.5
"""So much before its time everything is evaluated together with what changed, which saves an evaluation."""

EVALUATE_SLACK_SECONDS = 1.0
"""So much before its time it is evaluated by itself: whether it is due is looked at every two seconds, and a look
that comes a moment early is not to make it wait for the next."""

EVALUATE_SHARE = 0.001
"""Evaluating everything takes at most this part of a core: where there is much, it is done less often."""

EVALUATE_REST_SECONDS = 25.0
"""But it rests no longer than this: well below the time after which nobody is said to have looked."""

DEAD_MAN_SECONDS = 5.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class AlarmDuties:
    """What is done about alerts, handed in by whoever put the house together.

    evaluate: these integrations (None: all, of which it may leave out what it just evaluated) as of now; it runs in
    a thread. deliver: begin to send what is due; close: let what is being sent leave. dead_man: told now, when
    everything was last evaluated, and when the agenda was last looked at. evaluate_with: these, none left out, and all
    others as by `evaluate`; without it each is evaluated apart.
    """

    evaluate: Callable[[frozenset[str] | None, datetime], None]
    deliver: Callable[[datetime], Awaitable[None]] | None = None
    dead_man: Callable[[datetime, datetime | None, datetime | None], Awaitable[None]] | None = None
    close: Callable[[], Awaitable[None]] | None = None
    evaluate_with: Callable[[frozenset[str], datetime], None] | None = None


class Alarm:
    """Runs the duties, each once at a time; what one of them raises stops nobody else.

    Made where its loop runs: everything is evaluated first EVALUATE_SECONDS later, when sources have been looked at.
    evaluated_at: when everything was evaluated last, None before.
    """

    def __init__(self, duties: AlarmDuties, clock: Clock) -> None:
        self._duties, self._clock = duties, clock
        self._evaluating = asyncio.Lock()
        self._delivering: asyncio.Task[None] | None = None
        self._rests_until = 0.0
        self._whole_at = asyncio.get_running_loop().time()
        self.evaluated_at: datetime | None = None

    async def evaluate_all(self) -> None:
        """Evaluate everything, unless that rests or was done: what changed is evaluated when it does, so only what
        time alone changes waits for this. To be called every two seconds or so, for it to come each EVALUATE_SECONDS."""
        if self._due(EVALUATE_SLACK_SECONDS):
            await self._evaluate_all(partial(self._duties.evaluate, None))

    async def evaluate(self, integrations: frozenset[str]) -> float | None:
        """Evaluate these, and everything with them where that is due soon; the CPU seconds that it took.

        None: our own database failed, and these are still to be evaluated.
        """
        both = self._duties.evaluate_with
        if both is not None and self._due(EVALUATE_EARLY_SECONDS):
            return await self._evaluate_all(partial(both, integrations))
        took = await self._evaluate(partial(self._duties.evaluate, integrations))
        if both is None and took is not None:
            await self.evaluate_all()
        return took

    def _due(self, early: float) -> bool:
        """Whether everything is to be evaluated now, or within so many seconds."""
        now = asyncio.get_running_loop().time()
        return now >= self._rests_until and now - self._whole_at >= EVALUATE_SECONDS - early

    async def _evaluate_all(self, work: Callable[[datetime], None]) -> float | None:
        loop = asyncio.get_running_loop()
        before, self._whole_at = self._whole_at, loop.time()
        took = await self._evaluate(work, whole=True)
        if took is None:
            self._whole_at = before
        else:
            self._rests_until = loop.time() + min(EVALUATE_REST_SECONDS, took / EVALUATE_SHARE)
        return took

    async def _evaluate(self, work: Callable[[datetime], None], *, whole: bool = False) -> float | None:
        """One evaluation, in a thread; the CPU seconds that it took.

        None: our own database failed. Then nothing has changed, and the next look tries again.
        """
        async with self._evaluating:
            now = self._clock()
            try:
                took = await asyncio.to_thread(_timed, work, now)
            except MonitorError as error:
                log.error("alerts not evaluated", error=str(error))
                return None
            if whole:
                self.evaluated_at = now
            return took

    def deliver(self) -> None:
        """Begin to send what is due, unless that is still going on. A stop waits a little for what is leaving.

        To be called every second.
        """
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


def _timed(work: Callable[[datetime], None], now: datetime) -> float:
    began = time.thread_time()
    work(now)
    return time.thread_time() - began


def _log_if_broken(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("delivery broke", exc_info=error)
