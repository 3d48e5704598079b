"""When a rate limit will be used up at the pace of its last readings (pure arithmetic)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from core.records import QuotaReading

FEWEST_SAMPLES = 3
SHORTEST_SPAN = timedelta(seconds=60)
SHORTEST_WINDOW = timedelta(minutes=5)
"""A limit that comes back sooner than this is not worth a forecast."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a limit goes on. per_second: requests used in a second, 0 where none are.

    exhausted_at: when nothing will remain, None where it lasts until it comes back (or for ever);
    samples: how many readings it goes by.
    """

    per_second: float
    exhausted_at: datetime | None
    samples: int


def forecast(samples: Sequence[QuotaReading]) -> Forecast | None:
    """The forecast from readings of one limit, newest first; None where they are too few or too close.

    Only readings of the window that is still going count: those before its last reset, or from before
    more came back, do not.
    """
    told = [one for one in samples if one.remaining is not None]
    if not told or _is_short(told[0]):
        return None
    kept = _of_this_window(told)
    newest, oldest = kept[0], kept[-1]
    span = newest.observed_at - oldest.observed_at
    if len(kept) < FEWEST_SAMPLES or span < SHORTEST_SPAN:
        return None
    left = newest.remaining or 0.0
    per_second = ((oldest.remaining or 0.0) - left) / span.total_seconds()
    return Forecast(per_second, _exhausted_at(newest, left, per_second), len(kept))


def _exhausted_at(newest: QuotaReading, left: float, per_second: float) -> datetime | None:
    if left <= 0:
        return newest.observed_at
    if per_second <= 0 or left / per_second > timedelta(days=3650).total_seconds():
        return None
    at = newest.observed_at + timedelta(seconds=left / per_second)
    return None if newest.resets_at is not None and at >= newest.resets_at else at


def _is_short(reading: QuotaReading) -> bool:
    return reading.window_seconds is not None and reading.window_seconds < SHORTEST_WINDOW.total_seconds()


def _of_this_window(told: Sequence[QuotaReading]) -> list[QuotaReading]:
    newest = told[0]
    kept = [newest]
    for later, earlier in pairwise(told):
        came_back = (earlier.remaining or 0.0) < (later.remaining or 0.0)
        was_reset = earlier.resets_at is not None and earlier.resets_at <= newest.observed_at
        age = (newest.observed_at - earlier.observed_at).total_seconds()
        if came_back or was_reset or (newest.window_seconds and age > newest.window_seconds):
            break
        kept.append(earlier)
    return kept
