"""The small notations of the configuration: durations, sizes, ratios, windows and thresholds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {
    "": 1,
    "b": 1,
    "kb": 1000,
    "mb": 1000**2,
    "gb": 1000**3,
    "kib": 1024,
    "mib": 1024**2,
    "gib": 1024**3,
}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_MAX_DAYS = 36500
_MAX_BYTES = 10**15
_MAX_RUNS = 1_000_000


class Unit(StrEnum):
    """What an indicator's reading is measured in; thresholds are checked against it."""

    RATIO = "ratio"
    SECONDS = "seconds"
    COUNT = "count"
    FACTOR = "factor"


def parse_duration(text: str) -> timedelta:
    """`30s`, `10m`, `2h`, `7d`, or several together (`1h30m`). Raises ValueError for anything else."""
    compact = text.strip().lower().replace(" ", "")
    parts = _DURATION.findall(compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise ValueError(f"got {text!r}; write a duration such as 30s, 10m, 2h or 7d")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if seconds > _MAX_DAYS * 86400:
        raise ValueError(f"got {text!r}; a duration is at most {_MAX_DAYS}d")
    return timedelta(seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """The shortest notation of a duration, as `parse_duration` reads it back."""
    seconds = duration.total_seconds()
    if seconds and seconds % 1:
        return f"{round(seconds * 1000)}ms"
    left, parts = int(seconds), []
    for unit in ("d", "h", "m", "s"):
        size = int(_SECONDS[unit])
        if left >= size:
            parts.append(f"{left // size}{unit}")
            left %= size
    return "".join(parts) or "0s"


def parse_size(text: str) -> int:
    """`50MB`, `10 KiB`, `4096`: a number of bytes (SI and binary). Raises ValueError otherwise."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*", text)
    if not found or found[2].lower() not in _BYTES:
        raise ValueError(f"got {text!r}; write a size such as 500KB or 50MB")
    size = float(found[1]) * _BYTES[found[2].lower()]
    if size > _MAX_BYTES:
        raise ValueError(f"got {text[:50]!r}; a size is at most 1000000 GB")
    return int(size)


def parse_ratio(text: str) -> float:
    """`5%` or `0.05`: a ratio in [0, 1]. Raises ValueError otherwise."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", text)
    ratio = float(found[1]) / (100 if found[2] else 1) if found else -1.0
    if not 0 <= ratio <= 1:
        raise ValueError(f"got {text!r}; write a share between 0% and 100%")
    return ratio


@dataclass(frozen=True, slots=True)
class Window:
    """What a rule looks back over: a stretch of time, or the last so many counted runs.

    Exactly one of the two is set. `str(window)` is its notation and its key everywhere.
    """

    duration: timedelta | None = None
    runs: int | None = None

    @classmethod
    def parse(cls, text: str) -> Window:
        """`30m`, `24h`, `10 runs`. Raises ValueError otherwise."""
        found = re.fullmatch(r"\s*(\d+)\s+runs?\s*", text)
        if found:
            if len(found[1]) > 9 or not 1 <= int(found[1]) <= _MAX_RUNS:
                raise ValueError(f"got {text[:50]!r}; a window holds at least 1 run and at most {_MAX_RUNS}")
            return cls(runs=int(found[1]))
        try:
            duration = parse_duration(text)
        except ValueError:
            raise ValueError(f"got {text!r}; write a window such as 1h, 7d or 10 runs") from None
        if not duration:
            raise ValueError(f"got {text!r}; a window is longer than nothing")
        return cls(duration=duration)

    def __str__(self) -> str:
        if self.runs is not None:
            return f"{self.runs} runs"
        return format_duration(self.duration or timedelta())


class Comparison(StrEnum):
    """How a reading is held against a threshold."""

    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="


@dataclass(frozen=True, slots=True)
class Threshold:
    """`> 5%`: when a reading meets it. value: in the indicator's own unit (ratio, seconds, count)."""

    comparison: Comparison
    value: float
    unit: Unit

    @classmethod
    def parse(cls, text: str, unit: Unit) -> Threshold:
        """A comparison, a number and a unit that suits the indicator's. Raises ValueError otherwise."""
        found = re.fullmatch(r"\s*(>=|<=|>|<)\s*(\S.*?)\s*", text)
        if not found:
            raise ValueError(f'got {text!r}; write a comparison and a number, such as "> 5%"')
        return cls(Comparison(found[1]), _threshold_value(found[2], unit, text), unit)

    @property
    def rises(self) -> bool:
        """Whether large readings are the bad ones."""
        return self.comparison in (Comparison.ABOVE, Comparison.AT_LEAST)

    def met(self, reading: float) -> bool:
        """Whether the reading is on the bad side."""
        match self.comparison:
            case Comparison.ABOVE:
                return reading > self.value
            case Comparison.AT_LEAST:
                return reading >= self.value
            case Comparison.BELOW:
                return reading < self.value
            case Comparison.AT_MOST:
                return reading <= self.value

    def __str__(self) -> str:
        match self.unit:
            case Unit.RATIO:
                return f"{self.comparison} {round(self.value * 100, 6):g}%"
            case Unit.SECONDS:
                return f"{self.comparison} {format_duration(timedelta(seconds=self.value))}"
            case Unit.COUNT:
                return f"{self.comparison} {self.value:g}"
            case Unit.FACTOR:
                return f"{self.comparison} {self.value:g}"


def _threshold_value(number: str, unit: Unit, text: str) -> float:
    try:
        match unit:
            case Unit.RATIO:
                if not number.endswith("%") and not re.fullmatch(r"0(\.\d+)?|1(\.0+)?", number):
                    raise ValueError
                return parse_ratio(number)
            case Unit.SECONDS:
                return parse_duration(number).total_seconds()
            case Unit.COUNT:
                return _parse_count(number)
            case Unit.FACTOR:
                return _parse_factor(number)
    except ValueError:
        wanted = {
            "ratio": "a share such as 5%",
            "seconds": "a duration such as 10m",
            "count": "a whole number",
            "factor": "a number such as 14.4",
        }
        raise ValueError(
            f"got {text!r}; this indicator is measured in {unit}: write {wanted[unit]}"
        ) from None


def _parse_count(text: str) -> float:
    if not re.fullmatch(r"[+-]?\d{1,15}", text):
        raise ValueError
    return float(int(text))


def _parse_factor(text: str) -> float:
    if not re.fullmatch(r"\d{1,9}(?:\.\d{1,6})?", text):
        raise ValueError
    return float(text)
