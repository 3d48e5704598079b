"""Which files are new, complete, copies or renamed ones: what a `csv_drop` source remembers between polls."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import cast

import msgspec

from collectors.files.finding import Found
from collectors.sources._csv_keys import Known
from core.clock import from_micros, to_micros
from core.records import Cursor, Json

MOST_DELIVERIES = 500
LOOKED_AT_EVERY = timedelta(minutes=10)
_VERSION = 1
_VARYING = re.compile(r"\d+(?:[-_.T ]\d+)+|\d{4,}")


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A file that was delivered and is still there. digest: "" where it was too old to be read."""

    digest: str
    mtime_ns: int


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """A file that may still be written. state: of it when it was seen so first; since: then, epoch µs."""

    state: str
    since: int


class Delivered(msgspec.Struct, frozen=True, array_like=True):
    """One delivery. day: its contract day, ordinal; times: how often the same bytes came that day."""

    day: int
    digest: str
    times: int


class Memory(msgspec.Struct, kw_only=True):
    """What the cursor holds.

    looked_at: about when the files were listed last (µs, written every ten minutes); seen: by state of
    the file; waiting: by place; delivered: in order; known: the values of columns referred to.
    """

    version: int = _VERSION
    looked_at: int | None = None
    seen: dict[str, Seen] = {}
    waiting: dict[str, Waiting] = {}
    delivered: list[Delivered] = []
    known: dict[str, object] = {}

    @classmethod
    def of(cls, cursor: Cursor) -> Memory:
        """The memory that a cursor holds; a new one for an empty cursor, or one of another version."""
        if cursor.get("version") != _VERSION:
            return cls()
        try:
            return msgspec.convert(cursor, cls)
        except msgspec.ValidationError:
            return cls()

    def cursor(self) -> Cursor:
        """The cursor that holds it."""
        return cast("dict[str, Json]", msgspec.to_builtins(self))

    def known_values(self) -> dict[str, Known]:
        """The values delivered before, by the name of their column."""
        return {name: Known.of(cast("Json", stored)) for name, stored in self.known.items()}


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who a file is that came. times: how often these bytes came this day, this one included; of_day: how many
    deliveries the day has had, copies and this one included; unchanged: the same as on the day before."""

    day: date
    arrived_at: datetime
    times: int
    of_day: int
    unchanged: bool


class Arrivals:
    """One poll's view of the files: keeps the memory, decides what is new and what is complete."""

    def __init__(self, memory: Memory, found: Collection[Found], now: datetime, settle: timedelta) -> None:
        self.memory = memory
        self._now, self._settle = now, settle
        self._before = memory.cursor()
        states = {state_of(file) for file in found}
        self._gone = {one: seen for one, seen in memory.seen.items() if one not in states}
        memory.seen = {one: seen for one, seen in memory.seen.items() if one in states}
        places = {place_of(file) for file in found}
        memory.waiting = {one: waiting for one, waiting in memory.waiting.items() if one in places}

    def is_new(self, file: Found) -> bool:
        """Whether a file was not taken as it is now."""
        return state_of(file) not in self.memory.seen

    def is_complete(self, file: Found) -> bool:
        """Whether nobody writes it any more: it was not changed for the settle time, by its own clock or ours."""
        if _left(file, self._now, self._settle) <= timedelta(0):
            return True
        waiting = self.memory.waiting.get(place_of(file))
        return (
            waiting is not None
            and waiting.state == state_of(file)
            and self._now - from_micros(waiting.since) >= self._settle
        )

    def wait(self, file: Found) -> None:
        """Notes a file that may still be written."""
        place, state = place_of(file), state_of(file)
        waiting = self.memory.waiting.get(place)
        if waiting is None or waiting.state != state:
            self.memory.waiting[place] = Waiting(state, to_micros(self._now))

    def take(self, file: Found, digest: str) -> None:
        """Notes that a file was dealt with."""
        self.memory.seen[state_of(file)] = Seen(digest, file.mtime_ns)
        self.memory.waiting.pop(place_of(file), None)

    def is_renamed(self, file: Found, digest: str) -> bool:
        """Whether it is a file taken before that has another name now: the bytes and the time of a missing one."""
        for state, seen in self._gone.items():
            if seen.digest == digest and seen.mtime_ns == file.mtime_ns:
                del self._gone[state]
                return True
        return False

    def arrival(self, digest: str, arrived_at: datetime, day: date) -> Arrival:
        """Counts a delivery."""
        ordinal, kept = day.toordinal(), self.memory.delivered
        today = [one for one in kept if one.day == ordinal]
        same = next((one for one in today if one.digest == digest), None)
        earlier = max((one.day for one in kept if one.day < ordinal), default=None)
        unchanged = any(one.day == earlier and one.digest == digest for one in kept)
        times = same.times + 1 if same else 1
        rest = [one for one in kept if one is not same]
        self.memory.delivered = [*rest, Delivered(ordinal, digest, times)][-MOST_DELIVERIES:]
        of_day = sum(one.times for one in today) + 1
        return Arrival(day, arrived_at, times, of_day, unchanged)

    def arrived_at(self, file: Found, *, first: bool) -> datetime:
        """When a file came, as far as it can be told: not before it was changed, and not while we looked.

        Uploads often keep the time of the original, so a file that was not there at the last look came
        after it, whatever its own time says. first: nothing was looked at before, so only that time tells.
        """
        changed = from_micros(file.mtime_ns // 1000) if file.mtime_ns > 0 else self._now
        looked_at = None if first else self.memory.looked_at
        if looked_at is not None:
            changed = max(changed, from_micros(looked_at))
        return min(changed, self._now)

    def looked(self) -> None:
        """Notes when the files were listed, seldom enough to leave the cursor alone."""
        last = self.memory.looked_at
        if last is None or self._now - from_micros(last) >= LOOKED_AT_EVERY:
            self.memory.looked_at = to_micros(self._now)

    @property
    def moved(self) -> bool:
        """Whether the memory differs from what it was when the poll began."""
        return self.memory.cursor() != self._before


def unsettled(found: Collection[Found], memory: Memory, now: datetime, settle: timedelta) -> timedelta:
    """How long it takes until every new file will have been left alone for the settle time."""
    new = [file for file in found if state_of(file) not in memory.seen]
    return max((_left(file, now, settle) for file in new), default=timedelta(0))


def _left(file: Found, now: datetime, settle: timedelta) -> timedelta:
    """What is left of the settle time; all of it where the file's own time says nothing or lies ahead."""
    if file.mtime_ns <= 0:
        return settle
    quiet = now - from_micros(file.mtime_ns // 1000)
    return settle - quiet if quiet >= timedelta(0) else settle


def state_of(file: Found) -> str:
    """A short name for a file as it is: who it is, its size, its time, and the storage's own tag of it."""
    return _short(f"{file.dev}\x1f{file.ino}\x1f{file.size}\x1f{file.mtime_ns}\x1f{file.tag}")


def place_of(file: Found) -> str:
    """A short name for where a file lies."""
    return _short(f"{file.dev}\x1f{file.ino}")


def job_name(name: str) -> str:
    """A file's name without its date or number, so that the deliveries of many days are one job."""
    return _VARYING.sub("*", name)


def _short(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
