"""The sums of every window of time that ends at one instant, for all integrations at once.

Such windows lie in one another like rings: time is cut at their beginnings, each stretch is read once, and
a window is the sum of the stretches inside it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa

from core.facts import WindowFacts
from core.histogram import Histogram
from core.units import Window
from storage.facts.call_windows import CallSums, call_sums
from storage.facts.pieces import pieces
from storage.facts.run_windows import RunSums, run_sums
from storage.facts.scope import Scope

Windows = dict[int, dict[Window, WindowFacts]]
"""Window facts by integration id."""

_MICROSECOND = timedelta(microseconds=1)


def time_windows(
    connection: sa.Connection,
    scope: Scope,
    at: int,
    windows: Collection[Window],
    histograms: Collection[Window],
) -> Windows:
    """The sums over [at - duration, at] (µs) of the windows of time; histograms: those that want them."""
    spans = sorted({window.duration for window in windows if window.duration is not None})
    measured = {window.duration for window in histograms if window.duration is not None}
    longest = max((span for span in spans if span in measured), default=timedelta())
    runs = {one: RunSums() for one in scope.integrations}
    calls = {one: CallSums() for one in scope.integrations}
    result: Windows = {one: {} for one in scope.integrations}
    end = at + 1
    for span in spans:
        start = at - span // _MICROSECOND
        for piece in pieces(start, end, scope.zone):
            for one, run_part in run_sums(connection, scope, piece, durations=span <= longest).items():
                runs.setdefault(one, RunSums()).merge(run_part)
            for one, call_part in call_sums(connection, scope, piece, latencies=span <= longest).items():
                calls.setdefault(one, CallSums()).merge(call_part)
        for one, known in result.items():
            known[Window(duration=span)] = _facts(runs[one], calls[one], span in measured)
        end = start
    return result


def _facts(runs: RunSums, calls: CallSums, histograms: bool) -> WindowFacts:
    """What has been summed so far; the sums themselves go on."""
    duration, latency = Histogram(), Histogram()
    if histograms:
        duration.merge(runs.duration)
        latency.merge(calls.latency)
    return runs.facts(dict(calls.calls), duration, latency)
