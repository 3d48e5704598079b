"""Cuts a stretch of time into whole local days, whole hours and remainders: an exact sum costs few rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from zoneinfo import ZoneInfo

from storage.days import HOUR, Days

FEW_HOURS = 2 * HOUR
MANY_DAYS = 72 * HOUR


class Level(Enum):
    """Which rows a piece is summed from."""

    FINE = "fine"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Piece:
    """A half-open stretch [start, end) in µs, to be read from rows of one level."""

    level: Level
    start: int
    end: int


def pieces(start: int, end: int, zone: ZoneInfo | None) -> tuple[Piece, ...]:
    """[start, end) without gap or overlap; days only where the zone of the day rows is known."""
    first_hour, last_hour = -(-start // HOUR) * HOUR, end // HOUR * HOUR
    if end - start <= FEW_HOURS or first_hour >= last_hour:
        return (Piece(Level.FINE, start, end),)
    first_day, last_day = first_hour, first_hour
    if zone is not None and end - start >= MANY_DAYS:
        days = Days(zone)
        first_day, last_day = days.next_day(days.day_of(start - 1)), days.day_of(end)
        if first_day % HOUR or last_day % HOUR:  # a zone of half hours cuts the hours
            return _kept(
                Piece(Level.FINE, start, first_hour),
                Piece(Level.HOUR, first_hour, last_hour),
                Piece(Level.FINE, last_hour, end),
            )
    return _kept(
        Piece(Level.FINE, start, first_hour),
        Piece(Level.HOUR, first_hour, first_day),
        Piece(Level.DAY, first_day, last_day),
        Piece(Level.HOUR, last_day, last_hour),
        Piece(Level.FINE, last_hour, end),
    )


def by_hours(piece: Piece) -> Piece:
    """The same stretch from hour rows, where day rows cannot be used."""
    return Piece(Level.HOUR, piece.start, piece.end)


def _kept(*found: Piece) -> tuple[Piece, ...]:
    return tuple(_non_empty(found))


def _non_empty(found: tuple[Piece, ...]) -> Iterator[Piece]:
    return (piece for piece in found if piece.start < piece.end)
