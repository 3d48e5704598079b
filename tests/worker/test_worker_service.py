"""The worker polls what is due, survives what breaks, and stops cleanly."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from core import clock
from core.errors import StorageError
from core.records import Poll, PollResult
from tests.waiting import until
from worker import service
from worker.alarm import AlarmDuties
from worker.duties import Change, Duties
from worker.service import Worker
from worker.thread import WorkerThread

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Scene:
    """A house of fakes at the edges: polls are counted, refreshes are kept."""

    def __init__(self, keys: list[str]) -> None:
        self.polled: list[str] = []
        self.refreshed: list[frozenset[str] | None] = []
        self.finished_batches = 0
        self.keys = keys
        self.silent = False

    async def poll(self, key: str) -> Poll:
        self.polled.append(key)
        if key == "ours":
            raise StorageError("the disk is full")
        if self.silent and key.startswith("silent"):
            await asyncio.sleep(60)
        if key == "long":
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(0.2)
                self.finished_batches += 1
                raise
        return Poll(started_at=AT, finished_at=AT, result=PollResult.OK)

    def duties(self) -> Duties[str]:
        return Duties(
            every={key: timedelta(seconds=1) for key in self.keys},
            poll=self.poll,
            refresh=lambda wanted, now: self.refreshed.append(wanted),
            prune=lambda now: None,
            integration_of=lambda key: f"i-{key}",
            clock=clock.now,
        )


async def _work(duties: Duties[str], true: Callable[[], bool]) -> Worker[str]:
    """Let a worker work until it is so, then stop it."""
    stop, worker = asyncio.Event(), Worker(duties)
    task = asyncio.create_task(worker.run(stop))
    try:
        await until(true)
    finally:
        stop.set()
        await task
    return worker


async def test_each_source_is_polled_and_its_integration_refreshed() -> None:
    """A poll is followed by a refresh of just the integration that it touched."""
    scene = Scene(["a", "b"])

    def touched() -> set[str]:
        return {key for wanted in scene.refreshed if wanted is not None for key in wanted}

    await _work(scene.duties(), lambda: len(touched()) == 2)
    assert set(scene.polled) == {"a", "b"}
    assert scene.refreshed[0] is None
    assert touched() == {"i-a", "i-b"}


async def test_a_silent_source_holds_nobody_up() -> None:
    """However many polls wait for an answer, another source is polled when it is due."""
    scene = Scene([*(f"silent{number}" for number in range(40)), "a"])
    scene.silent = True
    await _work(scene.duties(), lambda: "a" in scene.polled)
    assert scene.polled.index("a") == 40


async def test_what_a_source_asked_for_outlives_a_restart() -> None:
    """A worker that is started knows until when a source is to be left alone."""
    scene = Scene(["a", "b"])
    duties = replace(scene.duties(), not_before={"a": clock.now() + timedelta(minutes=5)})
    await _work(duties, lambda: len(scene.polled) >= 2)
    assert set(scene.polled) == {"b"}


async def test_a_failure_of_our_own_stops_nobody_else() -> None:
    """One source whose poll cannot be stored rests; the other goes on at its pace."""
    scene = Scene(["ours", "a"])
    await _work(scene.duties(), lambda: scene.polled.count("a") >= 2)
    assert scene.polled.count("ours") == 1


async def test_stopping_waits_for_the_batch_in_hand() -> None:
    """A poll that is writing when the stop comes finishes its batch."""
    scene = Scene(["long"])
    await _work(scene.duties(), lambda: "long" in scene.polled)
    assert scene.finished_batches == 1


async def test_what_the_polls_share_is_closed_after_the_last_of_them() -> None:
    """While the event loop still runs: a login may be under way whose answer replaces a token."""
    scene, seen = Scene(["long"]), list[int]()

    async def close() -> None:
        seen.append(scene.finished_batches)

    await _work(replace(scene.duties(), close=close), lambda: "long" in scene.polled)
    assert seen == [1]


def test_the_worker_runs_in_a_thread_of_its_own() -> None:
    """Started and stopped from outside, as the dashboard's server does it."""
    scene = Scene(["a"])
    thread = WorkerThread(Worker(scene.duties()))
    thread.start()
    assert thread.alive
    thread.stop()
    assert not thread.alive


