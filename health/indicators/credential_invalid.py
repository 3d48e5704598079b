"""How many of the keys in use were found not valid when last looked at.

Unit: count. Window: none. Facts: the latest reading of each source's key. No data: no reading that tells
whether its key is valid.
"""

from __future__ import annotations

from core.facts import Facts
from core.i18n import N_
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading
from health.words import say, shortened


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """Keys found invalid; events: keys of which it is known."""
    known = [fact for fact in facts.credentials if fact.reading.valid is not None]
    if not known:
        return Reading(None, 0, say(N_("It is not known whether the key is valid")))
    invalid = [fact for fact in known if not fact.reading.valid]
    if not invalid:
        return Reading(0.0, len(known), say(N_("The key is valid")))
    first = invalid[0]
    reason = shortened(first.reading.reason)
    detail = (
        say(N_("The key is not valid (source {source}): {reason}"), source=first.source, reason=reason)
        if reason
        else say(N_("The key is not valid (source {source})"), source=first.source)
    )
    since = min(fact.invalid_since or fact.reading.observed_at for fact in invalid)
    return Reading(float(len(invalid)), len(known), detail, since)


INDICATOR = Indicator(
    title=N_("Invalid keys"),
    unit=Unit.COUNT,
    default_window=None,
    read=read,
    reads="credentials",
    ages=False,
)
