"""When each source is due: a pure heap of instants, with no clock and no scheduler in it."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Generic, TypeVar

K = TypeVar("K")


class Agenda(Generic[K]):
    """Keeps every key's next due instant and hands out those that are due, longest overdue first.

    A key that was handed out is under way and comes back only through `finished`; so no source is
    ever polled twice at once. Missed slots are skipped, never made up for.
    """

    def __init__(self, every: Mapping[K, timedelta], now: datetime) -> None:
        """every: each key's interval; all are due at `now` (the worker's own limits stagger them)."""
        self._every = dict(every)
        self._heap: list[tuple[datetime, int, K]] = []
        self._order = {key: number for number, key in enumerate(self._every)}
        self._under_way: set[K] = set()
        self._started: dict[K, datetime] = {}
        self._not_before: dict[K, datetime] = {}
        for key in self._every:
            self._push(now, key)

    def reconfigure(self, every: Mapping[K, timedelta], now: datetime, *, anew: Collection[K] = ()) -> None:
        """Take over other keys and intervals; what is under way goes on, and is put back if still wanted.

        A new key is due at `now`, and so is one of `anew` (it was changed), but never before the
        instant that the source itself asked for. Another interval counts from the last look.
        """
        waiting = {key: due for due, _, key in self._heap}
        before, self._every = self._every, dict(every)
        self._order = {key: number for number, key in enumerate(self._every)}
        self._started = {key: at for key, at in self._started.items() if key in every}
        self._not_before = {key: at for key, at in self._not_before.items() if key in every}
        self._heap = []
        for key, interval in self._every.items():
            if key in self._under_way:
                continue
            due = waiting.get(key, now)
            if key in anew:
                due = min(due, now)
            elif key in self._started and interval != before.get(key):
                due = self._started[key] + interval
            self._push(max(due, self._not_before.get(key, due)), key)

    def due(self, now: datetime, limit: int | None = None) -> list[K]:
        """Take out the keys whose time has come, at most `limit` of them."""
        taken: list[K] = []
        while self._heap and self._heap[0][0] <= now and (limit is None or len(taken) < limit):
            taken.append(heapq.heappop(self._heap)[2])
        self._under_way.update(taken)
        return taken

    def finished(
        self, key: K, *, started: datetime, now: datetime, not_before: datetime | None
    ) -> datetime | None:
        """Put a key back and tell when it is due next; None for one that is no longer wanted.

        The next slot is the first one after `now` on the grid that `started` lies on, and never
        before `not_before`, which the source itself asked for.
        """
        self._under_way.discard(key)
        every = self._every.get(key)
        if every is None:
            return None
        slots = max(1, -(-(now - started) // every))
        due = started + slots * every
        self._started[key] = started
        self._not_before.pop(key, None)
        if not_before is not None:
            self._not_before[key] = not_before
            due = max(due, not_before)
        self._push(due, key)
        return due

    def next_due(self) -> datetime | None:
        """The earliest due instant; None when every key is under way or there is none."""
        return self._heap[0][0] if self._heap else None

    def waiting(self) -> Iterable[tuple[K, datetime]]:
        """Every waiting key with its due instant, in no order."""
        return ((key, due) for due, _, key in self._heap)

    def _push(self, due: datetime, key: K) -> None:
        heapq.heappush(self._heap, (due, self._order[key], key))
