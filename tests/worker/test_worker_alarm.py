"""When everything is evaluated."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from core.errors import StorageError
from worker.alarm import EVALUATE_REST_SECONDS, EVALUATE_SECONDS, EVALUATE_SHARE, Alarm, AlarmDuties

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("took", "after", "times"),
    [
        pytest.param(EVALUATE_SHARE, EVALUATE_SECONDS, 2, id="little, at each tick"),
        pytest.param(15 * EVALUATE_SHARE, EVALUATE_SECONDS, 1, id="much, not at the next"),
        pytest.param(15 * EVALUATE_SHARE, 2 * EVALUATE_SECONDS, 2, id="much, at the one after"),
        pytest.param(60.0, EVALUATE_REST_SECONDS, 2, id="whatever it takes, in the end"),
    ],
)
async def test_evaluating_everything_rests_by_what_it_takes(
    took: float, after: float, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes its part of a core, no more, but is never left for long; what changed does not wait."""
    seen: list[frozenset[str] | None] = []
    clock: Iterator[float] = (took * (number // 2 + number % 2) for number in range(99))
    monkeypatch.setattr(time, "thread_time", lambda: next(clock))
    loop, now = asyncio.get_running_loop(), 1000.0
    monkeypatch.setattr(loop, "time", lambda: now)
    one = Alarm(AlarmDuties(lambda wanted, _: seen.append(wanted)), lambda: NOON)
    now += EVALUATE_SECONDS
    await one.evaluate_all()
    now += after
    await one.evaluate(frozenset({"crm"}))
    await one.evaluate_all()
    assert seen.count(None) == times
    assert seen.count(frozenset({"crm"})) == 1


class Desk:
    """An alarm whose evaluations cost nothing, as its first of everything is due. seen: what was evaluated; now: the
    loop's seconds; locked: our own database fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[object] = []
        self.now, self.locked = 1000.0, False
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)
        duties = AlarmDuties(
            evaluate=lambda wanted, _: self.evaluate(wanted),
            evaluate_with=lambda wanted, _: self.evaluate(("all", wanted)),
        )
        self.alarm = Alarm(duties, lambda: NOON)
        self.now += EVALUATE_SECONDS

    def evaluate(self, what: object) -> None:
        if self.locked:
            raise StorageError("database is locked")
        self.seen.append(what)


async def test_what_changed_takes_everything_with_it_where_that_is_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One evaluation instead of two, and the next tick has nothing left to do."""
    desk, crm = Desk(monkeypatch), frozenset({"crm"})
    await desk.alarm.evaluate_all()
    for _ in range(3):
        desk.now += 5
        await desk.alarm.evaluate(crm)
    await desk.alarm.evaluate_all()
    assert desk.seen == [None, crm, ("all", crm), crm]


async def test_everything_is_evaluated_though_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """At each tick, also after one that came a little early."""
    desk = Desk(monkeypatch)
    for seconds in (EVALUATE_SECONDS, EVALUATE_SECONDS - 1, EVALUATE_SECONDS):
        await desk.alarm.evaluate_all()
        desk.now += seconds
    assert desk.seen == [None] * 3


async def test_what_could_not_be_evaluated_is_still_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything at the next look, by itself or with what changed; and who asked is told that it failed."""
    desk, crm = Desk(monkeypatch), frozenset({"crm"})
    desk.locked = True
    await desk.alarm.evaluate_all()
    desk.now += 2
    assert await desk.alarm.evaluate(crm) is None
    assert desk.alarm.evaluated_at is None
    desk.locked = False
    desk.now += 2
    assert await desk.alarm.evaluate(crm) is not None
    desk.now += 2
    await desk.alarm.evaluate_all()
    assert desk.seen == [("all", crm)]
