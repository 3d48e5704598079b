"""Reads the times that systems write: ISO 8601, `24.11.2026 13:30`, epochs, HTTP and access-log dates."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collectors.times_listed import listed_time
from collectors.times_none import is_no_time, says_nothing
from collectors.times_notations import NOTATIONS, from_epoch, is_compact, to_utc
from collectors.times_spoken import DateOrder, must_be_of, spoken_at
from collectors.times_worded import in_english
from collectors.times_yearless import yearless_time
from collectors.values import shown as _shown

_SPOKEN = re.compile(r"(?:[A-Za-z]{3,9},? )?\s*(?:\d{1,2}[ -][A-Za-z]{3}|[A-Za-z]{3} +\d{1,2} )", re.ASCII)
_HALVED = re.compile(r"\d ?[AaPp]\.?[Mm]\b", re.ASCII)
"""A clock of twelve hours, of which dates of HTTP know nothing."""

_SLASHED = re.compile(
    r"\d{1,2}(?:([/-])\d{1,2}\1(?:\d\d|\d{4})|\.\d{1,2}\.\d\d|[-/.]\d\d(?= \d\d:))\b", re.ASCII
)
# PHP and Java write the zone's name behind a time: 24-Nov-2026 13:30:50 Europe/Moscow.
_ZONE_NAMED = re.compile(
    r"(.*\d) ?(?:([A-Z][A-Za-z]+(?:/[A-Za-z_+-]+){1,2})|\[([A-Z]\w*(?:/[\w+-]+){0,2})\])", re.ASCII
)
_AFTER_CLOCK = re.compile(r"\d:\d\d(?::\d\d)?\s+(?!\d{4}$)(?P<rest>.+)$")
_ZONE_WORD = re.compile(r" ([A-Z]{2,5})(?: \d{4})?$", re.ASCII)

_CLOCK_ALONE = re.compile(
    r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?(?: ?(?:[A-Z]{1,5}|[+-]\d\d:?\d\d))?", re.ASCII
)
_DAYLESS = (
    "a clock without a day: put one before it, as in join(' ', [day, at]), or map a field that has both"
)

_FROM, _TO = "1970-01-02", "2262"
"""Between these an ISO 8601 time is none of those that mean no time."""

_SUPPORTED = "ISO 8601 (2026-11-24T13:30:50Z), dd.mm.yyyy hh:mm:ss (dots only), 24-NOV-2026 01:30 PM, an HTTP or access-log date, or an epoch"


@dataclass(frozen=True, slots=True)
class Hints:
    """What a time may leave out. near: when what is being read was written at the latest, which tells the year of
    times that name none (syslog); order: of day and month in dates such as 03/04/2026. Without them these are refused."""

    near: Callable[[], datetime] | None = None
    order: DateOrder | None = None


NO_HINTS = Hints()


def instants(zone: ZoneInfo, hints: Hints = NO_HINTS) -> Callable[[object], datetime | None]:
    """`parse_time` with these, for values one by one."""
    return lambda value: parse_time(value, zone, hints)


def parse_time(value: object, zone: ZoneInfo, hints: Hints = NO_HINTS) -> datetime | None:
    """An aware UTC instant; None for None, for empty text, and for what systems write where there is no time.

    zone: of times that name none themselves. Numbers, and texts that are numbers, are epoch seconds,
    milliseconds, microseconds or nanoseconds, by their size. Digits after microseconds are dropped.
    Raises ValueError, saying what it got, for anything else.
    """
    # By far the most frequent case first: ISO 8601 with its zone.
    if isinstance(value, str) and _FROM < value < _TO and value[4:5] == "-":
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return _from_text(value, zone, hints)
        return at if at.tzinfo is UTC else to_utc(at, zone)
    found = read_time(value, zone, hints)
    return None if found is None or is_no_time(found) else found


def read_time(value: object, zone: ZoneInfo, hints: Hints = NO_HINTS) -> datetime | None:
    """The same, where the instants that mean no time are instants still. Raises ValueError."""
    if isinstance(value, str):
        return _from_text(value, zone, hints)
    if value is None:
        return None
    if isinstance(value, datetime):
        return to_utc(value, zone)
    if isinstance(value, date):
        return to_utc(datetime.combine(value, time()), zone)
    if isinstance(value, int | float) and not isinstance(value, bool):
        # As a number too 20261124133050 is a date: as an epoch it would be in the year 2612, 20261124 in 1970.
        if isinstance(value, int) and is_compact(value):
            return _from_text(str(value), zone, hints)
        return from_epoch(value, value)
    if isinstance(value, list) and (listed := listed_time(value)) is not None:
        return to_utc(listed, zone)
    raise ValueError(f"got {_shown(value)}; expected a time")


def _from_text(value: str, zone: ZoneInfo, hints: Hints) -> datetime | None:
    text = value.strip()
    if not text or says_nothing(text):
        return None
    if (named := _ZONE_NAMED.fullmatch(text)) is not None:
        return _from_text(named[1], _zone_of(named[2] or named[3], value), hints)
    for notation, read in NOTATIONS:
        found = notation.fullmatch(text)
        if found:
            return read(found, zone, value)
    return _for_people(text, zone, hints, value)


def _for_people(text: str, zone: ZoneInfo, hints: Hints, value: str) -> datetime | None:
    """Times for people as they stand, else said as English has them."""
    try:
        return _as_it_stands(text, zone, hints, value)
    except ValueError:
        said = in_english(text)
        if said is None or said == text:
            raise
        return _as_it_stands(said, zone, hints, value)


def _as_it_stands(text: str, zone: ZoneInfo, hints: Hints, value: str) -> datetime:
    """Months by name, a clock of twelve hours, no year, and what else ISO 8601 allows."""
    try:
        spoken = spoken_at(text, zone, hints.order)
    except ValueError as error:
        raise ValueError(f"got {_shown(value)}; expected a time ({error})") from None
    if spoken is not None:
        return to_utc(spoken, zone)
    if hints.near is not None and (at := yearless_time(text, zone, hints.near(), hints.order)) is not None:
        return to_utc(at, zone)
    if _SPOKEN.match(text) and not _HALVED.search(text):
        return _from_http_date(text, zone)
    try:
        return to_utc(datetime.fromisoformat(text), zone)
    except ValueError:
        if _SLASHED.match(text) and hints.order is None:
            raise ValueError(
                f"got {_shown(value)}; day or month first? write `time: {{order: dmy}}`, or mdy"
            ) from None
        wanted = _DAYLESS if _CLOCK_ALONE.fullmatch(text) else f"expected {_SUPPORTED}"
        raise ValueError(f"got {_shown(value)}; {wanted}") from None


def _from_http_date(text: str, zone: ZoneInfo) -> datetime:
    from email.utils import parsedate_to_datetime

    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise ValueError(
            f"got {_shown(text)}; expected a time such as Tue, 24 Nov 2026 13:30:50 GMT"
        ) from None
    if at.tzinfo is None and text.endswith("-0000"):
        at = at.replace(tzinfo=UTC)
    word = _ZONE_WORD.search(text)
    naive = at.replace(tzinfo=None)
    if word is not None and naive.replace(tzinfo=zone).tzname() == word[1]:
        # CST is a zone of North America's to RFC 822, and also that of China's and of Cuba's machines.
        return to_utc(naive, zone)
    if at.tzinfo is None and word is not None:
        try:
            must_be_of(at, word[1], zone)
        except ValueError as error:
            raise ValueError(f"got {_shown(text)}; {error}") from None
    elif at.tzinfo is None and (found := _AFTER_CLOCK.search(text)) is not None:
        raise ValueError(f"got {_shown(text)}; {found['rest'][:40]} behind it is no zone that is known")
    return to_utc(at, zone)


def _zone_of(name: str, shown: object) -> ZoneInfo:
    """The zone that stands behind a time."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, such as Europe
        raise ValueError(f"got {_shown(shown)}; there is no zone {name[:40]}") from None
