"""How long ago the collector last saw a required source, of the source where it is longest.

Unit: seconds. Window: none. Facts: each source's `last_ok_at`; one never seen counts from `known_since`.
Sources with `required: no` are left out. No data: the integration has no required source.
"""

from __future__ import annotations

from core.facts import Facts
from core.i18n import N_
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading
from health.words import say


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """Seconds since the stalest source's last successful poll; events: required sources."""
    seen = [
        (source.last_ok_at or source.known_since, name)
        for name, source in facts.sources.items()
        if context.source(name).required
    ]
    if not seen:
        return Reading(None, 0, say(N_("No source is required")))
    at, name = min(seen)
    age = max(0.0, (context.now - at).total_seconds())
    return Reading(age, len(seen), say(N_("{source} was last seen at {time}"), source=name, time=at), at)


INDICATOR = Indicator(
    title=N_("Time since the last look"), unit=Unit.SECONDS, default_window=None, read=read, reads=""
)
