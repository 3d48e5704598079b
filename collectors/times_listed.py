"""Reads times that Java writes as lists of numbers: `[2026, 11, 24, 13, 30, 50, 123000000]` (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

_LEAST, _MOST = 3, 7
_YEARS, _NANOS = range(1, 10_000), range(1_000_000_000)


def listed_time(value: Sequence[object]) -> datetime | None:
    """A naive time: year, month, day, and as much of the clock as is not zero, nanoseconds last.

    None where it is none.
    """
    numbers = [one for one in value if isinstance(one, int) and not isinstance(one, bool)]
    if len(numbers) != len(value) or not _LEAST <= len(numbers) <= _MOST or numbers[0] not in _YEARS:
        return None
    *parts, nanos = numbers if len(numbers) == _MOST else (*numbers, 0)
    if nanos not in _NANOS:
        return None
    year, month, day, hour, minute, second = (*parts, 0, 0, 0)[:6]
    try:
        return datetime(year, month, day, hour, minute, second, nanos // 1000)  # noqa: DTZ001  the zone is put on next
    except (ValueError, OverflowError):
        return None
