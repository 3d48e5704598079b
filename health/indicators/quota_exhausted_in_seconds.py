"""How long the rate limit lasts at the pace of its last readings, of the limit that ends first.

Unit: seconds. Window: none. Facts: the last readings of each quota (`QuotaFact.samples`). A limit that
lasts until its reset, or that nobody uses, reads as 30 days, the longest that is told; one that is
exhausted reads as 0. Limits that come back within five minutes are left out. No data: no limit with
three readings of its current window that lie at least a minute apart.
"""

from __future__ import annotations

from datetime import timedelta

from core.facts import Facts, QuotaFact
from core.i18n import N_
from core.units import Unit, Window
from health.context import IndicatorContext
from health.forecast import Forecast, forecast
from health.indicator import Indicator, Reading
from health.limits import holds
from health.words import say

LONGEST = timedelta(days=30)


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """Seconds until the first limit is used up; events: readings the forecast goes by."""
    told = [
        (_left(fact, known, context), known.samples, fact)
        for fact in facts.quotas
        if holds(fact.reading, context.now) and (known := forecast(fact.samples)) is not None
    ]
    if not told:
        return Reading(None, 0, say(N_("Too few readings of a rate limit for a forecast")))
    left, samples, fact = min(told, key=lambda one: one[0])
    quota = fact.reading.quota
    if left >= LONGEST:
        return Reading(LONGEST.total_seconds(), samples, say(N_("The rate limit lasts at this pace")))
    if not left:
        text = N_("Nothing is left of the rate limit {quota}")
        return Reading(0.0, samples, say(text, quota=quota), fact.reading.observed_at)
    text = N_("At this pace the rate limit {quota} is used up in {duration}")
    return Reading(left.total_seconds(), samples, say(text, quota=quota, duration=left))


def _left(fact: QuotaFact, known: Forecast, context: IndicatorContext) -> timedelta:
    if fact.reading.limited:
        return timedelta()
    if known.exhausted_at is None:
        return LONGEST
    return min(max(known.exhausted_at - context.now, timedelta()), LONGEST)


INDICATOR = Indicator(
    title=N_("Rate limit lasts"), unit=Unit.SECONDS, default_window=None, read=read, reads="quotas"
)
