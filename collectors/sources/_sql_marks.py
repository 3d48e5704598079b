"""Marks in a column of any type: how they compare, step back, and are kept between polls (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from collectors.marks import Mark
from collectors.times import read_time
from collectors.times_none import is_no_end
from core.records import Json

Value = str | int | float | Decimal | datetime | date | bytes | UUID
"""What a column gives, and what `:cursor` is bound to."""

_Day = TypeVar("_Day", datetime, date)
_SECOND = timedelta(seconds=1)
_FAR = timedelta(days=365 * 20)


@dataclass(frozen=True, slots=True)
class SqlMark:
    """One mark. value: as the column gave it; at: the instant it means, None where it is none.

    order: sorts marks as their database does: texts that are no times by their characters, numbers by
    size, times by instant.
    """

    value: Value
    at: datetime | None
    order: tuple[int, float, str]

    def __lt__(self, other: SqlMark) -> bool:
        return self.order < other.order

    def back(self, lookback: timedelta, zone: ZoneInfo) -> SqlMark | None:
        """An earlier mark, so that what stands at this one is read again: by lookback where it is a
        time, by a little where it is a number; None where there is no telling what comes before."""
        by = max(lookback, _SECOND)
        match self.value:
            case datetime():
                return mark_of(_earlier(self.value, by), zone)
            case date():
                return mark_of(_earlier(self.value, max(by, timedelta(days=1))), zone)
            case Decimal():
                return mark_of(self.value - 1, zone)
            case int() | float() | str() if self.at is not None:
                moved = Mark.of(self.value, zone)
                return mark_of(moved.back(by, zone).raw, zone) if moved is not None else None
            case int() | float():
                return mark_of(self.value - 1, zone)
            case _:
                return None

    def capped(self, now: datetime, zone: ZoneInfo) -> SqlMark:
        """Not later than now: rows planned for later are listed today, and others come before them."""
        if self.at is None or self.at <= now:
            return self
        match self.value:
            case datetime():
                local = now if self.value.tzinfo else now.astimezone(zone).replace(tzinfo=None)
                return mark_of(local, zone) or self
            case date():
                return mark_of(now.astimezone(zone).date(), zone) or self
            case str() | int() | float():
                mark = Mark.of(self.value, zone)
                # A number so far ahead is no epoch but a large counter.
                if mark is None or (mark.number is not None and self.at - now > _FAR):
                    return self
                return mark_of(mark.moved_to(now, zone).raw, zone) or self
            case _:
                return self


def mark_of(value: object, zone: ZoneInfo) -> SqlMark | None:
    """The mark that a value is; None for nothing, for what has no end and for what does not sort. zone: of naive times."""
    match value:
        case bool() | None | "":
            return None
        case datetime() | date():
            at = read_time(value, zone)
            return None if at is None or is_no_end(at) else SqlMark(value, at, (2, at.timestamp(), ""))
        case Decimal():
            return SqlMark(value, None, (1, float(value), "")) if value.is_finite() else None
        case int() | float():
            mark = Mark.of(value, zone)
            return SqlMark(value, mark.at, (1, float(value), "")) if mark is not None else None
        case str():
            mark = Mark.of(value, zone)
            return SqlMark(value, mark.at, mark.order()) if mark is not None else None
        case bytes():
            return SqlMark(value, None, (0, 0.0, value.hex()))
        case UUID():
            return SqlMark(value, None, (0, 0.0, value.hex))
        case _:
            return None


def stored(value: Value) -> Json:
    """A value as JSON; `restored` makes it what it was."""
    match value:
        case str() | int() | float():
            return value
        case datetime():
            return {"type": "datetime", "value": value.isoformat()}
        case date():
            return {"type": "date", "value": value.isoformat()}
        case bytes():
            return {"type": "bytes", "value": value.hex()}
        case Decimal():
            return {"type": "decimal", "value": str(value)}
        case UUID():
            return {"type": "uuid", "value": str(value)}


_READERS: dict[str, Callable[[str], Value]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "bytes": bytes.fromhex,
    "decimal": Decimal,
    "uuid": UUID,
}


def restored(kept: Json) -> Value | None:
    """A value as it was before `stored`; None for nothing, and for what nobody stored."""
    if isinstance(kept, Mapping):
        read, text = _READERS.get(str(kept.get("type"))), kept.get("value")
        if read is None or not isinstance(text, str):
            return None
        try:
            return read(text)
        except (ValueError, ArithmeticError):
            return None
    return kept if isinstance(kept, str | int | float) and not isinstance(kept, bool) else None


def _earlier(value: _Day, by: timedelta) -> _Day:
    try:
        return value - by
    except OverflowError:
        return value
