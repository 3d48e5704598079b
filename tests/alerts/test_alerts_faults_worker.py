"""Faults that bit well-known monitors: a scheduler that makes up for every run that it slept through."""

import asyncio
from datetime import datetime, timedelta

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from core import clock
from core.records import Poll
from tests.waiting import until
from worker import alarm, service
from worker.alarm import AlarmDuties
from worker.duties import Duties
from worker.service import Worker


async def test_a_sleep_of_six_hours_gives_one_coalesced_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    """360 looks were due when the lid opened: one makes up for all of them, though each were to evaluate."""
    made: list[AsyncIOScheduler] = []
    started = asyncio.Event()
    evaluated: list[frozenset[str] | None] = []

    class Noted(AsyncIOScheduler):  # type: ignore[misc]
        def __init__(self, **options: object) -> None:
            super().__init__(**options)
            made.append(self)

        def start(self, paused: bool = False) -> None:
            super().start(paused)
            started.set()

    async def never(key: str) -> Poll | None:
        raise AssertionError(key)

    def evaluate(wanted: frozenset[str] | None, now: datetime) -> None:
        evaluated.append(wanted)

    monkeypatch.setattr(alarm, "EVALUATE_SECONDS", 0.0)
    monkeypatch.setattr(alarm, "EVALUATE_REST_SECONDS", 0.0)
    monkeypatch.setattr(service, "REFRESH_SECONDS", 60.0)
    monkeypatch.setattr(service, "AsyncIOScheduler", Noted)
    every: dict[str, timedelta] = {}
    duties = Duties(
        every=every,
        poll=never,
        refresh=lambda wanted, now: None,
        prune=lambda now: None,
        integration_of=str,
        clock=clock.now,
        alarm=AlarmDuties(evaluate),
    )
    stop = asyncio.Event()
    working = asyncio.create_task(Worker(duties).run(stop))
    await started.wait()
    due = next(job for job in made[0].get_jobs() if job.name == "Worker._refresh_changed")
    due.modify(next_run_time=clock.now() - timedelta(hours=6))
    await until(lambda: bool(evaluated))
    await asyncio.sleep(0.5)
    stop.set()
    await working
    assert evaluated == [None]
