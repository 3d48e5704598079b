"""Marks of how far a list was read: how they compare, move back, and go out as they came (pure)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import total_ordering
from zoneinfo import ZoneInfo

from collectors.times import read_time
from collectors.times_none import EPOCH, is_no_end, says_no_end
from collectors.times_notations import is_compact

Raw = str | int | float
"""A mark as the source wrote it: a time in any notation, a growing number, or a sortable text."""

EPOCHS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
"""Units of an epoch, and how many of them are a second."""

_MICROSECOND = timedelta(microseconds=1)

_EARLIEST_EPOCH = 100_000_000
"""A smaller number (before 1973) is a counter, not a time."""

_UNITS = ((100_000_000_000, 1), (100_000_000_000_000, 1000), (100_000_000_000_000_000, 1_000_000))
_NANOSECONDS = 1_000_000_000
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?P<gap>[T ])?(?P<clock>\d\d:\d\d(:\d\d([.,](?P<fraction>\d+))?)?)?(?P<zone> ?(Z|UTC|[+-]\d\d(:?\d\d)?))?"
)


@total_ordering
@dataclass(frozen=True, eq=False)
class Mark:
    """One mark. raw: as written; at: the instant it means, None for a counter or a text."""

    raw: Raw
    at: datetime | None
    number: float | None

    @classmethod
    def of(cls, value: object, zone: ZoneInfo) -> Mark | None:
        """The mark that a value is; None for nothing, for what has no end, and for what is neither number nor text.

        zone: of times that name none.
        """
        if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
            return None
        number = _number(value)
        if number is not None and not math.isfinite(number):
            # No cursor can hold it: JSON has no NaN, and such a number means nothing.
            return None
        if number is not None and abs(number) < _EARLIEST_EPOCH:
            return cls(value, None, number)
        try:
            at = read_time(value, zone)
        except ValueError:
            at = None
        if is_no_end(at) if at is not None else isinstance(value, str) and says_no_end(value):
            return None
        return cls(value, at, number)

    def order(self) -> tuple[int, float, str]:
        """What marks are compared by: texts before counters before times."""
        if self.at is not None:
            return 2, self.at.timestamp(), ""
        return (1, self.number, "") if self.number is not None else (0, 0.0, str(self.raw))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mark) and self.order() == other.order()

    def __lt__(self, other: Mark) -> bool:
        return self.order() < other.order()

    def __hash__(self) -> int:
        return hash(self.order())

    def back(self, lookback: timedelta, zone: ZoneInfo) -> Mark:
        """The mark so much earlier, in the same notation; a counter and a text stay as they are."""
        if self.at is None or not lookback:
            return self
        try:
            return self.moved_to(self.at - lookback, zone)
        except OverflowError:
            return self

    def moved_to(self, at: datetime, zone: ZoneInfo) -> Mark:
        """Another instant in this mark's notation."""
        return Mark(_written(at, self.raw, self.number, zone), at, self.number)

    def spelled(self, notation: str, zone: ZoneInfo) -> Raw:
        """The instant in another notation: epoch `s`, `ms`, `us` or `ns`, or a pattern of strftime in the zone.

        A counter and a text stay as they are.
        """
        if self.at is None:
            return self.raw
        if notation in EPOCHS:
            return (self.at - EPOCH) // _MICROSECOND * EPOCHS[notation] // 1_000_000
        return _local(self.at, zone).strftime(notation)


def _number(value: str | int | float) -> float | None:
    if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?\d+(\.\d*)?\s*", value, re.ASCII):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _written(at: datetime, like: Raw, number: float | None, zone: ZoneInfo) -> Raw:
    if number is not None:
        compact = _compact(at, number, zone)
        unit = next((unit for below, unit in _UNITS if abs(number) < below), _NANOSECONDS)
        whole = isinstance(like, int) or (isinstance(like, str) and "." not in like)
        moved = at.timestamp() * unit
        figure: Raw = compact or (int(moved) if whole else round(moved, 6))
        return str(figure) if isinstance(like, str) else figure
    shape = _ISO.fullmatch(str(like).strip())
    return _iso(at, shape, zone) if shape else at.isoformat().replace("+00:00", "Z")


def _compact(at: datetime, number: float, zone: ZoneInfo) -> int | None:
    """As 20261124133050, where the mark is such a date; None where it is an epoch."""
    if not number.is_integer() or not is_compact(int(number)):
        return None
    return int(_local(at, zone).strftime("%Y%m%d%H%M%S"))


def _local(at: datetime, zone: tzinfo) -> datetime:
    try:
        return at.astimezone(zone)
    except OverflowError:  # the first day there is
        return at


def _iso(at: datetime, shape: re.Match[str], zone: ZoneInfo) -> str:
    """ISO 8601 with the parts that the shape has: a clock, so many digits of a fraction, its zone.

    Databases and some APIs compare such texts by their characters: what is written otherwise passes rows over.
    """
    named = shape["zone"]
    # A time that names no zone is local time of the source, and is written as that again.
    local = _local(at, _offset(named) if named else zone).replace(tzinfo=None)
    if shape["clock"] is None:
        return local.date().isoformat()
    text = local.isoformat(sep=shape["gap"] or "T", timespec="seconds")
    if shape["fraction"]:
        digits = len(shape["fraction"])
        text += "." + f"{local.microsecond:06d}".ljust(digits, "0")[:digits]
    return text + (named or "")


def _offset(named: str) -> tzinfo:
    """The zone that a time names, so that it can be written in it again."""
    digits = named.strip().replace(":", "")
    if digits in ("Z", "UTC"):
        return UTC
    hours, minutes = int(digits[1:3]), int(digits[3:5] or 0)
    away = timedelta(hours=hours, minutes=minutes)
    return timezone(-away if digits[0] == "-" else away)
