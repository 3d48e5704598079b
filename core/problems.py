"""Tells what could not be read in a list that stays short, and leaves nothing out of its count (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Self

from core.records import Problem

MOST_TOLD = 40
"""Of which each is told by its place; those beyond are told by their kind alone."""

MOST_LINES_TOLD = 5
"""Of one kind in one file or answer: one of nothing but bad lines leaves room for what is wrong with the others."""

AND_MORE = "and more"

_NUMBERED = re.compile(r"(?:^|: )(line|row|item) \d+(?=$|:)")
_LONGEST = 500


class Told:
    """Problems by kind and place: alike ones are one with a count, and say what the first of them said.

    Adding what was listed to another one gives the same list again. Not thread-safe.
    """

    __slots__ = ("_found", "_lines", "_most")

    def __init__(self, problems: Iterable[Problem] = (), most: int = MOST_TOLD) -> None:
        """most: of which each is told by its place."""
        self._found: dict[tuple[str, str], list[str | int]] = {}
        self._lines: dict[tuple[str, str], int] = {}
        self._most = most
        for one in problems:
            self.add(one.kind, one.where, one.message, one.count)

    def __len__(self) -> int:
        return len(self._found)

    def add(self, kind: str, where: str, message: str, count: int = 1) -> None:
        """Count a problem (see `core.records.Problem` for the fields)."""
        entry = self._found.get((kind, where))
        if entry is None:
            entry = self._found.setdefault((kind, self._place(kind, where)), [message[:_LONGEST], 0])
        entry[1] = int(entry[1]) + count

    def copy(self) -> Self:
        """The same so far, to be added to apart."""
        other = type(self)()
        other._found = {key: [*entry] for key, entry in self._found.items()}
        other._lines, other._most = self._lines.copy(), self._most
        return other

    def listed(self) -> list[Problem]:
        """All of them, in the order they were first met."""
        return [
            Problem(kind=kind, where=where, message=str(message), count=int(count))
            for (kind, where), (message, count) in self._found.items()
        ]

    def _place(self, kind: str, where: str) -> str:
        """Its own while there is room, else one that it shares with others of its kind."""
        numbered = [*_NUMBERED.finditer(where)][-1:]
        if not numbered:
            place = _shortened(where, _LONGEST + 20)
        else:
            word, at = numbered[0][1], numbered[0].start(1)
            before = _shortened(where[:at], _LONGEST)
            place = before + where[at:][:_LONGEST]
            lines = (kind, before + word)
            if (kind, place) not in self._found:
                if (told := self._lines.get(lines, 0)) < MOST_LINES_TOLD:
                    self._lines[lines] = told + 1
                else:
                    place = f"{before}further {word}s"
        return place if (kind, place) in self._found or len(self._found) < self._most else AND_MORE


def _shortened(place: str, longest: int) -> str:
    """The end of it: there its name stands."""
    return place if len(place) <= longest else "…" + place[1 - longest :]
