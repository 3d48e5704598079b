"""The strip of days: one coloured block a day, all integrations on one scale, as a small picture."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote

from core.records import RunStatus
from dashboard.words import RUN
from storage.queries.rows_series import DayCell

# As high as a row of the table leaves room for, so that the picture is drawn at its own size.
_STEP, _WIDTH, _HEIGHT = 4, 3, 24


class Day(StrEnum):
    """How a day went, as one letter."""

    GOOD = "g"
    SOME_FAILED = "a"
    MOST_FAILED = "r"
    OTHER = "o"
    NO_RUNS = "-"


MOST = 0.5
"""From this share of failed runs on, a day is drawn as failed rather than as troubled."""


def day_of(cell: DayCell) -> Day:
    """How a day went: by the share of failed runs among those that count."""
    if not cell.counted:
        return Day.OTHER if cell.other else Day.NO_RUNS
    if cell.failed / cell.counted >= MOST:
        return Day.MOST_FAILED
    return Day.SOME_FAILED if cell.failed else Day.GOOD


def picture(cells: Sequence[DayCell], dark: bool) -> str:
    """The strip as the address of an SVG picture that needs no request."""
    return _picture("".join(day_of(cell) for cell in cells), dark)


@lru_cache(maxsize=2048)
def _picture(days: str, dark: bool) -> str:
    colors = {
        Day.GOOD: RUN[RunStatus.SUCCEEDED].paint(dark),
        Day.SOME_FAILED: RUN[RunStatus.PARTIAL].paint(dark),
        Day.MOST_FAILED: RUN[RunStatus.FAILED].paint(dark),
        Day.OTHER: RUN[RunStatus.CANCELLED].paint(dark),
        Day.NO_RUNS: "#33415580" if dark else "#cbd5e180",
    }
    paths = "".join(
        f"<path fill='{color}' d='{''.join(_block(at, day) for at, one in enumerate(days) if one == day)}'/>"
        for day, color in colors.items()
        if day in days
    )
    width = len(days) * _STEP - (_STEP - _WIDTH)
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{_HEIGHT}'>{paths}</svg>"
    return "data:image/svg+xml," + quote(svg, safe="/:='(), ")


def _block(place: int, day: Day) -> str:
    # A day without runs is a low block: told from the others by its shape as well as its colour.
    height = 7 if day is Day.NO_RUNS else _HEIGHT
    return f"M{place * _STEP} {_HEIGHT - height}h{_WIDTH}v{height}h-{_WIDTH}z"
