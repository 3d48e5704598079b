"""When each source is due: a pure heap of instants, with no clock and no scheduler in it."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
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
        for key in self._every:
            self._push(now, key)

    def due(self, now: datetime, limit: int | None = None) -> list[K]:
        """Take out the keys whose time has come, at most `limit` of them."""
        taken: list[K] = []
        while self._heap and self._heap[0][0] <= now and (limit is None or len(taken) < limit):
            taken.append(heapq.heappop(self._heap)[2])
        return taken

    def finished(self, key: K, *, started: datetime, now: datetime, not_before: datetime | None) -> datetime:
        """Put a key back and tell when it is due next.

        The next slot is the first one after `now` on the grid that `started` lies on, and never
        before `not_before`, which the source itself asked for.
        """
        every = self._every[key]
        slots = max(1, -(-(now - started) // every))
        due = started + slots * every
        if not_before is not None and due < not_before:
            due = not_before
        self._push(due, key)
        return due

    def postpone(self, key: K, until: datetime) -> None:
        """Put back a key that was taken but not begun."""
        self._push(until, key)

    def next_due(self) -> datetime | None:
        """The earliest due instant; None when every key is under way or there is none."""
        return self._heap[0][0] if self._heap else None

    def waiting(self) -> Iterable[tuple[K, datetime]]:
        """Every waiting key with its due instant, in no order."""
        return ((key, due) for due, _, key in self._heap)

    def _push(self, due: datetime, key: K) -> None:
        heapq.heappush(self._heap, (due, self._order[key], key))
