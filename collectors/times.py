"""Reads the times that systems write: ISO 8601, `24.11.2026 13:30`, epochs, HTTP and access-log dates."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collectors.times_listed import listed_time
from collectors.times_none import BEGINNING, COMPACT_ENDS, END, EPOCH, is_last_epoch, is_no_time, says_nothing
from collectors.times_spoken import MONTHS, DateOrder, must_be_of, spoken_at
from collectors.times_worded import in_english
from collectors.times_yearless import yearless_time
from collectors.values import shown as _shown

_NUMBER = re.compile(r"[+-]?(\d+)(\.\d*)?([eE][+-]?\d+)?", re.ASCII)
_ACCESS_LOG = re.compile(
    r"\[?(\d{1,2})/([A-Za-z]{3})/(\d{4})[: ](\d\d):(\d\d):(\d\d)(\.\d+)?(?: ?([+-]\d\d):?(\d\d))?\]?",
    re.ASCII,
)
_SPOKEN = re.compile(r"(?:[A-Za-z]{3,9},? )?\s*(?:\d{1,2}[ -][A-Za-z]{3}|[A-Za-z]{3} +\d{1,2} )", re.ASCII)
_LOOSE = re.compile(
    r"(\d{4})[-/.](\d\d)[-/.](\d\d)(?:[ T]+(\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?))?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?(?: (?:[A-Z]{3,5}|[+-]\d\d(?:\d\d)?))?(?: m=[+-]\d+\.\d+)?)?(?:\[[\w/+-]+\])?",
    re.ASCII | re.IGNORECASE,
)
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
# SAP and .NET write epoch milliseconds so in JSON; the zone after them changes no instant.
_JSON_DATE = re.compile(r"\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/", re.ASCII)
_COMPACT = re.compile(r"((?:19|20)\d{6}|99991231)(?:T?(\d{6})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{4})?", re.ASCII)
_COMPACT_FIRST, _COMPACT_LAST = 19_000_101_000_000, 20_991_231_235_959
_COMPACT_DAYS = range(19_000_101, 20_991_231 + 1)
# With dots the day stands first everywhere; with slashes it is anyone's guess, so those are refused.
_DOTTED = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})(?:,? +(\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?))?", re.ASCII)
_FIRST_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing that is watched ran earlier: numbers that would be epochs of before are Excel's days, .NET's ticks, Windows' file times."""

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
        return at if at.tzinfo is UTC else _to_utc(at, zone)
    found = read_time(value, zone, hints)
    return None if found is None or is_no_time(found) else found


def read_time(value: object, zone: ZoneInfo, hints: Hints = NO_HINTS) -> datetime | None:
    """The same, where the instants that mean no time are instants still."""
    if isinstance(value, str):
        return _from_text(value, zone, hints)
    if value is None:
        return None
    if isinstance(value, datetime):
        return _to_utc(value, zone)
    if isinstance(value, date):
        return _to_utc(datetime.combine(value, time()), zone)
    if isinstance(value, int | float) and not isinstance(value, bool):
        # As a number too 20261124133050 is a date: as an epoch it would be in the year 2612, 20261124 in 1970.
        if isinstance(value, int) and is_compact(value):
            return _from_text(str(value), zone, hints)
        return _from_epoch(value, value)
    if isinstance(value, list) and (listed := listed_time(value)) is not None:
        return _to_utc(listed, zone)
    raise ValueError(f"got {_shown(value)}; expected a time")


def is_compact(number: int) -> bool:
    """Whether a number is written as a date, such as 20261124 or 20261124133050, and is no epoch."""
    return number in _COMPACT_DAYS or _COMPACT_FIRST <= number <= _COMPACT_LAST or number in COMPACT_ENDS


def _from_text(value: str, zone: ZoneInfo, hints: Hints) -> datetime | None:
    text = value.strip()
    if not text or says_nothing(text):
        return None
    if (named := _ZONE_NAMED.fullmatch(text)) is not None:
        return _from_text(named[1], _zone_of(named[2] or named[3], value), hints)
    for notation, read in _NOTATIONS:
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
        return _to_utc(spoken, zone)
    if hints.near is not None and (at := yearless_time(text, zone, hints.near(), hints.order)) is not None:
        return _to_utc(at, zone)
    if _SPOKEN.match(text) and not _HALVED.search(text):
        return _from_http_date(text, zone)
    try:
        return _to_utc(datetime.fromisoformat(text), zone)
    except ValueError:
        if _SLASHED.match(text) and hints.order is None:
            raise ValueError(
                f"got {_shown(value)}; day or month first? write `time: {{order: dmy}}`, or mdy"
            ) from None
        raise ValueError(f"got {_shown(value)}; expected {_SUPPORTED}") from None


