"""How many of the newest successful runs in a row carried no record, where records are usual.

Unit: count. Window: how many successful runs make out what is usual (a number of runs; default 10; a
duration is read as the default). Facts: `recent`. Records of a run: written, else read. Usual means:
at least 5 earlier successful runs of the same job told a count, their median is above zero, and the
row is longer than any such row among them; otherwise the reading is 0. No data: fewer earlier runs.
"""

from __future__ import annotations

from itertools import groupby, takewhile
from statistics import median

from core.facts import Facts, RunFact
from core.i18n import N_, counted
from core.records import RunStatus
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading
from health.indicators._runs import by_job
from health.words import say

ENOUGH_RUNS = 5
DEFAULT_RUNS = 10


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """The longest unusual row of empty successes of any job; events: runs that told a count."""
    looked_at = max(ENOUGH_RUNS, (window.runs if window else None) or DEFAULT_RUNS)
    told = [run for run in facts.recent if run.status is RunStatus.SUCCEEDED and records_of(run) is not None]
    rows = [
        row for of_job in by_job(told, None).values() if (row := _unusual_row(of_job, looked_at)) is not None
    ]
    if not rows:
        return Reading(None, 0, say(N_("Too few runs told how many records they carried")))
    worst = max(rows, key=len)
    if not worst:
        return Reading(0.0, len(told), say(N_("The last run carried records, or none are usual")))
    if len(worst) == 1:
        detail = say(N_("The last run succeeded without a single record, which is unusual"))
    else:
        detail = counted(
            "The last {count} run succeeded without a single record, which is unusual",
            "The last {count} runs succeeded without a single record, which is unusual",
            len(worst),
        )
    return Reading(float(len(worst)), len(told), detail, worst[-1].finished_at)


def records_of(run: RunFact) -> int | None:
    """How many records a run carried: written, else read; None where it told neither."""
    return run.records_written if run.records_written is not None else run.records_read


def _unusual_row(runs: list[RunFact], looked_at: int) -> list[RunFact] | None:
    """The newest runs without records where that is unusual ([] where not); None: too little known."""
    row = list(takewhile(lambda run: not records_of(run), runs))
    earlier = [records_of(run) or 0 for run in runs[len(row) : len(row) + looked_at]]
    if len(earlier) < ENOUGH_RUNS:
        return None
    longest = max(
        (len(list(group)) for zero, group in groupby(earlier, key=lambda n: n == 0) if zero), default=0
    )
    return row if median(earlier) > 0 and len(row) > longest else []


INDICATOR = Indicator(
    title=N_("Runs without records"),
    unit=Unit.COUNT,
    default_window=Window(runs=DEFAULT_RUNS),
    read=read,
    needs_sums=False,
    ages=False,
)
