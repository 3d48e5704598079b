"""Reads times in the notations of machines, each known by its pattern: epochs, compact dates, dots, access logs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from collectors.times_none import BEGINNING, COMPACT_ENDS, END, EPOCH, is_last_epoch
from collectors.times_spoken import MONTHS
from collectors.values import shown as _shown

_NUMBER = re.compile(r"[+-]?(\d+)(\.\d*)?([eE][+-]?\d+)?", re.ASCII)
_ACCESS_LOG = re.compile(
    r"\[?(\d{1,2})/([A-Za-z]{3})/(\d{4})[: ](\d\d):(\d\d):(\d\d)(\.\d+)?(?: ?([+-]\d\d):?(\d\d))?\]?",
    re.ASCII,
)
_LOOSE = re.compile(
    r"(\d{4})[-/.](\d\d)[-/.](\d\d)(?:[ T]+(\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?))?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?(?: (?:[A-Z]{3,5}|[+-]\d\d(?:\d\d)?))?(?: m=[+-]\d+\.\d+)?)?(?:\[[\w/+-]+\])?",
    re.ASCII | re.IGNORECASE,
)
# SAP and .NET write epoch milliseconds so in JSON; the zone after them changes no instant.
_JSON_DATE = re.compile(r"\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/", re.ASCII)
# Snowflake writes the offset behind an epoch, in minutes of which 1440 are none; git writes it as +0300. It changes no instant.
_WITH_OFFSET = re.compile(
    r"(\d{9,10}(?:\.\d{1,9})?) (?:[+-]\d{4}|1?\d{1,3}|2[0-7]\d\d|28[0-7]\d|2880)", re.ASCII
)
_COMPACT = re.compile(r"((?:19|20)\d{6}|99991231)(?:T?(\d{6})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{4})?", re.ASCII)
_COMPACT_FIRST, _COMPACT_LAST = 19_000_101_000_000, 20_991_231_235_959
_COMPACT_DAYS = range(19_000_101, 20_991_231 + 1)
# With dots the day stands first everywhere; with slashes it is anyone's guess, so those are refused.
_DOTTED = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})(?:,? +(\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?))?", re.ASCII)
_FIRST_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing that is watched ran earlier: numbers that would be epochs of before are Excel's days, .NET's ticks, Windows' file times."""


def is_compact(number: int) -> bool:
    """Whether a number is written as a date, such as 20261124 or 20261124133050, and is no epoch."""
    return number in _COMPACT_DAYS or _COMPACT_FIRST <= number <= _COMPACT_LAST or number in COMPACT_ENDS


def from_epoch(number: float, shown: object) -> datetime:
    """The instant of an epoch in seconds, milliseconds, microseconds or nanoseconds, by its size.

    shown: the value as it was read, for the error. Raises ValueError for what can be no epoch of a run.
    """
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


def to_utc(at: datetime, zone: ZoneInfo) -> datetime:
    """The instant in UTC; zone: of one that names none itself."""
    try:
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        # Only the first and the last day there is can be carried away by a zone.
        return BEGINNING if at.year == 1 else END


def _from_digits(number: re.Match[str], zone: ZoneInfo, shown: object) -> datetime:
    """Digits only: a compact date (8 or 14 of them, if they make one), else an epoch."""
    text = number[0]
    compact = _COMPACT.fullmatch(text)
    if compact:
        with suppress(ValueError):
            return _from_compact(compact, zone, shown)
    if number[2] is None and number[3] is None and len(text) <= 40:
        return from_epoch(int(text), shown)
    return from_epoch(float(text), shown)


def _from_compact(found: re.Match[str], zone: ZoneInfo, shown: object) -> datetime:
    day, clock, fraction, offset = found.groups()
    text = f"{day}T{clock or '000000'}" + (f".{fraction[:6]:0<6}" if fraction else "")
    return _from_iso(text + (offset or ""), zone, shown)


def _from_seconds(found: re.Match[str], _: ZoneInfo, shown: object) -> datetime:
    return from_epoch(float(found[1]), shown)


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
    return to_utc(at, zone)


NOTATIONS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], ZoneInfo, object], datetime]], ...] = (
    (_NUMBER, _from_digits),
    (_COMPACT, _from_compact),
    (_JSON_DATE, _from_millis),
    (_WITH_OFFSET, _from_seconds),
    (_ACCESS_LOG, _from_access_log),
    (_LOOSE, _from_loose),
    (_DOTTED, _from_dotted),
)
"""How a text looks → how it is read; the first that fits."""
