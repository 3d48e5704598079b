"""How many times faster than allowed the error budget of the promise (`slo`) is being used up.

Unit: factor (1 = the budget lasts exactly for the promise's window). Window: the long one of a pair, a
duration (default 1 hour); the short one is a twelfth of it, which makes the four pairs of Google's SRE
workbook: 1h and 5m, 6h and 30m, 1d and 2h, 3d and 6h. The reading is the lower of the two, so it is above
a threshold only if both are. Facts: the sums of both windows; the integration's `slo`, on runs or on
records. No data: no promise, one of 100 % (which leaves no budget), or no event in one of the two.
"""

from __future__ import annotations

from datetime import timedelta

from core.facts import Facts, WindowFacts
from core.i18n import N_
from core.units import Unit, Window
from health import slo
from health.context import IndicatorContext, Promise
from health.indicator import Indicator, Reading, window_facts
from health.words import say

SHORT = 12
"""How many times shorter the short window is."""


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """The lower burn rate of the pair; events: those of the long window."""
    promise = context.promise
    if promise is None or window is None or window.duration is None:
        return Reading(None, 0, say(N_("Nothing was promised, so there is no error budget")))
    if promise.success >= 1:
        return Reading(None, 0, say(N_("A promise of 100% leaves no error budget")))
    long = _burn(window_facts(facts, window), promise, context)
    short = _burn(window_facts(facts, short_of(window)), promise, context)
    if long[0] is None or short[0] is None:
        return Reading(None, long[1], say(N_("Too few events to say how fast the error budget is used")))
    rate = min(long[0], short[0])
    detail = say(
        N_("The error budget is used {rate} times as fast as allowed, within {window} and {short}"),
        rate=round(rate, 1),
        window=window,
        short=short_of(window),
    )
    return Reading(rate, long[1], detail)


def short_of(window: Window) -> Window:
    """The short window beside a long one."""
    return Window(duration=(window.duration or timedelta()) / SHORT)


def fastest(success: float) -> float:
    """The fastest burn there can be under a promise: every event a failure."""
    return 1 / (1 - success) if success < 1 else 0.0


def _burn(sums: WindowFacts, promise: Promise, context: IndicatorContext) -> tuple[float | None, int]:
    if promise.of == "records":
        reading = slo.of_records(sums, promise.success)
    else:
        reading = slo.of_runs(sums, promise.success, partial_is_failure=context.partial_is_failure)
    if reading.success is None:
        return None, 0
    rate = reading.failures / reading.events / (1 - promise.success)
    # Rounded, so that exactly 14.4 is not above 14.4 for want of a binary fraction.
    return round(rate, 9), reading.events


INDICATOR = Indicator(
    title=N_("Error budget burn"),
    unit=Unit.FACTOR,
    default_window=Window(duration=timedelta(hours=1)),
    read=read,
    also=lambda window: (window, short_of(window)),
    ages=False,
)
