"""The only place that asks what time it is, and how instants become stored integers and back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)


def to_micros(at: datetime) -> int:
    """An aware instant as whole microseconds since 1970-01-01T00:00:00Z."""
    # A double holds the seconds of any year below 2243 to less than half a microsecond, so the
    # rounding is exact there, and this is three times faster than dividing timedeltas.
    return round(at.timestamp() * 1_000_000)


def from_micros(micros: int) -> datetime:
    """The aware UTC instant of whole microseconds since the epoch."""
    return _EPOCH + timedelta(microseconds=micros)
