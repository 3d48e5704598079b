"""How long all but the slowest twentieth of the ended runs took.

Unit: seconds. Window: a duration or a number of counted runs (default 24 hours). Facts: the window's
histogram of durations (at most 5 % off). No data: no run of the window has a duration.
"""

from __future__ import annotations

from datetime import timedelta

from core.facts import Facts
from core.i18n import N_
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading, window_facts
from health.words import say


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """The 95th percentile of durations; events: runs with a duration."""
    duration = window_facts(facts, window).duration
    p95 = duration.quantile(0.95)
    if p95 is None:
        return Reading(None, 0, say(N_("No run of this time has a duration")))
    return Reading(
        p95, duration.count, say(N_("95% of runs took {duration} or less"), duration=timedelta(seconds=p95))
    )


INDICATOR = Indicator(
    title=N_("Run duration"),
    unit=Unit.SECONDS,
    default_window=Window(duration=timedelta(hours=24)),
    read=read,
    counts_runs=True,
    ages=False,
)
