"""How long ago the last successful run ended.

Unit: seconds. Window: none. Facts: `last_succeeded_at`; where no run ever succeeded, it counts from the
oldest run known. Judged up to when the runs were last seen, so that a blind collector does not age
the runs. No data: no run was ever seen (an integration may have none, only calls).
"""

from __future__ import annotations

from core.facts import Facts
from core.i18n import N_
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading
from health.indicators._runs import start_of
from health.sight import runs_seen_until
from health.words import say


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """Seconds since the last success; events: 1 once a run was seen."""
    seen_until = runs_seen_until(facts, context)
    if seen_until is None:
        return Reading(None, 0, say(N_("The runs have not been looked at yet")))
    if facts.last_succeeded_at is not None:
        age = max(0.0, (seen_until - facts.last_succeeded_at).total_seconds())
        detail = say(N_("No successful run since {time}"), time=facts.last_succeeded_at)
        return Reading(age, 1, detail, facts.last_succeeded_at)
    runs = (*facts.recent, *facts.open_runs)
    oldest = min((start for run in runs if (start := start_of(run))), default=None)
    if oldest is None:
        return Reading(None, 0, say(N_("No run has been seen yet")))
    age = max(0.0, (seen_until - oldest).total_seconds())
    return Reading(age, 1, say(N_("No run has ever succeeded")), oldest)


INDICATOR = Indicator(
    title=N_("Time since the last success"), unit=Unit.SECONDS, default_window=None, read=read
)
