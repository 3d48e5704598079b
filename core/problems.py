"""Tells what could not be read in a list that stays short, and leaves nothing out of its count (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from core.records import Problem

MOST_TOLD = 40
"""Of which each is told by its place; those beyond are told by their kind alone."""

MOST_LINES_TOLD = 3
"""Of one kind in one file: a file of nothing but such lines leaves room for what is wrong with the others."""

AND_MORE = "and more"

_LINE, _FURTHER = ": line ", ": further lines"
_LONGEST_PLACE = 500
_LONGEST_MESSAGE = 500

Told = dict[tuple[str, str], Problem]
"""Each by its kind and the place it is told at."""


def tell(told: Told, problems: Iterable[Problem]) -> None:
    """Add problems to those that are told already: alike ones are one with a count."""
    for problem in problems:
        place = _place(told, problem)
        known = told.get((problem.kind, place))
        told[problem.kind, place] = Problem(
            kind=problem.kind,
            where=place,
            message=problem.message[:_LONGEST_MESSAGE] if known is None else known.message,
            count=problem.count + (0 if known is None else known.count),
        )


def _place(told: Told, problem: Problem) -> str:
    """Its own while there is room, else one that it shares with others of its kind."""
    kind = problem.kind
    file, line, number = problem.where.partition(_LINE)
    if len(file) > (longest := _LONGEST_PLACE if line else _LONGEST_PLACE + len(_FURTHER)):
        file = "…" + file[1 - longest :]
    where = f"{file}{line}{number[:_LONGEST_PLACE]}"
    if (kind, where) in told:
        return where
    if line:
        alike = sum(kind == other and place.startswith(file + line) for other, place in told)
        where = where if alike < MOST_LINES_TOLD else file + _FURTHER
    return where if (kind, where) in told or len(told) < MOST_TOLD else AND_MORE
