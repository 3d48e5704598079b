"""In how many ways the newest delivery of a file breaks its agreed contract, of the worst file.

Unit: count. Window: deliveries older than this are forgotten (a duration; default 7 days). Facts: `files`.
A newer delivery takes the place of an older one with the same name (less its numbers and dates). Rows that
could not be taken are failed records and judged there. No data: no file was delivered in the window.
"""

from __future__ import annotations

from datetime import timedelta

from core.facts import Facts
from core.i18n import N_
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading
from health.indicators._file_words import spoken
from health.indicators._files import deliveries
from health.words import say


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """Violations of the worst of the newest deliveries; events: files."""
    newest = [files[0] for files in deliveries(facts, window, context.now).values()]
    if not newest:
        return Reading(None, 0, say(N_("No file was delivered in this time")))
    worst = max(newest, key=lambda file: (len(file.violations), file.arrived_at))
    if not worst.violations:
        return Reading(0.0, len(newest), say(N_("The last file was as agreed")))
    detail = say(
        N_("The file {name} is not as agreed: {problem}"),
        name=worst.name,
        problem=spoken(worst.violations),
    )
    return Reading(float(len(worst.violations)), len(newest), detail, worst.arrived_at)


INDICATOR = Indicator(
    title=N_("File not as agreed"),
    unit=Unit.COUNT,
    default_window=Window(duration=timedelta(days=7)),
    read=read,
    reads="files",
    needs_sums=False,
)
