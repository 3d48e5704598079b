"""The share of counted runs that failed.

Unit: ratio in [0, 1]. Window: a duration or a number of counted runs (default: the last 10 runs).
Facts: the window's runs by status. Counted runs are succeeded, partial and failed; failures are
failed, and partial where the integration says `partial_is_failure`. No data: no counted run.
"""

from __future__ import annotations

from core.facts import Facts
from core.i18n import N_, counted
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading, window_facts
from health.indicators._runs import counted_in, failures_in
from health.words import say


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """Failures through counted runs; events: counted runs."""
    sums = window_facts(facts, window)
    total, failed = counted_in(sums), failures_in(sums, context)
    if total == 0:
        return Reading(None, 0, say(N_("No run ended in this time")))
    if window is not None and window.runs is not None:
        detail = counted(
            "{failed} of the last {count} run failed",
            "{failed} of the last {count} runs failed",
            total,
            failed=failed,
        )
    else:
        detail = counted(
            "{failed} of {count} run failed within {window}",
            "{failed} of {count} runs failed within {window}",
            total,
            failed=failed,
            window=window,
        )
    return Reading(failed / total, total, detail)


INDICATOR = Indicator(
    title=N_("Failed runs"),
    unit=Unit.RATIO,
    default_window=Window(runs=10),
    read=read,
    counts_runs=True,
    ages=False,
)
