"""When each source is due: a pure heap of instants, with no clock and no scheduler in it."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Generic, TypeVar

K = TypeVar("K")

APART = timedelta(milliseconds=1)
"""New keys begin so far from each other: a thousand of them are no blow at the start of each round, yet so close
that they are worked through, stored and judged together, which costs half of what one by one does."""


class Agenda(Generic[K]):
    """Keeps every key's next due instant and hands out those that are due, longest overdue first.

    A key that was handed out is under way and comes back only through `finished`; so no source is
    ever polled twice at once. Missed slots are skipped, never made up for.
    """

    def __init__(
        self,
        every: Mapping[K, timedelta],
        now: datetime,
        not_before: Mapping[K, datetime] | None = None,
    ) -> None:
        """every: each key's interval; not_before: what sources asked for before we were started.

        The first key is due at `now`, the others a moment apart, all within their intervals.
        """
        self._every = dict(every)
        self._heap: list[tuple[datetime, int, K]] = []
        self._order = {key: number for number, key in enumerate(self._every)}
        self._under_way: set[K] = set()
        self._slot: dict[K, datetime] = {}
        """The slot of its grid that each key was looked at in, or last before."""
        self._looked: dict[K, datetime] = {}
        """The instant at which each was due when it was looked at last."""
        self._not_before = {key: at for key, at in (not_before or {}).items() if key in every}
        for key, due in self._begun(list(self._every), now):
            self._push(max(due, self._not_before.get(key, due)), key)

    def reconfigure(self, every: Mapping[K, timedelta], now: datetime, *, anew: Collection[K] = ()) -> None:
        """Take over other keys and intervals; what is under way goes on, and is put back if still wanted.

        New keys are due from `now` on, and so is one of `anew` (it was changed), but never before the
        instant that the source itself asked for. Another interval counts from the last look.
        """
        waiting = {key: due for due, _, key in self._heap}
        before, self._every = self._every, dict(every)
        self._order = {key: number for number, key in enumerate(self._every)}
        self._slot = {key: at for key, at in self._slot.items() if key in every}
        self._looked = {key: at for key, at in self._looked.items() if key in every}
        self._not_before = {key: at for key, at in self._not_before.items() if key in every}
        self._heap = []
        new = [key for key in self._every if key not in waiting and key not in self._under_way]
        waiting.update(self._begun(new, now))
        for key, interval in self._every.items():
            if key in self._under_way:
                continue
            due = waiting[key]
            if key in anew:
                due = min(due, now)
            elif key in self._looked and interval != before.get(key):
                due = self._looked[key] + interval
            self._push(max(due, self._not_before.get(key, due)), key)

    def set_back(self, back: timedelta) -> None:
        """The clock was set back by so much: whoever waits, waits as long as before."""
        self._heap = [(due - back, order, key) for due, order, key in self._heap]
        self._slot = {key: at - back for key, at in self._slot.items()}
        self._looked = {key: at - back for key, at in self._looked.items()}
        self._not_before = {key: at - back for key, at in self._not_before.items()}

    def due(self, now: datetime, limit: int | None = None) -> list[K]:
        """Take out the keys whose time has come, at most `limit` of them."""
        taken: list[K] = []
        while self._heap and self._heap[0][0] <= now and (limit is None or len(taken) < limit):
            due, _, key = heapq.heappop(self._heap)
            last = self._slot.get(key, due)
            self._looked[key] = due
            self._slot[key] = last + (due - last) // self._every[key] * self._every[key]
            taken.append(key)
        self._under_way.update(taken)
        return taken

    def finished(self, key: K, *, now: datetime, not_before: datetime | None) -> datetime | None:
        """Put a key back and tell when it is due next; None for one that is no longer wanted.

        That is the first slot after `now` of the key's own grid, however late it was begun, and never before
        `not_before`, which the source itself asked for. The grid stays: sources that were due together are
        again, however many of them were held back meanwhile. Only a slot that comes within half an interval
        of a look between two slots is left out: what has just asked for rest is not asked twice in a row.
        """
        self._under_way.discard(key)
        every = self._every.get(key)
        if every is None:
            return None
        last = self._slot.setdefault(key, now)
        due = last + max(1, -(-(now - last) // every)) * every
        looked = self._looked.get(key, last)
        if looked != last and due - looked < every / 2:
            due += every
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

    def _begun(self, keys: list[K], now: datetime) -> Iterable[tuple[K, datetime]]:
        """Each key's first due instant, one after the other."""
        return [
            (key, now + number * min(APART, self._every[key] / len(keys))) for number, key in enumerate(keys)
        ]

    def _push(self, due: datetime, key: K) -> None:
        heapq.heappush(self._heap, (due, self._order[key], key))
