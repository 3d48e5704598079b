"""Reads times written for people: months by name (Oracle, Java), a clock of twelve hours, a zone behind (pure)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_CLOCK = (
    r"(?P<hour>\d{1,2})[.:](?P<minute>\d\d)(?:[.:](?P<second>\d\d)(?:[.,:](?P<fraction>\d{1,9}))?)?"
    r"(?:[ \u202f]?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
DateOrder = Literal["dmy", "mdy"]
"""Whether the day stands first in a date of three numbers, or the month."""

_ORDERED = {
    order: re.compile(
        rf"(?P<{first}>\d{{1,2}})(?P<sign>[-/.])(?P<{second}>\d{{1,2}})(?P=sign)(?P<year>\d{{4}}|\d\d)(?:,?[ T]{_CLOCK})?",
        re.ASCII,
    )
    for order, first, second in (("dmy", "day", "month"), ("mdy", "month", "day"))
}
_WAYS = [
    re.compile(
        rf"(?P<day>\d{{1,2}})[-. ]?(?P<name>[A-Za-z]{{3}})[-. ]?(?P<year>\d{{4}}|\d\d)(?: |::?){_CLOCK}",
        re.ASCII,
    ),
    re.compile(
        rf"(?P<name>[A-Za-z]{{3,9}})\.? (?P<day>\d{{1,2}}), (?P<year>\d{{4}}),?(?: @| at)? {_CLOCK}", re.ASCII
    ),
    re.compile(
        rf"(?:[A-Za-z]{{3}} )?(?P<name>[A-Za-z]{{3}}) +(?P<day>\d{{1,2}}) {_CLOCK} (?P<year>\d{{4}})",
        re.ASCII,
    ),
    # SQL Server and JavaScript put the year before the clock.
    re.compile(
        rf"(?:[A-Za-z]{{3}} )?(?P<name>[A-Za-z]{{3}}) +(?P<day>\d{{1,2}}) (?P<year>\d{{4}}) +{_CLOCK}",
        re.ASCII,
    ),
    re.compile(rf"(?P<year>\d{{4}})[- ](?P<name>[A-Za-z]{{3}})[- ]+(?P<day>\d{{1,2}}) {_CLOCK}", re.ASCII),
    re.compile(rf"(?P<year>\d{{4}})[-/ ](?P<month>\d\d)[-/ ](?P<day>\d\d)[- T]{_CLOCK}", re.ASCII),
]
_ZONE_AFTER = re.compile(
    r"(.*?(?:\d|[AaPp]\.?[Mm]\.?)) ?(?:(?:GMT|UTC)?([+-]\d\d(?::?\d\d)?)(?: \([^()]*\))?|([A-Z]{1,5})|([A-Z][a-z]+(?: [A-Z][a-z]+)* Time))",
    re.ASCII,
)
_UTC_WORDS = frozenset({"Z", "UTC", "GMT", "Coordinated Universal Time", "Greenwich Mean Time"})
# As Oracle reads two digits: the century is the one whose year is nearer.
_TURN = 50


def spoken_at(text: str, zone: ZoneInfo, order: DateOrder | None) -> datetime | None:
    """A time for people, naive or with the zone that stands behind it: `11/24/2026 10:30:00.123 UTC` (NiFi).

    None for any other notation. Raises ValueError for one that cannot be.
    """
    naive = spoken_time(text, order)
    if naive is not None:
        return naive
    named = _ZONE_AFTER.fullmatch(text)
    naive = spoken_time(named[1], order) if named else None
    if named is None or naive is None:
        return None
    if named[2] is not None:
        return datetime.fromisoformat(naive.isoformat() + named[2])
    if named[3] in _UTC_WORDS or named[4] in _UTC_WORDS:
        return naive.replace(tzinfo=UTC)
    if named[4] is not None:
        raise ValueError(
            f"{named[4]} names a zone in words; leave it out of what is read, and write the zone as time.zone"
        )
    must_be_of(naive, named[3], zone)
    return naive


def must_be_of(naive: datetime, word: str, zone: ZoneInfo) -> None:
    """Raises ValueError where a zone's word is another than the zone's at that time."""
    if naive.replace(tzinfo=zone).tzname() != word:
        raise ValueError(f"{word} is not the zone that `time.zone` names, {zone.key}")


def spoken_time(text: str, order: DateOrder | None = None) -> datetime | None:
    """A naive time; None for any other notation. Raises ValueError for one that cannot be, such as 31-FEB."""
    for way in _WAYS if order is None else (*_WAYS, _ORDERED[order]):
        found = way.fullmatch(text)
        if found:
            return _time(found.groupdict())
    return None


def _time(parts: dict[str, str | None]) -> datetime | None:
    month = MONTHS.get((parts.get("name") or "")[:3].lower()) or int(parts.get("month") or 0)
    if not month:
        return None
    year, hour = int(parts["year"] or 0), int(parts["hour"] or 0)
    if len(parts["year"] or "") == 2:
        year += 2000 if year < _TURN else 1900
    half = (parts["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("the hour must be in 1..12 before AM or PM")
        hour = hour % 12 + (12 if half == "p" else 0)
    micros = int((parts["fraction"] or "")[:6].ljust(6, "0"))
    # A leap second has no place on the time line here: it is read as the second before it.
    second = 59 if parts["second"] == "60" else int(parts["second"] or 0)
    return datetime(year, month, int(parts["day"] or 0), hour, int(parts["minute"] or 0), second, micros)  # noqa: DTZ001  the zone is put on next
