"""How many of the newest counted runs failed in a row, of the job where it is worst.

Unit: count. Window: a job that has not run for this long while others did is left out as given up
(default 7 days). Facts: `recent`. Cancelled, skipped and unmapped runs neither break nor lengthen the
row, nor does a run that is still going. No data: no counted run.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import takewhile

from core.facts import Facts, RunFact
from core.i18n import N_, Message, counted
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading
from health.indicators._runs import by_job, counted_runs
from health.words import say, shortened


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """The longest row of failures at the newest end of any job; events: counted runs."""
    runs = counted_runs(facts.recent)
    if not runs:
        return Reading(None, 0, say(N_("No run has ended yet")))
    rows = [
        list(takewhile(lambda run: context.is_failure(run.status), of_job))
        for of_job in by_job(runs, window.duration if window else None).values()
    ]
    worst = max(rows, key=len, default=[])
    return Reading(float(len(worst)), len(runs), _detail(worst), worst[-1].finished_at if worst else None)


def _detail(row: list[RunFact]) -> Message:
    if not row:
        return say(N_("The last run did not fail"))
    error = shortened(row[0].error_message)
    if len(row) == 1:
        return (
            say(N_("The last run failed: {error}"), error=error) if error else say(N_("The last run failed"))
        )
    if error:
        return counted(
            "The last {count} run failed: {error}",
            "The last {count} runs failed: {error}",
            len(row),
            error=error,
        )
    return counted("The last {count} run failed", "The last {count} runs failed", len(row))


INDICATOR = Indicator(
    title=N_("Failures in a row"),
    unit=Unit.COUNT,
    default_window=Window(duration=timedelta(days=7)),
    read=read,
    needs_sums=False,
    ages=False,
)
