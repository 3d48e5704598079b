"""How far the number of records lies outside of what is usual for this weekday and hour.

Unit: ratio in [0, 1]. Window: a duration (default 24 hours). Facts: `volumes`: the records (written, else
read) of the window, and of the same stretch one to four weeks before, which ends at the same weekday and
hour of the installation's zone. Between the least and the most of those weeks it is 0; outside, the part
that is missing from the nearer of the two, or that lies above it (half and double are both 50 %). No data:
fewer than two earlier weeks told a count, fewer than 20 records are usual, or no run of the window told
one.
"""

from __future__ import annotations

from datetime import timedelta
from statistics import median

from core.facts import Facts, VolumeFact
from core.i18n import N_, Message, counted
from core.units import Unit, Window
from health.context import IndicatorContext
from health.indicator import Indicator, Reading
from health.words import say

ENOUGH_WEEKS = 2
ENOUGH_RECORDS = 20


def read(facts: Facts, window: Window | None, context: IndicatorContext) -> Reading:
    """The deviation; events: earlier weeks that told a count."""
    volume = facts.volumes.get(window, VolumeFact(records=None)) if window else VolumeFact(records=None)
    usual = [count for count in volume.usual if count is not None]
    if len(usual) < ENOUGH_WEEKS:
        return Reading(None, len(usual), say(N_("Too few earlier weeks to say how many records are usual")))
    if median(usual) < ENOUGH_RECORDS:
        return Reading(None, len(usual), say(N_("Too few records are usual to compare with")))
    if volume.records is None:
        return Reading(None, len(usual), say(N_("No run told how many records it carried")))
    return Reading(
        deviation(volume.records, min(usual), max(usual)),
        len(usual),
        _detail(volume.records, min(usual), max(usual), window),
    )


def deviation(records: int, least: int, most: int) -> float:
    """0 within [least, most], else the distance from the nearer bound, as a part of the larger number."""
    if records < least:
        return 1 - records / least
    return 1 - most / records if records > most else 0.0


def _detail(records: int, least: int, most: int, window: Window | None) -> Message:
    if least == most:
        return counted(
            "{count} record within {window}; at this weekday and hour {most} is usual",
            "{count} records within {window}; at this weekday and hour {most} are usual",
            records,
            window=window,
            most=most,
        )
    return counted(
        "{count} record within {window}; at this weekday and hour {least} to {most} are usual",
        "{count} records within {window}; at this weekday and hour {least} to {most} are usual",
        records,
        window=window,
        least=least,
        most=most,
    )


INDICATOR = Indicator(
    title=N_("Unusual number of records"),
    unit=Unit.RATIO,
    default_window=Window(duration=timedelta(hours=24)),
    read=read,
    needs_sums=False,
    needs_volumes=True,
    ages=False,
)
