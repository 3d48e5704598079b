"""Lateness: when runs were due by a timetable, and which of those slots no run has kept.

Local times that do not exist or come twice are read as schedulers disagree about them: a fixed time
in a skipped hour is due where the clock would have shown it and may be kept from the gap on; a fixed
time in a repeated hour is one slot, kept from its first showing and due at its second. Times with a
star as minute or hour go on by real time, as Debian's cron does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

MOST_MISSED = 300
"""Missed slots are counted up to here: a sync that died last year must not slow down every look."""

EARLY = timedelta(minutes=1)
"""How much before its slot a run may start and still keep it: two clocks never agree."""

_AROUND_A_CHANGE = timedelta(hours=4)
_STRETCH = timedelta(days=14)
_STRETCH_WITH_A_CHANGE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Timetable:
    """When runs are due: by `cron` in its zone, or `every` so long after the last start.

    Exactly one of the two is set. grace: how long after its due time a run may start.
    """

    cron: str | None = None
    every: timedelta | None = None
    grace: timedelta = timedelta(minutes=5)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True)
class Slot:
    """One run that is due: kept by a start at `opens_at` or later, late after `due_at` + grace."""

    opens_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Lateness:
    """How the newest start stands to the timetable.

    late: a slot and its grace have passed without a start; due_at: the first such slot; late_by: the
    time since it; missed: how many such slots (at most MOST_MISSED); next_due_at: the first slot to
    come (None if a cron never comes again).
    """

    late: bool
    missed: int
    next_due_at: datetime | None
    due_at: datetime | None = None
    late_by: timedelta | None = None


def lateness(
    timetable: Timetable | None,
    *,
    last_start: datetime | None,
    known_since: datetime,
    now: datetime,
    seen_until: datetime | None = None,
) -> Lateness | None:
    """Whether a run is late now; None without a timetable.

    last_start: the newest start of any run, ended or not (a run that never ends keeps its slot);
    known_since: where counting begins when nothing ever ran; seen_until: up to when the runs have
    been looked at (now if not told): a slot later than that is not missed, only not seen.
    """
    if timetable is None:
        return None
    horizon = min(now, seen_until or now)
    missed = missed_slots(timetable, last_start, known_since, horizon - timetable.grace)
    coming = next_due(timetable, now, last_start or known_since)
    if not missed:
        return Lateness(late=False, missed=0, next_due_at=coming)
    due_at = missed[0].due_at
    return Lateness(True, len(missed), coming, due_at, max(now - due_at, timedelta()))


def missed_slots(
    timetable: Timetable, last_start: datetime | None, known_since: datetime, until: datetime
) -> list[Slot]:
    """The slots due by `until` that the newest start does not keep, oldest first."""
    base = known_since if last_start is None else last_start
    early = timedelta() if last_start is None else EARLY
    if until < base:
        return []
    if timetable.every:
        count = min(MOST_MISSED, int((until - base) / timetable.every))
        dues = (base + timetable.every * number for number in range(1, count + 1))
        return [Slot(due, due) for due in dues]
    first = _first_slot(timetable, base, early)
    if first is None or first.due_at > until:
        return []
    missed = (slot for slot in slots(timetable, base, until) if slot.opens_at - early > base)
    return list(islice(missed, MOST_MISSED))


@lru_cache(maxsize=4096)
def _first_slot(timetable: Timetable, base: datetime, early: timedelta) -> Slot | None:
    """The first cron slot that a start at `base` does not keep; the same until a run starts."""
    start = base
    for days in (2, 8, 32, 366, 366 * 9):
        end = start + timedelta(days=days)
        for slot in slots(timetable, start, end):
            if slot.opens_at - early > base:
                return slot
        start = end
    return None


def next_due(timetable: Timetable, now: datetime, base: datetime) -> datetime | None:
    """The first slot after now; base: the newest start, from which `every` counts."""
    if timetable.every:
        gone = max(0, int((now - base) / timetable.every))
        return base + timetable.every * (gone + 1)
    kept = _first_slot(timetable, base, EARLY)
    if kept is None or kept.due_at > now:
        return kept.due_at if kept else None
    coming = _first_slot(timetable, now.replace(second=0, microsecond=0), timedelta())
    if coming is not None and coming.due_at <= now:
        coming = _first_slot(timetable, now, timedelta())
    return coming.due_at if coming else None


def slots(timetable: Timetable, after: datetime, until: datetime) -> Iterator[Slot]:
    """The slots of a cron timetable that are due in (after, until], in the order they fall due."""
    if timetable.cron is None or until <= after:
        return
    for start, end in _stretches(timetable.zone, after, until):
        if _offset_is_constant(timetable.zone, start, end):
            for wall in _wall_times(timetable.cron, timetable.zone, start, end):
                at = wall.replace(tzinfo=timetable.zone).astimezone(UTC)
                if start < at <= end:
                    yield Slot(at, at)
        else:
            yield from _slots_around_a_change(timetable.cron, timetable.zone, start, end)


def newest_start(starts: Sequence[datetime | None], now: datetime) -> datetime | None:
    """The newest of some starts; one in the future (a planned run) is no start."""
    return max((start for start in starts if start is not None and start <= now + EARLY), default=None)


def _stretches(zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """(after, until] cut into pieces: short ones where the clocks change, so that few need the care."""
    start = after
    while start < until:
        end = min(until, start + _STRETCH)
        if not _offset_is_constant(zone, start, end):
            end = min(until, start + _STRETCH_WITH_A_CHANGE)
        yield start, end
        start = end


def _offset_is_constant(zone: ZoneInfo, start: datetime, end: datetime) -> bool:
    before, after = start - _AROUND_A_CHANGE, end + _AROUND_A_CHANGE
    return before.astimezone(zone).utcoffset() == after.astimezone(zone).utcoffset()


def _wall_times(cron: str, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """The local times of the expression in (start, end], naive."""
    last = end.astimezone(zone).replace(tzinfo=None)
    try:
        for wall in CronSim(cron, start.astimezone(zone).replace(tzinfo=None)):
            if wall > last:
                return
            yield wall
    except CronSimError:
        return


def _slots_around_a_change(cron: str, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Slot]:
    fields = cron.split()
    fixed = len(fields) == 5 and not fields[0].startswith("*") and not fields[1].startswith("*")
    found: dict[datetime, Slot] = {}
    for wall in _wall_times(cron, zone, start - _AROUND_A_CHANGE, end + _AROUND_A_CHANGE):
        for slot in _fixed_slot(wall, zone) if fixed else _real_slots(wall, zone):
            if slot.due_at not in found or slot.opens_at > found[slot.due_at].opens_at:
                found[slot.due_at] = slot
    yield from (found[due] for due in sorted(found) if start < due <= end)


def _fixed_slot(wall: datetime, zone: ZoneInfo) -> list[Slot]:
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if second >= first:
        return [Slot(first, second)]
    # The wall time is skipped: PEP 495 puts fold=0 after the gap and fold=1 before it, as far from
    # it as the time was into the gap.
    gap = first
    while gap - timedelta(minutes=1) > second and _is_after_gap(gap - timedelta(minutes=1), first, zone):
        gap -= timedelta(minutes=1)
    return [Slot(gap, first)]


def _is_after_gap(at: datetime, after: datetime, zone: ZoneInfo) -> bool:
    return at.astimezone(zone).utcoffset() == after.astimezone(zone).utcoffset()


def _real_slots(wall: datetime, zone: ZoneInfo) -> list[Slot]:
    instants = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return [Slot(at, at) for at in sorted(instants) if at.astimezone(zone).replace(tzinfo=None) == wall]
