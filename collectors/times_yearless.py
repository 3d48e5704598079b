"""Reads the times of syslog, which name no year: the last such day before a moment that is known (pure)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from collectors.times_spoken import MONTHS, DateOrder

_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?"
_YEARLESS = [
    re.compile(
        rf"(?:[A-Z][a-z]{{2}},? )?(?P<name>[A-Z][a-z]{{2}}) {{1,2}}(?P<day>\d{{1,2}}) {_CLOCK}", re.ASCII
    ),
    re.compile(rf"(?P<day>\d{{1,2}}) (?P<name>[A-Z][a-z]{{2}}) {_CLOCK}", re.ASCII),
    # Kubernetes and others that log as glog does, behind the letter of the level.
    re.compile(rf"(?P<month>\d\d)(?P<day>\d\d) +(?=\S{{15}}$){_CLOCK}", re.ASCII),
]
_ORDERED = {
    order: re.compile(rf"(?P<{first}>\d\d)[-/.](?P<{second}>\d\d) {_CLOCK}", re.ASCII)
    for order, first, second in (("dmy", "day", "month"), ("mdy", "month", "day"))
}
_AHEAD = timedelta(days=1)
"""Clocks and zones of two machines differ by so much at most."""

_MOST_YEARS = 8
"""The 29th of February comes at least so often."""


def yearless_time(
    text: str, zone: ZoneInfo, near: datetime, order: DateOrder | None = None
) -> datetime | None:
    """An aware time; None for any other notation, or a day that there is in no year.

    near: when the line was written at the latest, such as the file's last change; a day more is allowed;
    order: of day and month where both are numbers (log4j's `11-24 13:00:00`).
    """
    ways = _YEARLESS if order is None else [*_YEARLESS, _ORDERED[order]]
    match = next((match for way in ways if (match := way.fullmatch(text))), None)
    found = match.groupdict() if match else {}
    month = MONTHS.get((found.get("name") or "").lower()) or int(found.get("month") or 0)
    if not month:
        return None
    micros = int((found["fraction"] or "")[:6].ljust(6, "0"))
    # A leap second has no place on the time line here: it is read as the second before it.
    second = 59 if found["second"] == "60" else int(found["second"])
    for year in range(near.year + 1, near.year - _MOST_YEARS - 1, -1):
        try:
            at = datetime(
                year, month, int(found["day"]), int(found["hour"]), int(found["minute"]), second, micros, zone
            )
        except ValueError:
            continue
        if at <= near + _AHEAD:
            return at
    return None
