"""Reads one value of a pushed event, each kind of field with the JSON Schema that it promises (pure)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from collectors.times import parse_time
from collectors.values import as_count, as_json, as_seconds, as_text
from core.histogram import Histogram
from core.records import (
    ErrorClass,
    ErrorOrigin,
    RunStatus,
)
from core.settings.base import suggestion

LONGEST_ID = 200

AHEAD = timedelta(days=1)
"""A clock may be wrong by so much; what lies further ahead has not happened."""

UTC_ZONE = ZoneInfo("UTC")

OLDEST = datetime(1990, 1, 1, tzinfo=UTC)

LATEST = datetime(2200, 1, 1, tzinfo=UTC)

_MOST = 10**12

_LONGEST_SECONDS = 10.0**8

Schema = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event. read: None for nothing, ValueError where it cannot; schema: its JSON Schema."""

    read: Callable[[object], object]
    schema: Schema


class EventError(ValueError):
    """An event that is not taken. problems: (field, what is wrong and the remedy)."""

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{field}: {text}" for field, text in self.problems))


def text_of(value: object) -> object:
    """A text, None for nothing; ValueError for a list or an object."""
    if isinstance(value, list | dict):
        raise ValueError(
            "got a list; write a text" if isinstance(value, list) else "got an object; write a text"
        )
    return as_text(value)


def _count(value: object) -> object:
    number = as_count(value)
    if number is not None and number > _MOST:
        raise ValueError(f"got {number}; write at most {_MOST}")
    return number


def _seconds(value: object) -> float | None:
    number = as_seconds(value)
    if number is not None and number > _LONGEST_SECONDS:
        raise ValueError(f"got {number:g}; write seconds, at most {_LONGEST_SECONDS:g}")
    return number


def _number(value: object) -> object:
    if value is None or value == "":
        return None
    try:
        number = (
            float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
        )
    except (ValueError, OverflowError):
        number = math.nan
    if not abs(number) <= 1e15:
        raise ValueError("is not a number of usual size; write one such as 5000")
    return number


def _time(value: object) -> datetime | None:
    try:
        at = parse_time(value, UTC_ZONE)
    except ValueError as error:
        # What a source's settings could say of its times, nobody can say of what is pushed.
        what = str(error).partition("; ")[0]
        raise ValueError(f"{what}; write it as 2026-11-24T13:30:50Z") from None
    if at is not None and not OLDEST <= at <= LATEST:
        raise ValueError(f"got {at.isoformat()}; write a time of our days")
    return at


def _flag(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    raise ValueError("is neither true nor false; write one of them, or null where it is not known")


def _status(value: object) -> int:
    number = as_count(value)
    if number is None or not (number == 0 or 100 <= number <= 599):
        raise ValueError(f"got {number}; write an HTTP status from 100 to 599, or 0 where none was read")
    return number


def _latency(value: object) -> Histogram:
    histogram = Histogram()
    for one in value if isinstance(value, list) else [value]:
        seconds = _seconds(one)
        if seconds is not None:
            histogram.add(seconds)
    return histogram


def _payload(value: object) -> str | None:
    return None if value is None else as_json(value)


def word_of(words: type[RunStatus] | type[ErrorOrigin] | type[ErrorClass]) -> Field:
    """A field that takes one of these words."""
    known = [word.value for word in words]

    def read(value: object) -> object:
        text = (as_text(value) or "").strip().casefold()
        if not text:
            return None
        if text not in known:
            raise ValueError(f'got "{text[:60]}"; {suggestion(text, known)}')
        return words(text)

    return Field(read, {"type": "string", "enum": known})


TEXT = Field(text_of, {"type": "string"})

COUNT = Field(_count, {"type": "integer", "minimum": 0})

SECONDS = Field(_seconds, {"type": "number", "minimum": 0})

NUMBER = Field(_number, {"type": "number"})

TIME = Field(_time, {"type": "string", "format": "date-time"})

FLAG = Field(_flag, {"type": ["boolean", "null"]})

HTTP_STATUS = Field(_status, {"type": "integer", "minimum": 0, "maximum": 599})

LATENCY = Field(
    _latency,
    {
        "description": "seconds of the call, or a list of them",
        "type": ["number", "array"],
        "items": {"type": "number"},
    },
)

PAYLOAD = Field(_payload, {"description": "any JSON; personal fields are masked when it arrives"})
