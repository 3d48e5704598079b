"""How long until the first of the keys in use expires; negative once it has.

Unit: seconds. Window: none. Facts: the latest reading of each source's key. No data: no key tells when
it expires.
"""

from __future__ import annotations

from core.facts import Facts
from core.i18n import N_
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading
from health.words import say


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """Seconds to the nearest expiry; events: keys that tell theirs."""
    dated = [(at, fact.source) for fact in facts.credentials if (at := fact.reading.expires_at) is not None]
    if not dated:
        return Reading(None, 0, say(N_("It is not known when the key expires")))
    expires_at, source = min(dated)
    left = (expires_at - context.now).total_seconds()
    if left <= 0:
        detail = say(N_("The key expired at {time} (source {source})"), source=source, time=expires_at)
        return Reading(left, len(dated), detail, expires_at)
    detail = say(N_("The key expires at {time} (source {source})"), source=source, time=expires_at)
    return Reading(left, len(dated), detail)


INDICATOR = Indicator(
    title=N_("Key expires in"), unit=Unit.SECONDS, default_window=None, read=read, reads="credentials"
)
