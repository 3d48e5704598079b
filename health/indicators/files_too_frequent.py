"""How many more files came in one contract day than were agreed, of the worst file and day.

Unit: count. Window: contract days that began longer ago are forgotten (a duration; default 24 hours).
Facts: `files`, the same bytes counted as often as they came; the `contract.max_per_day` of the source's
settings. Files of one name (less its numbers and dates) are counted
together. No data: no file was delivered in the window, or no number was agreed.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from core.facts import Facts, FileFact
from core.i18n import N_, counted
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading
from health.indicators._files import deliveries
from health.words import say


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """Deliveries above what was agreed; events: deliveries."""
    found = deliveries(facts, window, context.now)
    if not found:
        return Reading(None, 0, say(N_("No file was delivered in this time")))
    agreed = [files for files in found.values() if _agreed(files, context) is not None]
    if not agreed:
        return Reading(None, 0, say(N_("It was not agreed how often files come")))
    total = sum(file.times for files in agreed for file in files)
    above, came, newest = max((_of_worst_day(files, context) for files in agreed), key=lambda one: one[0])
    if above <= 0:
        return Reading(0.0, total, say(N_("No more files came than agreed")))
    detail = counted(
        "The file {name} came {count} time in one day, more often than agreed",
        "The file {name} came {count} times in one day, more often than agreed",
        came,
        name=newest.name,
    )
    return Reading(float(above), total, detail, newest.arrived_at)


def _of_worst_day(files: list[FileFact], context: IndicatorContext) -> tuple[int, int, FileFact]:
    """How many above the agreed number, how many came, and the newest of that day."""
    days: Counter[date] = Counter()
    newest: dict[date, FileFact] = {}
    for file in files:
        began = file.day or file.arrived_at.date()
        days[began] += file.times
        newest.setdefault(began, file)
    day, came = max(days.items(), key=lambda one: one[1])
    return came - (_agreed(files, context) or 0), came, newest[day]


def _agreed(files: list[FileFact], context: IndicatorContext) -> int | None:
    return context.source(files[0].source).max_files_per_day


INDICATOR = Indicator(
    title=N_("Files come too often"),
    unit=Unit.COUNT,
    default_window=Window(duration=timedelta(hours=24)),
    read=read,
    reads="files",
    needs_sums=False,
)
