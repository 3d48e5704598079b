"""Reads the times of syslog, which name no year: the last such day before a moment that is known (pure)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from collectors.times_spoken import MONTHS

_YEARLESS = re.compile(
    r"(?:[A-Z][a-z]{2},? )?(?P<name>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2}) "
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?",
    re.ASCII,
)
_AHEAD = timedelta(days=1)
"""Clocks and zones of two machines differ by so much at most."""

_MOST_YEARS = 8
"""The 29th of February comes at least so often."""


def yearless_time(text: str, zone: ZoneInfo, near: datetime) -> datetime | None:
    """An aware time; None for any other notation, or a day that there is in no year.

    near: when the line was written at the latest, such as the file's last change; a day more is allowed.
    """
    found = _YEARLESS.fullmatch(text)
    month = MONTHS.get(found["name"].lower()) if found else None
    if found is None or month is None:
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
