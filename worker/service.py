"""The worker: polls what is due, refreshes what the pages read, prunes; in a thread or alone."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from core.errors import MonitorError
from worker.agenda import Agenda
from worker.alarm import DEAD_MAN_SECONDS, Alarm
from worker.duties import Duties
from worker.setback import LOOK_SECONDS, SetBack

K = TypeVar("K")
log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
"""What is due is begun, and what is to be told leaves, so often. Each job of the scheduler costs as much as a poll's
answer, so the two are one."""

REFRESH_SECONDS = 2.0
REFRESH_ALL_SECONDS = 30.0
"""What has aged is sought so often; how old it may grow is for `refresh` to say."""

REFRESH_SHARE = 0.002
"""Refreshing and evaluating what changed take at most this part of a core: where much changes, it waits and
does more at once, which costs less: half of what a few integrations take is the same for many."""

REFRESH_REST_SECONDS = 7.5
"""But it rests no longer than this from the beginning of a round on: with the look each REFRESH_SECONDS, and half a
second to do it in, what changed is refreshed and evaluated within ten."""

RELOAD_SECONDS = 2.0
PRUNE_SECONDS = 3600.0
PRUNE_FIRST_SECONDS = 300.0
STOP_SECONDS = 20.0
RESTING_SECONDS = 30.0


@dataclass
class _State(Generic[K]):
    agenda: Agenda[K]
    running: dict[K, asyncio.Task[None]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    refreshing: asyncio.Lock = field(default_factory=asyncio.Lock)
    rests_until: float = 0.0


class Worker(Generic[K]):
    """One scheduler with few coarse jobs; the agenda, not the scheduler, knows the sources."""

    def __init__(self, duties: Duties[K]) -> None:
        self._duties = duties
        self.last_tick_at: datetime | None = None
        """When the scheduler last looked at the agenda; readiness is judged by its age."""
        self._told: deque[str] = deque()
        self._alarm: Alarm | None = None

    def changed(self, integration: str) -> None:
        """Refresh an integration's snapshot soon: something else has stored records. Any thread may call."""
        self._told.append(integration)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then finish the batches in hand and return."""
        duties = self._duties
        state = _State(Agenda(duties.every, duties.clock(), duties.not_before))
        self._alarm = Alarm(duties.alarm, duties.clock) if duties.alarm else None
        scheduler = self._scheduler(state)
        scheduler.start()
        minding = asyncio.create_task(self._mind_the_clock(state, scheduler))
        log.info("worker started", sources=len(self._duties.every))
        try:
            await self._refresh_all(state)
            await stop.wait()
        finally:
            minding.cancel()
            scheduler.shutdown(wait=False)
            await self._finish(state)
            if self._alarm is not None:
                await self._alarm.finish()
            log.info("worker stopped")

    def _scheduler(self, state: _State[K]) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone="UTC",
        )
        now = self._duties.clock()

        jobs: tuple[tuple[Callable[..., Awaitable[None]], tuple[object, ...], float, float], ...] = (
            (self._tick, (state,), TICK_SECONDS, 0),
            (self._refresh_changed, (state,), REFRESH_SECONDS, 1),
            (self._refresh_all, (state,), REFRESH_ALL_SECONDS, REFRESH_ALL_SECONDS),
            (self._reload, (state,), RELOAD_SECONDS, RELOAD_SECONDS),
            (self._prune, (), PRUNE_SECONDS, PRUNE_FIRST_SECONDS),
        )
        if self._alarm is not None:
            jobs += ((self._ring, (self._alarm,), DEAD_MAN_SECONDS, DEAD_MAN_SECONDS),)
        for job, arguments, seconds, first_in in jobs:
            first = now + timedelta(seconds=first_in)
            scheduler.add_job(job, "interval", args=arguments, seconds=seconds, next_run_time=first)
        return scheduler

    async def _mind_the_clock(self, state: _State[K], scheduler: AsyncIOScheduler) -> None:
        """Where the wall clock is set back, nobody waits until it shows again what it showed."""
        steady = asyncio.get_running_loop().time
        clock = SetBack(self._duties.clock(), steady())
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            back = clock.seen(self._duties.clock(), steady())
            if back is not None:
                log.warning("the clock was set back", seconds=back.total_seconds())
                state.agenda.set_back(back)
                for job in scheduler.get_jobs():
                    job.modify(next_run_time=job.next_run_time - back)

    async def _tick(self, state: _State[K]) -> None:
        now = self.last_tick_at = self._duties.clock()
        for key in state.agenda.due(now):
            task = asyncio.create_task(self._poll(state, key), name=f"poll {key}")
            state.running[key] = task
            task.add_done_callback(_log_if_broken)
        if self._alarm is not None:
            self._alarm.deliver()

    async def _poll(self, state: _State[K], key: K) -> None:
        """One look; whatever happens the source goes back into the agenda."""
        # A source's failure is a `Poll`. What breaks out of one is ours (a full disk, a lost
        # database): then the source rests a while, so that we do not make it worse.
        not_before: datetime | None = self._duties.clock() + timedelta(seconds=RESTING_SECONDS)
        try:
            done = await self._duties.poll(key)
            not_before = done.not_before if done is not None else None
        except MonitorError as error:
            log.error("poll not stored", source=str(key), error=str(error))
        finally:
            state.running.pop(key, None)
            state.changed.add(self._duties.integration_of(key))
            now = self._duties.clock()
            state.agenda.finished(key, now=now, not_before=not_before)

    async def _refresh_all(self, state: _State[K]) -> None:
        await self._refresh(state, None)

    async def _refresh_changed(self, state: _State[K]) -> None:
        """Refresh and evaluate what changed, and evaluate what only time changes where that is due."""
        while self._told:
            state.changed.add(self._told.popleft())
        begun = asyncio.get_running_loop().time()
        if state.changed and begun >= state.rests_until:
            wanted = frozenset(state.changed)
            took = await self._refresh(state, wanted) + await self._evaluate(state, wanted)
            state.rests_until = begun + min(REFRESH_REST_SECONDS, took / REFRESH_SHARE)
        elif self._alarm is not None:
            await self._alarm.evaluate_all()

    async def _evaluate(self, state: _State[K], wanted: frozenset[str]) -> float:
        """Evaluate these, at the next round again where that failed; the CPU seconds that it took."""
        took = await self._alarm.evaluate(wanted) if self._alarm is not None else 0.0
        if took is None:
            state.changed |= wanted
        return took or 0.0

    async def _refresh(self, state: _State[K], wanted: frozenset[str] | None) -> float:
        """Bring these (None: all) up to date; the CPU seconds that it took."""
        # A refresh of everything takes nothing off the list of what changed: it may leave out what
        # was refreshed a moment ago, and alerts are evaluated only for what stands on that list.
        taken = frozenset() if wanted is None else wanted
        async with state.refreshing:
            state.changed -= taken
            try:
                return await asyncio.to_thread(self._timed_refresh, wanted)
            except MonitorError as error:
                state.changed |= taken
                log.error("snapshot not refreshed", error=str(error))
                return 0.0

    def _timed_refresh(self, wanted: frozenset[str] | None) -> float:
        began = time.thread_time()
        self._duties.refresh(wanted, self._duties.clock())
        return time.thread_time() - began

    async def _ring(self, alarm: Alarm) -> None:
        await alarm.ring(self.last_tick_at)

    async def _reload(self, state: _State[K]) -> None:
        """Take over a changed configuration. Polls under way go on by the one they began with."""
        if self._duties.reload is None:
            return
        try:
            change = await asyncio.to_thread(self._duties.reload, self._duties.clock())
        except MonitorError as error:
            log.error("configuration not taken over", error=str(error))
            return
        if change is not None:
            state.agenda.reconfigure(change.every, self._duties.clock(), anew=change.anew)
            log.info("configuration taken over", sources=len(change.every))
            await self._refresh_all(state)

    async def _prune(self) -> None:
        try:
            await asyncio.to_thread(self._duties.prune, self._duties.clock())
        except MonitorError as error:
            log.error("nothing pruned", error=str(error))

    async def _finish(self, state: _State[K]) -> None:
        """Cancel the polls under way; each ends after the batch that it is writing."""
        tasks = list(state.running.values())
        for task in tasks:
            task.cancel()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in late:
                log.warning("poll did not stop in time", poll=task.get_name())
        if self._duties.close is not None:
            await self._duties.close()


def _log_if_broken(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("poll broke", poll=task.get_name(), exc_info=error)
