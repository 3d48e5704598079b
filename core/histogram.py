"""A mergeable histogram of positive durations: exact while small, logarithmic buckets afterwards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

GAMMA = 1.1
"""Each bucket's upper bound is 1.1 times its lower one: a quantile is at most 5 % off."""

EXACT_BELOW = 100
"""With fewer values than this every value is kept, and quantiles are exact."""

SMALLEST_SECONDS = 1e-6
_LOG_GAMMA = math.log(GAMMA)


def bucket_of(seconds: float) -> int:
    """The bucket a duration falls into: bucket b holds (GAMMA**(b-1), GAMMA**b] seconds."""
    return math.ceil(math.log(max(seconds, SMALLEST_SECONDS)) / _LOG_GAMMA)


def seconds_of(bucket: int) -> float:
    """The value that stands for a bucket: the middle (harmonic) of its bounds, in seconds."""
    return 2 * GAMMA**bucket / (GAMMA + 1)


class Histogram:
    """Counts of durations in seconds; `None` stands for "no value seen" in every quantile.

    Either `values` holds all of them (fewer than `EXACT_BELOW`) or `buckets` holds counts by
    logarithmic bucket (DDSketch, Masson et al. 2019, with relative error (γ-1)/(γ+1)).
    """

    __slots__ = ("buckets", "values")

    def __init__(self, values: Iterable[float] = (), buckets: Mapping[int, int] | None = None) -> None:
        self.values: list[float] | None = None if buckets else []
        self.buckets: dict[int, int] = dict(buckets or {})
        for value in values:
            self.add(value)

    @property
    def count(self) -> int:
        """How many values it holds."""
        return len(self.values) if self.values is not None else sum(self.buckets.values())

    def add(self, seconds: float) -> None:
        """Take in one duration (seconds, negative ones count as 0)."""
        if self.values is None:
            bucket = bucket_of(seconds)
            self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
            return
        self.values.append(seconds if seconds > 0 else 0.0)
        if len(self.values) >= EXACT_BELOW:
            self._spill()

    def merge(self, other: Histogram) -> None:
        """Take in all of another histogram."""
        if other.values is not None:
            if self.values is not None and len(self.values) + len(other.values) < EXACT_BELOW:
                self.values.extend(other.values)
                return
            for value in other.values:
                self.add(value)
            return
        if self.values is not None:
            self._spill()
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count

    def remove(self, seconds: float) -> None:
        """Take one duration out again; one that was never added is ignored."""
        if self.values is not None:
            if seconds in self.values:
                self.values.remove(seconds)
            return
        bucket = bucket_of(seconds)
        left = self.buckets.get(bucket, 0) - 1
        if left > 0:
            self.buckets[bucket] = left
        else:
            self.buckets.pop(bucket, None)

    def quantile(self, q: float) -> float | None:
        """The q-quantile in seconds, q in [0, 1] (nearest rank); None without values."""
        total = self.count
        if total == 0:
            return None
        rank = max(0, math.ceil(q * total) - 1)
        if self.values is not None:
            return sorted(self.values)[rank]
        seen = 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen > rank:
                return seconds_of(bucket)
        return None

    def _spill(self) -> None:
        values, self.values = self.values or [], None
        for value in values:
            bucket = bucket_of(value)
            self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
