"""The share of records that the runs could not carry over.

Unit: ratio in [0, 1]. Window: a duration or a number of counted runs (default 36 hours, so that a
daily sync that comes a little late never leaves a gap). Facts: the window's record counts. The whole
is failed + written + skipped where written is told, else what was read. No data: no run told how many
records failed, or there were none at all.
"""

from __future__ import annotations

from datetime import timedelta

from core.facts import Facts, WindowFacts
from core.i18n import N_, counted
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading, window_facts
from health.words import say


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """Failed records through all records; events: records."""
    sums = window_facts(facts, window)
    total, failed = records_in(sums), sums.records_failed
    if failed is None or not total:
        return Reading(None, 0, say(N_("No run told how many records failed")))
    detail = counted(
        "{failed} of {count} record failed within {window}",
        "{failed} of {count} records failed within {window}",
        total,
        failed=failed,
        window=window,
    )
    return Reading(failed / total, total, detail)


def records_in(sums: WindowFacts) -> int:
    """How many records a window's runs dealt with, as far as they told."""
    failed = sums.records_failed or 0
    if sums.records_written is not None:
        return max(failed + sums.records_written + (sums.records_skipped or 0), sums.records_read or 0)
    return max(failed, sums.records_read or 0)


INDICATOR = Indicator(
    title=N_("Failed records"),
    unit=Unit.RATIO,
    default_window=Window(duration=timedelta(hours=36)),
    read=read,
    ages=False,
)
