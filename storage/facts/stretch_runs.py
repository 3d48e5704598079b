"""The runs of one integration over a stretch of time, read once, and their sums at any instant in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.clock import to_micros
from core.facts import RunFact, VolumeFact, WindowFacts
from core.histogram import Histogram
from core.records import COUNTED_STATUSES, RunStatus
from core.units import Window
from storage.facts.gather import sums_of_runs
from storage.facts.recent import MOST, OpenRun, ended_between, last_succeeded, open_runs_at, reach_back
from storage.facts.run_windows import COUNTED_CODES, ENDED, RECORDS, RunSums
from storage.facts.scope import Scope
from storage.facts.volumes import WEEKS, volume_of, weeks_before

_MICROSECOND = timedelta(microseconds=1)
_UTC = ZoneInfo("UTC")


class RunStretch:
    """Instants are epoch µs within [since, until]; `open_at` is asked in rising order."""

    def __init__(
        self,
        connection: sa.Connection,
        scope: Scope,
        since: int,
        until: int,
        windows: Collection[Window],
        volumes: Collection[Window],
    ) -> None:
        """Read what the windows, and the usual volumes of those in `volumes`, look back on."""
        self._windows, self._volumes, self._zone = windows, volumes, scope.zone or _UTC
        self._most = max([MOST, *(window.runs for window in windows if window.runs)])
        start = min(since - self._lookback(), reach_back(connection, scope, since, self._most))
        sizes = [window.runs for window in windows if window.runs]
        if sizes:
            start = min(start, reach_back(connection, scope, since, max(sizes), COUNTED_CODES))
        rows = ended_between(connection, scope, start, until)
        self._at = [at for at, _ in rows]
        self.runs = [run for _, run in rows]
        self._older_success = next(iter(last_succeeded(connection, scope, start - 1).values()), None)
        self._successes = [at for at, run in rows if run.status is RunStatus.SUCCEEDED]
        self._counted = [run for run in self.runs if run.status in COUNTED_STATUSES]
        self._counted_at = [at for at, run in rows if run.status in COUNTED_STATUSES]
        self._sum()
        self._opening = _openings(connection, scope, rows, until)
        self._open: list[OpenRun] = []
        self._next_open = 0

    def ends(self) -> Sequence[int]:
        """When each run ended, rising."""
        return self._at

    def newest(self, at: int) -> list[RunFact]:
        """The newest ended runs, newest first; as many as the largest window of runs, at least MOST."""
        last = bisect_right(self._at, at)
        return self.runs[max(0, last - self._most) : last][::-1]

    def open_at(self, at: int) -> list[RunFact]:
        """Runs that had begun and not ended, newest first, at most MOST."""
        while self._next_open < len(self._opening) and self._opening[self._next_open].known_from <= at:
            self._open.append(self._opening[self._next_open])
            self._next_open += 1
        self._open = [one for one in self._open if one.ended_at is None or one.ended_at > at]
        return [one.run for one in sorted(self._open, key=lambda one: -one.known_from)[:MOST]]

    def succeeded_at(self, at: int) -> int | None:
        """When the newest successful run ended."""
        place = bisect_right(self._successes, at)
        return self._successes[place - 1] if place else self._older_success

    def sums(self, at: int, histograms: Collection[Window]) -> Iterator[tuple[Window, WindowFacts]]:
        """The sums of each window that ends at the instant, without calls."""
        for window in self._windows:
            if window.runs is not None:
                last = bisect_right(self._counted_at, at)
                yield window, sums_of_runs(self._counted[max(0, last - window.runs) : last])
            elif window.duration is not None:
                first, last = self._places(at - window.duration // _MICROSECOND, at)
                duration = Histogram()
                if window in histograms:
                    some = self.runs[first:last]
                    duration = Histogram(
                        run.duration_seconds
                        for run in some
                        if run.duration_seconds is not None and run.status in COUNTED_STATUSES
                    )
                yield window, self._between(first, last).facts({}, duration, Histogram())

    def volumes(self, at: int) -> Iterator[tuple[Window, VolumeFact]]:
        """The volume of each window asked for, and of the same stretch of the weeks before."""
        for window in self._volumes:
            if window.duration is None:
                continue
            length = window.duration // _MICROSECOND
            ends = (weeks_before(at, weeks, self._zone) for weeks in range(WEEKS + 1))
            yield window, volume_of([self._between(*self._places(end - length, end)) for end in ends])

    def _lookback(self) -> int:
        longest = max((one.duration for one in self._windows if one.duration), default=timedelta())
        if self._volumes:
            longest = max(longest, *(one.duration or timedelta() for one in self._volumes))
            longest += timedelta(weeks=WEEKS, hours=2)
        return longest // _MICROSECOND

    def _places(self, start: int, end: int) -> tuple[int, int]:
        return bisect_left(self._at, start), bisect_right(self._at, end)

    def _sum(self) -> None:
        """Running totals, so that the sums of any stretch are two look-ups and a difference."""

        def running(values: Iterator[int]) -> list[int]:
            return list(accumulate(values, initial=0))

        present = {run.status for run in self.runs}
        self._statuses = {
            status: running(int(run.status is status) for run in self.runs)
            for status in ENDED
            if status in present
        }
        told = [[getattr(run, f"records_{kind}") for run in self.runs] for kind in RECORDS]
        self._records = [running(number or 0 for number in numbers) for numbers in told]
        self._told = [running(int(number is not None) for number in numbers) for numbers in told]

    def _between(self, first: int, last: int) -> RunSums:
        sums = RunSums()
        for status, totals in self._statuses.items():
            sums.add_runs(status, totals[last] - totals[first])
        sums.records = [totals[last] - totals[first] for totals in self._records]
        sums.told = [totals[last] - totals[first] for totals in self._told]
        return sums


def _openings(
    connection: sa.Connection, scope: Scope, rows: Sequence[tuple[int, RunFact]], until: int
) -> list[OpenRun]:
    """Each run as it was while it was open, by when it was known."""
    found = [
        OpenRun(to_micros(run.started_at), at, _while_open(run))
        for at, run in rows
        if run.started_at is not None
    ]
    found += [one for _, one in open_runs_at(connection, scope, until)]
    return sorted(found, key=lambda one: one.known_from)


def _while_open(run: RunFact) -> RunFact:
    return RunFact(
        source=run.source,
        job=run.job,
        external_id=run.external_id,
        status=RunStatus.RUNNING,
        started_at=run.started_at,
    )
