"""What mutes an alert now: silences, and maintenance windows that come once or again and again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from core.muting import MaintenanceWindow, Silence
from core.settings import Integration
from core.settings.fields import zone_named
from core.settings.scopes import matches
from health.schedule import Timetable, slots

T = TypeVar("T")

_SECOND_SHOWING = timedelta(hours=3)
"""A time that a change of the clocks shows twice is due so much after its first showing, at most."""


@dataclass(frozen=True, slots=True)
class Muting:
    """What holds messages of an alert back now. until: when the last of it ends; None of both: nothing does."""

    silence: Silence | None = None
    maintenance: MaintenanceWindow | None = None
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self.silence is not None or self.maintenance is not None


@dataclass(frozen=True, slots=True)
class Mutes:
    """The silences and maintenance windows that hold at one instant, each with its end."""

    silences: tuple[tuple[Silence, datetime], ...] = ()
    maintenance: tuple[tuple[MaintenanceWindow, datetime], ...] = ()


def mutes_at(silences: Iterable[Silence], maintenance: Iterable[MaintenanceWindow], now: datetime) -> Mutes:
    """Those that hold now, worked out once for all alerts."""
    held = [
        (one, one.ends_at)
        for one in silences
        if one.starts_at <= now < one.ends_at and (one.ended_at is None or now < one.ended_at)
    ]
    open_windows = [(one, spell[1]) for one in maintenance if (spell := open_spell(one, now)) is not None]
    return Mutes(_last_first(held), _last_first(open_windows))


def muting(mutes: Mutes, rule: str, integration: Integration) -> Muting:
    """What mutes a rule on an integration; of several the one that ends last."""
    silence = next(((one, end) for one, end in mutes.silences if matches(one.where, integration, rule)), None)
    window = next(
        ((one, end) for one, end in mutes.maintenance if matches(one.where, integration, rule)), None
    )
    return Muting(
        silence=silence[0] if silence else None,
        maintenance=window[0] if window else None,
        until=max((found[1] for found in (silence, window) if found), default=None),
    )


def open_spell(window: MaintenanceWindow, now: datetime) -> tuple[datetime, datetime] | None:
    """From when until when the window is open around now; None when it is not open."""
    if window.ended_at is not None and window.ended_at <= now:
        return None
    if not window.cron:
        if window.starts_at is None or window.ends_at is None:
            return None
        return (window.starts_at, window.ends_at) if window.starts_at <= now < window.ends_at else None
    lasting = timedelta(seconds=window.duration_seconds)
    begun = [start for start in _starts(window, now - lasting, now) if start <= now < start + lasting]
    return (begun[-1], begun[-1] + lasting) if begun else None


def next_start(window: MaintenanceWindow, now: datetime) -> datetime | None:
    """When the window opens next, within a year; None when it does not."""
    if not window.cron:
        return window.starts_at if window.starts_at is not None and window.starts_at > now else None
    end = now
    for days in (2, 35, 366):
        begin, end = end, now + timedelta(days=days)
        coming = next((start for start in _starts(window, begin, end) if start > now), None)
        if coming is not None:
            return coming
    return None


def _starts(window: MaintenanceWindow, after: datetime, until: datetime) -> list[datetime]:
    """When it opens within [after, until], in order: where the clock shows the time, the first time it does."""
    table = Timetable(cron=window.cron, zone=zone_named(window.timezone or "UTC"))
    around = slots(table, after - timedelta(seconds=1), until + _SECOND_SHOWING)
    return sorted(slot.opens_at for slot in around if after <= slot.opens_at <= until)


def _last_first(held: Sequence[tuple[T, datetime]]) -> tuple[tuple[T, datetime], ...]:
    return tuple(sorted(held, key=lambda pair: pair[1], reverse=True))
