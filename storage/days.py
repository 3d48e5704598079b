"""Which hour and which local day an instant falls into, in stored microseconds."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.clock import from_micros, to_micros

MINUTE = 60_000_000
QUARTER = 15 * MINUTE
"""Zones differ from UTC by whole quarters of an hour, so no day begins inside one."""

HOUR = 60 * MINUTE


def hour_of(at: int) -> int:
    """The start of the UTC hour."""
    return at - at % HOUR


class Days:
    """The local days of one zone: 23, 24 or 25 hours long, from midnight to midnight."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._starts: dict[int, int] = {}

    def day_of(self, at: int) -> int:
        """The first instant of the local day that holds `at` (both epoch µs)."""
        quarter = at - at % QUARTER
        start = self._starts.get(quarter)
        if start is None:
            if len(self._starts) > 100_000:
                self._starts.clear()
            start = self._starts[quarter] = self._start(quarter)
        return start

    def next_day(self, day: int) -> int:
        """The first instant of the local day after the one that starts at `day`."""
        return self.day_of(day + 26 * HOUR)

    def _start(self, at: int) -> int:
        local = from_micros(at).astimezone(self.zone)
        midnight = datetime(local.year, local.month, local.day, tzinfo=self.zone)
        # Where clocks jump over midnight, the day starts with its first minute there is.
        first = from_micros(to_micros(midnight))
        while first.astimezone(self.zone).date() < local.date():
            first += timedelta(minutes=15)
        return to_micros(first)
