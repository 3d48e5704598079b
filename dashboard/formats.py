"""Numbers, durations and instants as a reader of one language writes them; pure, no data is a dash."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal
from babel.units import format_unit

NOTHING = "—"
"""Stands for "no data" everywhere, so that it is never mistaken for 0."""

_NO_BREAK = "\u00a0"
_SIZES = {"ru": ("Б", "КБ", "МБ", "ГБ", "ТБ")}
_SIZES_ELSEWHERE = ("B", "kB", "MB", "GB", "TB")
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


@lru_cache(maxsize=8)
def locale_of(language: str) -> Locale:
    """The locale of a language."""
    return Locale.parse(language)


@lru_cache(maxsize=4096)
def number(value: float | None, language: str, digits: int = 0) -> str:
    """`1,234` or `1 234`; digits: at most so many after the point."""
    if value is None:
        return NOTHING
    pattern = "#,##0." + "#" * digits if digits else "#,##0"
    return format_decimal(value, pattern, locale=locale_of(language))


@lru_cache(maxsize=4096)
def percent(ratio: float | None, language: str, digits: int = 1) -> str:
    """`99.5%`: a ratio in [0, 1]; rounded so that only all is 100 % and only nothing is 0 %."""
    if ratio is None:
        return NOTHING
    least = 10.0**-digits
    shown = min(
        max(round(ratio * 100, digits), least if ratio > 0 else 0.0), 100 - least if ratio < 1 else 100.0
    )
    return number(shown, language, digits) + (f"{_NO_BREAK}%" if language == "ru" else "%")


@lru_cache(maxsize=4096)
def duration(seconds: float | None, language: str) -> str:
    """The two largest units of a duration in seconds: `3 min 20 s`, `0.4 s`, `120 ms`."""
    if seconds is None:
        return NOTHING
    locale = locale_of(language)
    if seconds < 1:
        return format_unit(round(seconds * 1000), "millisecond", "short", locale=locale)
    if seconds < 10:
        return format_unit(round(seconds, 1), "second", "short", locale=locale)
    left, parts = round(seconds), list[str]()
    for unit, size in _UNITS:
        if left >= size and len(parts) < 2:
            parts.append(format_unit(left // size, unit, "short", locale=locale))
        elif parts:
            break
        left %= size
    return " ".join(parts)


@lru_cache(maxsize=4096)
def distance(seconds: float, language: str) -> str:
    """`3 min ago`, `in 2 hr`: a signed distance in seconds, negative for the past."""
    return _unpointed(
        format_timedelta(
            timedelta(seconds=round(seconds)), add_direction=True, format="short", locale=locale_of(language)
        )
    )


@lru_cache(maxsize=4096)
def about(seconds: float, language: str) -> str:
    """`20 hr`, `3 days`: the largest unit of a duration in seconds."""
    return _unpointed(
        format_timedelta(timedelta(seconds=seconds), format="short", locale=locale_of(language))
    )


def _unpointed(text: str) -> str:
    for abbreviated in ("sec", "min", "hr", "wk", "mo", "yr", "сек", "мин"):
        text = text.replace(f"{abbreviated}.", abbreviated)
    return text


def instant(at: datetime | None, zone: ZoneInfo, language: str, *, seconds: bool = False) -> str:
    """`24 Nov 15:04` in the zone."""
    if at is None:
        return NOTHING
    pattern = "d MMM HH:mm:ss" if seconds else "d MMM HH:mm"
    return format_datetime(at.astimezone(zone), pattern, locale=locale_of(language))


def day(at: datetime | None, zone: ZoneInfo, language: str) -> str:
    """`24 Nov 2026` in the zone."""
    if at is None:
        return NOTHING
    return format_datetime(at.astimezone(zone), "d MMM y", locale=locale_of(language))


@lru_cache(maxsize=1024)
def size(count: int | None, language: str) -> str:
    """`12.3 MB`: a number of bytes, in powers of 1000."""
    if count is None:
        return NOTHING
    names = _SIZES.get(language, _SIZES_ELSEWHERE)
    left, unit = float(count), 0
    while left >= 1000 and unit < len(names) - 1:
        left, unit = left / 1000, unit + 1
    return f"{number(left, language, 1 if unit else 0)}{_NO_BREAK}{names[unit]}"


def offset(zone: ZoneInfo, now: datetime) -> str:
    """`UTC+3`, `UTC+5:30`: how far a zone is from UTC now."""
    minutes = round((now.astimezone(zone).utcoffset() or timedelta()).total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")


def zone_name(zone: ZoneInfo, now: datetime) -> str:
    """`Europe/Moscow (UTC+3)`; how far it is from UTC is not said of what is called so itself."""
    away = offset(zone, now)
    return zone.key if zone.key.removeprefix("Etc/") == away else f"{zone.key} ({away})"
