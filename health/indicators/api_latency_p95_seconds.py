"""How long all but the slowest twentieth of the API calls took.

Unit: seconds. Window: a duration (default 1 hour). Facts: the window's latency histogram (at most 5 %
off). No data: no call with a latency, or a window of runs.
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
    """The 95th percentile of latencies; events: calls with a latency."""
    latency = window_facts(facts, window).latency
    p95 = latency.quantile(0.95)
    if p95 is None:
        return Reading(None, 0, say(N_("No API call with a known duration in this time")))
    detail = say(N_("95% of API calls took {duration} or less"), duration=timedelta(seconds=p95))
    return Reading(p95, latency.count, detail)


INDICATOR = Indicator(
    title=N_("API response time"),
    unit=Unit.SECONDS,
    default_window=Window(duration=timedelta(hours=1)),
    read=read,
    reads="calls",
    ages=False,
)
