"""What ended runs add to their hours and days, and what a changed one takes back: pure sums.

`verify` recomputes the rollups from raw rows with this same code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import compress
from operator import itemgetter

from core.histogram import EXACT_BELOW, GAMMA, SMALLEST_SECONDS, Histogram, bucket_of
from storage.codes import TOLD_LATER
from storage.days import QUARTER
from storage.engine import Row
from storage.run_rows import AT, DURATION, READ, STATUS, TIMING, TOOK

RUN_SUMS = (
    "succeeded",
    "partial",
    "failed",
    "cancelled",
    "skipped",
    "unknown",
    "records_read",
    "read_told",
    "records_written",
    "written_told",
    "records_skipped",
    "skipped_told",
    "records_failed",
    "failed_told",
)
"""The summed columns of `run_hour` and `run_day`, in their order there."""

_PLACE_OF_STATUS = (5, 0, 0, 0, 1, 2, 3, 4)
"""Where in RUN_SUMS a status code counts; queued and running (1, 2) never come here."""

_COUNTED = (3, 4, 5)

_counted_columns = itemgetter(AT, STATUS, READ, READ + 1, READ + 2, READ + 3, DURATION, TIMING, TOOK)

MANY = 500
"""So many durations are worth an array."""


@dataclass(slots=True)
class Totals:
    """Differences of one bucket: sums as RUN_SUMS, and durations (s) that came and that went."""

    sums: list[int] = field(default_factory=lambda: [0] * len(RUN_SUMS))
    came: list[float] = field(default_factory=list)
    went: list[float] = field(default_factory=list)

    def take(self, other: Totals) -> None:
        """Add another bucket's differences."""
        self.sums = [mine + theirs for mine, theirs in zip(self.sums, other.sums, strict=True)]
        self.came += other.came
        self.went += other.went


class RunTotals:
    """The differences that ended runs of one integration and source make, by quarter of an hour.

    Quarters, because every zone's days begin at one: hours and days are both summed from them.
    """

    def __init__(self) -> None:
        self._quarters: dict[int, Totals] = {}

    def add(self, rows: Iterable[Row]) -> None:
        """Count these rows (columns `storage.run_rows.ENDED`) in."""
        quarters = self._quarters
        for at, status, read, written, skipped, failed, micros, timing, took in map(_counted_columns, rows):
            quarter = at - at % QUARTER
            totals = quarters.get(quarter)
            if totals is None:
                totals = quarters[quarter] = Totals()
            sums = totals.sums
            sums[_PLACE_OF_STATUS[status]] += 1
            if read is not None:
                sums[6] += read
                sums[7] += 1
            if written is not None:
                sums[8] += written
                sums[9] += 1
            if skipped is not None:
                sums[10] += skipped
                sums[11] += 1
            if failed is not None:
                sums[12] += failed
                sums[13] += 1
            if status in _COUNTED:
                if micros is None and took is not None and (timing == 0 or timing >= TOLD_LATER):
                    micros = took + timing
                if micros is not None:
                    totals.came.append(micros / 1_000_000 if micros > 0 else 0.0)

    def durations(self) -> list[float]:
        """Every duration (s) that came."""
        return [seconds for totals in self._quarters.values() for seconds in totals.came]

    def subtract(self, rows: Iterable[Row]) -> None:
        """Take these rows back out."""
        gone = RunTotals()
        gone.add(rows)
        for quarter, totals in gone._quarters.items():
            mine = self._quarters.setdefault(quarter, Totals())
            mine.take(Totals([-value for value in totals.sums], totals.went, totals.came))

    def by(self, bucket: Callable[[int], int]) -> dict[int, Totals]:
        """The differences by a larger bucket, such as `hour_of`; those of nothing are left out."""
        found: dict[int, Totals] = {}
        for quarter, totals in self._quarters.items():
            found.setdefault(bucket(quarter), Totals()).take(totals)
        return {
            start: totals for start, totals in found.items() if any(totals.sums) or totals.came or totals.went
        }


class Buckets(dict[float, int]):
    """The bucket of a duration (s), computed once: one run goes to its hour and to its day."""

    def __missing__(self, seconds: float) -> int:
        bucket = self[seconds] = bucket_of(seconds)
        return bucket

    def fill(self, durations: list[float]) -> None:
        """Compute many at once, thirty times faster; those near a bound are left to `bucket_of`."""
        if len(durations) < MANY:
            return
        import numpy as np

        exact = np.log(np.maximum(np.array(durations), SMALLEST_SECONDS)) / math.log(GAMMA)
        buckets = np.ceil(exact)
        clear = np.abs(exact - np.rint(exact)) > 1e-6
        self.update(zip(compress(durations, clear), buckets[clear].astype(int).tolist(), strict=True))


def changed(histogram: Histogram, totals: Totals, buckets: Buckets) -> Histogram:
    """The histogram after some durations went and others came; it is changed in place."""
    for seconds in totals.went:
        histogram.remove(seconds)
    if histogram.count + len(totals.came) < EXACT_BELOW:
        for seconds in totals.came:
            histogram.add(seconds)
    elif totals.came:
        counts: dict[int, int] = {}
        for seconds in totals.came:
            bucket = buckets[seconds]
            counts[bucket] = counts.get(bucket, 0) + 1
        histogram.merge(Histogram(buckets=counts))
    return histogram


def subtracted(histogram: Histogram, other: Histogram) -> Histogram:
    """The histogram without what another one added to it before; it is changed in place."""
    if other.values is not None:
        for seconds in other.values:
            histogram.remove(seconds)
        return histogram
    if histogram.values is not None:
        histogram.buckets, histogram.values = bucketed(histogram), None
    for bucket, count in other.buckets.items():
        left = histogram.buckets.get(bucket, 0) - count
        if left > 0:
            histogram.buckets[bucket] = left
        else:
            histogram.buckets.pop(bucket, None)
    return histogram


def bucketed(histogram: Histogram) -> dict[int, int]:
    """Its counts by bucket, whether it still keeps its values or not: what two can be compared by."""
    if histogram.values is None:
        return dict(histogram.buckets)
    counts: dict[int, int] = {}
    for seconds in histogram.values:
        bucket = bucket_of(seconds)
        counts[bucket] = counts.get(bucket, 0) + 1
    return counts
