"""Says a time of several languages, or in another order of its parts, as English has it (pure)."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from collectors.times_spoken import MONTHS

_LANGUAGES = ("en", "ru", "de", "fr", "es", "it", "pt", "uk", "pl")
"""Whose names of months and days are known; a name is never another month in another one of them."""

_FILLERS = frozenset(
    ["г", "р", "года", "року", "в", "о", "um", "at", "à", "de", "às", "a", "las", "alle", "ore", "le"]
)
"""What stands between the parts of a date, and behind its year."""

_TOKEN = re.compile(
    r"(?P<clock>\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:[ \u00a0\u202f]?[AaPp]\.?[ \u00a0]?[Mm](?!\w)\.?)?)"
    r"|(?P<day>\d{4}-\d\d-\d\d(?!\d))|(?P<offset>(?<=[ \d])[+-]\d\d(?::?\d\d)?(?!\d))|(?P<number>\d+)"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)|(?P<sign>[\s.,:@-]+)"
)
_ZONE = re.compile(r"[A-Z]{1,5}", re.ASCII)
_LONGEST = 80


class _Parts(NamedTuple):
    clock: str
    day: str
    numbers: list[str]
    zone: str
    words: list[str]


def in_english(text: str) -> str | None:
    """`вторник, 24 ноября 2026 г. в 13:05:09` as `Nov 24, 2026 13:05:09`; without a year as syslog has it.

    None for what has other words, or other parts, than a time.
    """
    parts = _parts(text) if len(text) <= _LONGEST else None
    if parts is None:
        return None
    months = [month for word in parts.words if (month := _month(word)) is not None]
    if parts.day:
        return None if months or parts.numbers else f"{parts.day} {parts.clock}{parts.zone}"
    # mar. is Tuesday to some, March to others: the first of two.
    if len(months) == 2 and _is_weekday(parts.words[0]):
        months = months[1:]
    if len(months) != 1 or not 1 <= len(parts.numbers) <= 2:
        return None
    return _english(list(MONTHS)[months[0] - 1].capitalize(), parts)


def _english(month: str, parts: _Parts) -> str | None:
    """With the year, whichever number it is."""
    numbers = sorted(parts.numbers, key=lambda one: len(one) == 4)
    if not all(len(one) in (1, 2, 4) for one in numbers) or len(numbers[0]) == 4:
        return None
    day = numbers[0]
    if len(numbers) == 1:
        return None if parts.zone else f"{month} {day} {parts.clock}"
    year = numbers[1]
    return f"{day} {month} {year} {parts.clock}{parts.zone}"


def _parts(text: str) -> _Parts | None:
    """The parts of a text that has a clock, and nothing that is no part of a time."""
    found: dict[str, list[str]] = {"clock": [], "day": [], "offset": [], "number": [], "word": []}
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        if token.lastgroup != "sign":
            found[token.lastgroup or ""].append(token[0])
        at = token.end()
    words = [word for word in found["word"] if word.lower() not in _FILLERS]
    zones = [word for word in words if not _is_known(_plain(word))]
    if len(found["clock"]) != 1 or len(found["day"]) > 1 or len([*zones, *found["offset"]]) > 1:
        return None
    if not all(map(_ZONE.fullmatch, zones)):
        return None
    clock = re.sub(r"[\u00a0\u202f]|(?<=[ap])\.? (?=m)", "", found["clock"][0])
    zone = "".join(f" {one}" for one in [*zones, *found["offset"]])
    known = [_plain(word) for word in words if word not in zones]
    return _Parts(clock, "".join(found["day"]), found["number"], zone, known)


def _plain(word: str) -> str:
    return word.lower().replace("'", "\u02bc")


def _is_known(word: str) -> bool:
    """Whether a word is a month or a day of the week."""
    return _month(word) is not None or _is_weekday(word)


@lru_cache(1000)
def _is_weekday(word: str) -> bool:
    return any(name == word or (len(word) > 1 and name.startswith(word)) for name in _weekdays())


@lru_cache(1000)
def _month(word: str) -> int | None:
    """The month that a name, or at least three of its letters, means in some language."""
    if len(word) < 3 or word in _weekdays():
        return None
    return next((month for name, month in _months().items() if name.startswith(word)), None)


@cache
def _months() -> dict[str, int]:
    """Name → month: by itself, in a date, and short."""
    from babel.dates import get_month_names

    found = [
        names
        for language in _LANGUAGES
        for names in (
            get_month_names("wide", "format", language),
            get_month_names("wide", "stand-alone", language),
            get_month_names("abbreviated", "format", language),
        )
    ]
    return {name.lower(): month for names in found for month, name in names.items()}


@cache
def _weekdays() -> frozenset[str]:
    from babel.dates import get_day_names

    full = [get_day_names("wide", "format", language).values() for language in _LANGUAGES]
    short = [get_day_names("abbreviated", "format", language).values() for language in _LANGUAGES]
    words = [part for names in full for name in names for part in name.lower().split("-")]
    # In full letters are left out at the end, where Cyrillic leaves them out within: вт is вторник, пн понедельник.
    return frozenset(
        [*words, *(plain for names in short for name in names if len(plain := name.lower().rstrip(".")) < 3)]
    )