async def test_a_changed_configuration_is_taken_over_while_it_works() -> None:
    """The source that comes is polled, the one that goes is not, and the whole snapshot is refreshed."""
    scene, changes = Scene(["a"]), [Change({"b": timedelta(seconds=1)})]
    duties = replace(scene.duties(), reload=lambda now: changes.pop() if changes else None)
    await _work(duties, lambda: scene.polled.count("b") >= 2)
    assert scene.polled[0] == "a"
    assert "a" not in scene.polled[scene.polled.index("b") :]
    assert scene.refreshed.count(None) == 2


async def test_alerts_are_evaluated_right_after_a_refresh_and_delivered() -> None:
    """What a poll changed is evaluated at once, everything on the tick; a failing evaluation stops nothing."""
    scene, evaluated, delivered = Scene(["a"]), [], []

    def evaluate(wanted: frozenset[str] | None, now: datetime) -> None:
        evaluated.append(wanted)
        raise StorageError("database is locked")

    async def deliver(now: datetime) -> None:
        delivered.append(now)

    duties = replace(scene.duties(), alarm=AlarmDuties(evaluate, deliver))
    await _work(
        duties, lambda: frozenset({"i-a"}) in evaluated and bool(delivered) and len(scene.polled) >= 2
    )


async def test_a_stop_lets_the_message_in_hand_leave() -> None:
    """A delivery under way when the stop comes is waited for."""
    scene, begun, left = Scene([]), [], []

    async def deliver(now: datetime) -> None:
        begun.append(now)
        await asyncio.sleep(0.5)
        left.append(now)

    duties = replace(scene.duties(), alarm=AlarmDuties(lambda wanted, now: None, deliver))
    await _work(duties, lambda: bool(begun))
    assert left == begun
    assert len(left) == 1


async def test_a_refresh_of_everything_is_not_taken_for_that_of_what_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What changed before everything is refreshed is refreshed and evaluated by itself all the same.

    A refresh of everything may leave out what was refreshed a moment ago.
    """
    monkeypatch.setattr(service, "REFRESH_SECONDS", 1.0)
    monkeypatch.setattr(service, "REFRESH_ALL_SECONDS", 0.3)
    scene, evaluated = Scene(["a"]), []

    async def deliver(now: datetime) -> None:
        pass

    def evaluate(wanted: frozenset[str] | None, now: datetime) -> None:
        evaluated.append(wanted)

    def of_a_alone() -> bool:
        return frozenset({"i-a"}) in scene.refreshed and frozenset({"i-a"}) in evaluated

    duties = replace(scene.duties(), alarm=AlarmDuties(evaluate, deliver))
    await _work(duties, lambda: scene.refreshed.count(None) >= 4 and of_a_alone())


async def test_a_clock_that_is_set_back_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour back at once: sources are polled on, and so is all else that the scheduler does."""
    set_back = timedelta()

    class Wall(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Wall":
            at = datetime.now(tz) + set_back
            return cls.fromtimestamp(at.timestamp(), tz)

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Wall)
    monkeypatch.setattr(service, "LOOK_SECONDS", 0.3)
    scene = Scene(["a"])
    stop = asyncio.Event()
    worker = Worker(replace(scene.duties(), clock=lambda: clock.now() + set_back))
    task = asyncio.create_task(worker.run(stop))
    await until(lambda: bool(scene.polled))
    before, set_back = len(scene.polled), timedelta(hours=-1)

    def ticked_since() -> bool:
        at = worker.last_tick_at
        return at is not None and at < clock.now() - timedelta(minutes=59)

    try:
        await until(lambda: len(scene.polled) > before and ticked_since())
    finally:
        stop.set()
        await task
