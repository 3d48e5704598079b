"""So many at once: in order, with no place lost to those who give up, and none given twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from collectors.gate import Gate


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class _Passing:
    """Those who pass a gate and stay until told to go. came: in the order in which they got in."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.within: dict[int, asyncio.Event] = {}
        self.came: list[int] = []

    async def __call__(self, number: int) -> None:
        async with self.gate:
            self.came.append(number)
            self.within[number] = asyncio.Event()
            try:
                await self.within[number].wait()
            finally:
                del self.within[number]


Journey = Callable[[_Passing], Awaitable[None]]


def _run(journey: Journey, places: int) -> None:
    async def main() -> None:
        await journey(_Passing(Gate(places)))

    asyncio.run(main())


def test_so_many_are_within_and_the_others_follow_in_their_order() -> None:
    async def journey(passing: _Passing) -> None:
        tasks = [asyncio.create_task(passing(number)) for number in range(5)]
        await _settle()
        assert sorted(passing.within) == [0, 1]
        while passing.within:
            assert len(passing.within) <= 2
            next(iter(passing.within.values())).set()
            await _settle()
        assert passing.came == [0, 1, 2, 3, 4]
        await asyncio.gather(*tasks)

    _run(journey, 2)


def test_who_comes_while_others_wait_does_not_overtake_them() -> None:
    async def journey(passing: _Passing) -> None:
        first, second = asyncio.create_task(passing(0)), asyncio.create_task(passing(1))
        await _settle()
        passing.within[0].set()
        # It comes in the very moment in which the place is handed on.
        third = asyncio.create_task(passing(2))
        await _settle()
        assert passing.came == [0, 1]
        passing.within[1].set()
        await _settle()
        passing.within[2].set()
        await asyncio.gather(first, second, third)

    _run(journey, 1)


@pytest.mark.parametrize("given", [False, True], ids=["waiting", "given its place and not yet run"])
def test_a_place_is_not_lost_to_one_who_is_cancelled(given: bool) -> None:
    async def journey(passing: _Passing) -> None:
        first, second, third = (asyncio.create_task(passing(number)) for number in range(3))
        await _settle()
        if given:
            passing.within[0].set()
            # One turn of the loop: the first wakes and leaves; the second has its place and has not run.
            await asyncio.sleep(0)
        second.cancel()
        await _settle()
        if not given:
            passing.within[0].set()
            await _settle()
        assert passing.came == [0, 2]
        passing.within[2].set()
        await asyncio.gather(first, second, third, return_exceptions=True)
        assert second.cancelled()
        last = asyncio.create_task(passing(3))
        await _settle()
        assert passing.came == [0, 2, 3]
        passing.within[3].set()
        await last

    _run(journey, 1)


def test_an_error_within_hands_the_place_on() -> None:
    async def journey(passing: _Passing) -> None:
        with pytest.raises(ValueError, match="within"):
            async with passing.gate:
                raise ValueError("within")
        task = asyncio.create_task(passing(1))
        await _settle()
        assert passing.came == [1]
        passing.within[1].set()
        await task

    _run(journey, 1)
