"""How many scheduled runs have not come since the newest start.

Unit: count. Window: none. Facts: `last_started_at`, `recent`, `open_runs`, `known_since`; the schedule
with its zone and grace (health.schedule). A run that started keeps its slot even if it never ends; but
one that is still open when a later slot is overdue, and has gone on three times longer than any of the
recent ended runs, counts as one missed run. Slots later than the last successful look are not judged.
No data: the integration has no schedule, or its runs were never looked at.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.facts import Facts, RunFact
from core.i18n import N_, counted
from core.records import RunStatus
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading
from health.indicators._runs import last_start
from health.schedule import MOST_MISSED, Timetable, lateness, missed_slots
from health.sight import runs_seen_until
from health.words import say

MUCH_LONGER = 3


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """Slots without a start, and a run that never ended; events: 1 where there is a schedule."""
    timetable = context.timetable
    if timetable is None:
        return Reading(None, 0, say(N_("No schedule, so no run is missed")))
    seen_until = runs_seen_until(facts, context)
    if seen_until is None:
        return Reading(None, 0, say(N_("The runs have not been looked at yet")))
    started = last_start(facts, context.now)
    late = lateness(
        timetable,
        last_start=started,
        known_since=facts.known_since,
        now=context.now,
        seen_until=seen_until,
    )
    if late is not None and late.missed:
        return _missing(late.missed, late.due_at, started)
    stuck = _never_ended(facts, timetable, min(context.now, seen_until))
    if stuck is not None:
        detail = say(N_("The run of {time} has not ended"), time=stuck.started_at)
        return Reading(1.0, 1, detail, stuck.started_at)
    return Reading(0.0, 1, say(N_("Every scheduled run has started")))


def _missing(missed: int, due_at: datetime | None, started: datetime | None) -> Reading:
    if missed >= MOST_MISSED:
        detail = counted(
            "{count} or more scheduled run has not started, the first at {time}",
            "{count} or more scheduled runs have not started, the first at {time}",
            missed,
            time=due_at,
        )
    elif missed > 1:
        detail = counted(
            "{count} scheduled run has not started, the first at {time}",
            "{count} scheduled runs have not started, the first at {time}",
            missed,
            time=due_at,
        )
    elif started is None:
        detail = say(N_("The run of {time} has not started; none was ever seen"), time=due_at)
    else:
        detail = say(N_("The run of {time} has not started"), time=due_at)
    return Reading(float(missed), 1, detail, due_at)


def _never_ended(facts: Facts, timetable: Timetable, until: datetime) -> RunFact | None:
    longest = max((run.duration_seconds or 0 for run in facts.recent), default=0)
    for run in reversed(facts.open_runs):
        if run.status is RunStatus.QUEUED or run.started_at is None:
            continue
        long_ago = until - run.started_at > timedelta(seconds=longest * MUCH_LONGER)
        if long_ago and missed_slots(timetable, run.started_at, run.started_at, until - timetable.grace):
            return run
    return None


INDICATOR = Indicator(title=N_("Missed runs"), unit=Unit.COUNT, default_window=None, read=read)
