"""Reads the durations that systems write: a number of seconds or of another unit, `1m2.5s`, `PT1M2.5S`, `00:01:02.5` (pure)."""

from __future__ import annotations

import math
import re

from collectors.values import as_seconds, shown

UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
"""How many seconds a unit is."""

LONGEST_SECONDS = 1e9
"""31 years, which nothing takes; and no clock can add what is much longer to a time."""

_WORDS = {
    **UNITS,
    **dict.fromkeys(("µs", "μs", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("msec", "msecs", "millis", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}
_PART = re.compile(
    rf"(\d+(?:\.\d*|,\d\d?)?|\.\d+) ?({'|'.join(sorted(_WORDS, key=len, reverse=True))})(?![a-zµμ])\.?(?: and |, | )?",
    re.ASCII,
)
_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d+)(?:\.| |d | days?,? ))?(\d+):(\d\d):(\d\d(?:[.,]\d+)?)", re.ASCII)
_LONGEST = 100
_SIZES = (86400.0, 3600.0, 60.0, 1.0)


def seconds_of(value: object, unit: str = "s") -> float | None:
    """A duration in seconds, 0 or more; None for nothing.

    unit: of a bare number (a word of `UNITS`); a text that names its own units is read by those.
    Raises ValueError, saying what it got, for anything else.
    """
    if isinstance(value, str):
        spoken = _spoken(value.strip())
        if spoken is not None:
            return _bounded(spoken, value)
    number = as_seconds(value)
    if number is None:
        return None
    # Divided, not multiplied: 95123 ms are 95.123 s and no hair more.
    return _bounded(number if unit == "s" else number / round(1 / UNITS[unit]), value)


def _bounded(seconds: float, value: object) -> float:
    if seconds > LONGEST_SECONDS:
        raise ValueError(f"got {shown(value)}; expected seconds, at most 31 years")
    return seconds


def _spoken(text: str) -> float | None:
    """The seconds of a text with units or colons; None for any other."""
    if len(text) > _LONGEST:
        return None
    clock = _CLOCK.fullmatch(text)
    if clock:
        return _added(clock.groups())
    iso = _ISO.fullmatch(text.upper()) if text[:1] in "Pp" else None
    if iso and any(iso.groups()):
        return _added(iso.groups())
    parts = _PART.findall(text.lower())
    if not parts or _PART.sub("", text.lower()):
        return None
    return math.fsum(float(number.replace(",", ".")) * _WORDS[word] for number, word in parts)


def _added(parts: tuple[str | None, ...]) -> float:
    """Days, hours, minutes and seconds together."""
    return math.fsum(
        float((part or "0").replace(",", ".")) * size for part, size in zip(parts, _SIZES, strict=True)
    )
