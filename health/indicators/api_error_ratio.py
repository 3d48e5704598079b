"""The share of API calls that were answered with an error.

Unit: ratio in [0, 1]. Window: a duration (default 1 hour). Facts: the window's calls by source and
status. What is an error is said by each source (`errors`, default 4xx and 5xx, less `not_errors`); 499,
where the client went away, is none unless named; lines that could not be read count neither way. No
data: no calls, or a window of runs.
"""

from __future__ import annotations

from datetime import timedelta

from core.facts import Facts
from core.i18n import N_, counted
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading, window_facts
from health.words import say


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """Calls answered with an error through all calls; events: calls with a readable status."""
    calls = [
        (source, status, count)
        for (source, status), count in window_facts(facts, window).calls.items()
        if status
    ]
    total = sum(count for _, _, count in calls)
    if total == 0:
        return Reading(None, 0, say(N_("No API call in this time")))
    failed = sum(count for source, status, count in calls if context.source(source).is_error(status))
    return Reading(
        failed / total,
        total,
        counted(
            "{failed} of {count} API call failed within {window}",
            "{failed} of {count} API calls failed within {window}",
            total,
            failed=failed,
            window=window,
        ),
    )


INDICATOR = Indicator(
    title=N_("API errors"),
    unit=Unit.RATIO,
    default_window=Window(duration=timedelta(hours=1)),
    read=read,
    reads="calls",
    ages=False,
)