def _from_digits(number: re.Match[str], zone: ZoneInfo, shown: object) -> datetime:
    """Digits only: a compact date (8 or 14 of them, if they make one), else an epoch."""
    text = number[0]
    compact = _COMPACT.fullmatch(text)
    if compact:
        with suppress(ValueError):
            return _from_compact(compact, zone, shown)
    if number[2] is None and number[3] is None and len(text) <= 40:
        return _from_epoch(int(text), shown)
    return _from_epoch(float(text), shown)


def _from_compact(found: re.Match[str], zone: ZoneInfo, shown: object) -> datetime:
    day, clock, fraction, offset = found.groups()
    text = f"{day}T{clock or '000000'}" + (f".{fraction[:6]:0<6}" if fraction else "")
    return _from_iso(text + (offset or ""), zone, shown)


def _from_epoch(number: float, shown: object) -> datetime:
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueError(f"got {_shown(shown)}; expected a time")
    if is_last_epoch(number):
        return END
    size = abs(number)
    if size < 100_000_000_000:
        micros = round(number * 1_000_000)
    elif size < 100_000_000_000_000:
        micros = round(number * 1000)
    elif size < 100_000_000_000_000_000:
        micros = round(number)
    else:
        micros = int(number // 1000)
    try:
        at = EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        raise ValueError(f"got {_shown(shown)}; that epoch is out of range") from None
    if EPOCH < at < _FIRST_EPOCH:
        raise ValueError(
            f"got {_shown(shown)}; as an epoch it would be of {at:%Y-%m-%d}: it counts days, ticks or from another year, "
            "or is no time; take another field, or reckon it in the query"
        )
    return at


def _from_millis(found: re.Match[str], _: ZoneInfo, shown: object) -> datetime:
    try:
        return EPOCH + timedelta(milliseconds=int(found[1]))
    except OverflowError:
        raise ValueError(f"got {_shown(shown)}; that epoch is out of range") from None


def _from_dotted(found: re.Match[str], zone: ZoneInfo, shown: object) -> datetime:
    day, month, year, clock = found.groups()
    # 1C writes an hour below ten with one digit.
    hour, _, rest = (clock or "0:00").partition(":")
    return _from_iso(f"{year}-{month}-{day}T{hour:0>2}:{rest}", zone, shown)


def _from_access_log(found: re.Match[str], zone: ZoneInfo, shown: object) -> datetime:
    day, month, year, hour, minute, second, fraction, zone_hours, zone_minutes = found.groups()
    micros = int((fraction or ".0")[1:7].ljust(6, "0"))
    number = MONTHS.get(month.lower(), 0)
    text = f"{year}-{number:02d}-{int(day):02d}T{hour}:{minute}:{second}.{micros:06d}"
    return _from_iso(text + (f"{zone_hours}:{zone_minutes}" if zone_hours else ""), zone, shown)


def _from_loose(found: re.Match[str], zone: ZoneInfo, shown: object) -> datetime:
    """Nearly ISO: slashes or dots in the date, a space before the zone, the zone as a word."""
    year, month, day, clock, offset = found.groups()
    suffix = "" if offset is None else "+00:00" if offset[0].isalpha() else offset.split()[0]
    if clock is None and suffix:
        clock = "00:00"
    text = f"{year}-{month}-{day}" + (f"T{clock}{suffix}" if clock else "")
    return _from_iso(text, zone, shown)


def _from_iso(text: str, zone: ZoneInfo, shown: object) -> datetime:
    # A leap second has no place on the time line here: it is read as the second before it.
    try:
        at = datetime.fromisoformat(re.sub(r"(T\d\d:\d\d):60", r"\1:59", text))
    except ValueError as error:
        raise ValueError(f"got {_shown(shown)}; expected a time ({error})") from None
    return _to_utc(at, zone)


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
        return _to_utc(naive, zone)
    if at.tzinfo is None and word is not None:
        try:
            must_be_of(at, word[1], zone)
        except ValueError as error:
            raise ValueError(f"got {_shown(text)}; {error}") from None
    elif at.tzinfo is None and (found := _AFTER_CLOCK.search(text)) is not None:
        raise ValueError(f"got {_shown(text)}; {found['rest'][:40]} behind it is no zone that is known")
    return _to_utc(at, zone)


def _zone_of(name: str, shown: object) -> ZoneInfo:
    """The zone that stands behind a time."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, such as Europe
        raise ValueError(f"got {_shown(shown)}; there is no zone {name[:40]}") from None


_NOTATIONS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], ZoneInfo, object], datetime]], ...] = (
    (_NUMBER, _from_digits),
    (_COMPACT, _from_compact),
    (_JSON_DATE, _from_millis),
    (_ACCESS_LOG, _from_access_log),
    (_LOOSE, _from_loose),
    (_DOTTED, _from_dotted),
)
"""How a text looks → how it is read; the first that fits."""


def _to_utc(at: datetime, zone: ZoneInfo) -> datetime:
    try:
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        # Only the first and the last day there is can be carried away by a zone.
        return BEGINNING if at.year == 1 else END
