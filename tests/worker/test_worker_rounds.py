"""What changed and what only time changes, over a minute of the worker's rounds: when each is evaluated."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from core.errors import StorageError
from worker import service
from worker.alarm import AlarmDuties
from worker.duties import Duties
from worker.service import Worker

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CRM = frozenset({"crm"})


@dataclass
class House:
    """A worker whose scheduler, seconds and CPU time are ours: a minute takes no time, and comes out the same.

    refresh_seconds: how long a refresh takes; cpu_seconds: and what it costs; jitter: how late the looks come, in
    turn; locked: evaluations fail. all_at, crm_at: when everything and the one integration were evaluated.
    """

    refresh_seconds: float = 0.0
    cpu_seconds: float = 0.0
    jitter: tuple[float, ...] = (0.0,)
    locked: bool = False
    now: float = 0.0
    cpu: float = 0.0
    started: asyncio.Event = field(default_factory=asyncio.Event)
    all_at: list[float] = field(default_factory=list)
    crm_at: list[float] = field(default_factory=list)
    jobs: list[tuple[float, float, Callable[..., Awaitable[None]], tuple[object, ...]]] = field(
        default_factory=list
    )

    def clock(self) -> datetime:
        return NOON + timedelta(seconds=self.now)

    def add_job(
        self,
        job: Callable[..., Awaitable[None]],
        trigger: str,
        *,
        args: tuple[object, ...],
        seconds: float,
        next_run_time: datetime,
    ) -> None:
        if job.__name__ in {"_refresh_changed", "evaluate_all"}:
            self.jobs.append(((next_run_time - NOON).total_seconds(), seconds, job, args))

    def start(self) -> None:
        self.started.set()

    def shutdown(self, wait: bool) -> None:
        pass

    def refresh(self, wanted: frozenset[str] | None, now: datetime) -> None:
        if wanted is not None:
            self.now += self.refresh_seconds
            self.cpu += self.cpu_seconds

    def evaluate(self, wanted: frozenset[str] | None, now: datetime) -> None:
        if self.locked:
            raise StorageError("database is locked")
        (self.all_at if wanted is None else self.crm_at).append(self.now)

    def evaluate_with(self, wanted: frozenset[str], now: datetime) -> None:
        self.evaluate(None, now)
        self.evaluate(wanted, now)

    async def work(self, worker: Worker[str], until: float, changes: tuple[float, ...] = ()) -> None:
        """Let the jobs run up to this second. changes: when something else stores records of the integration."""
        waiting, turn = sorted(changes), 0
        while self.jobs and (first := min(self.jobs, key=lambda one: one[0]))[0] <= until:
            due, every, job, args = first
            self.now = max(self.now, due + self.jitter[turn % len(self.jitter)])
            turn += 1
            while waiting and waiting[0] <= self.now:
                waiting.pop(0)
                worker.changed("crm")
            await job(*args)
            self.jobs.remove(first)
            self.jobs.append((due + every, every, job, args))


async def begun(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> tuple[Worker[str], Callable[[], Awaitable[None]]]:
    """The house's worker, which does nothing by itself, and what stops it."""

    async def never(key: str) -> None:
        raise AssertionError(key)

    monkeypatch.setattr(service, "AsyncIOScheduler", lambda **options: house)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: house.now)
    monkeypatch.setattr(time, "thread_time", lambda: house.cpu)
    every: dict[str, timedelta] = {}
    worker = Worker(
        Duties(
            every=every,
            poll=never,
            refresh=house.refresh,
            prune=lambda now: None,
            integration_of=str,
            clock=house.clock,
            alarm=AlarmDuties(house.evaluate, evaluate_with=house.evaluate_with),
        )
    )
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    await house.started.wait()

    async def ended() -> None:
        stop.set()
        await task

    return worker, ended


def _gaps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(times)]


@pytest.mark.parametrize("jitter", [(0.0,), (0.001, 0.003, 0.002)])
async def test_everything_is_evaluated_every_ten_seconds_whatever_changes(
    jitter: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where changes take it with them a little before its time for a while, and then cease."""
    house = House(jitter=jitter)
    worker, ended = await begun(house, monkeypatch)
    await house.work(worker, 90, changes=(18.9, 26.9, 34.9, 42.9))
    await ended()
    assert house.all_at[-1] > 80
    assert max(_gaps([0.0, *house.all_at])) < 11
    assert min(_gaps(house.all_at)) > 7


@pytest.mark.parametrize("seconds", [0.0, 0.3])
async def test_a_change_is_evaluated_within_ten_seconds(
    seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much it costs, and though a refresh takes its time: the worst is a change right after a round began."""
    house = House(refresh_seconds=seconds, cpu_seconds=1.0, jitter=(0.004, 0.0, 0.002))
    worker, ended = await begun(house, monkeypatch)
    await house.work(worker, 120, changes=tuple(0.1 * number for number in range(1200)))
    await ended()
    rounds = [at - seconds for at in house.crm_at]
    waited = [later - earlier for earlier, later in zip(rounds, house.crm_at[1:], strict=False)]
    assert max(waited) < 10
    assert min(waited) > 7


async def test_what_could_not_be_evaluated_is_at_the_next_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own database is locked for a while: neither what changed nor everything waits for another occasion."""
    house = House()
    worker, ended = await begun(house, monkeypatch)
    house.locked = True
    await house.work(worker, 14, changes=(4.5,))
    assert house.all_at == house.crm_at == []
    house.locked = False
    await house.work(worker, 18)
    await ended()
    assert house.all_at == [15.0]
    assert house.crm_at == [15.0]
