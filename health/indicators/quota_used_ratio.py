"""How much of the rate limit is used, of the limit where it is most.

Unit: ratio in [0, 1]. Window: none. Facts: the latest reading of each quota. A reading that is a refusal
for the limit counts as all of it used. A reading is over when its reset has passed, or its window where
no reset was told, or a day where neither was. No data: no reading that still holds and has a limit.
"""

from __future__ import annotations

from core.facts import Facts
from core.i18n import N_
from core.records import QuotaReading
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading
from health.limits import holds
from health.words import say


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """The largest used ratio of the readings that still hold; events: how many of them there are."""
    holding = [
        (ratio, fact.reading)
        for fact in facts.quotas
        if holds(fact.reading, context.now) and (ratio := _used(fact.reading)) is not None
    ]
    if not holding:
        return Reading(None, 0, say(N_("No current reading of a rate limit")))
    ratio, worst = max(holding, key=lambda pair: pair[0])
    if worst.limited:
        text = N_("The rate limit {quota} is exhausted: calls are refused")
        return Reading(ratio, len(holding), say(text, quota=worst.quota), worst.observed_at)
    detail = say(N_("{ratio:percent} of the rate limit {quota} is used"), ratio=ratio, quota=worst.quota)
    return Reading(ratio, len(holding), detail)


def _used(reading: QuotaReading) -> float | None:
    return 1.0 if reading.limited else reading.used_ratio


INDICATOR = Indicator(
    title=N_("Rate limit used"), unit=Unit.RATIO, default_window=None, read=read, reads="quotas"
)
