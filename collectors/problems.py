"""Gathers what could not be read: alike problems counted together, the list bounded."""

from __future__ import annotations

from core.records import Problem

MOST_KINDS_KEPT = 200
_LONGEST_MESSAGE = 300


class Problems:
    """The problems of one batch, alike ones (same kind and place) as one with a count.

    At most `MOST_KINDS_KEPT` different ones are named; those beyond are counted by kind under the
    place "and more". Not thread-safe: one batch is read by one thread.
    """

    __slots__ = ("_found", "count")

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[str | int]] = {}
        self.count = 0

    def add(self, kind: str, where: str, message: str, count: int = 1) -> None:
        """Count one problem (see `core.records.Problem` for the fields)."""
        self.count += count
        key = (kind, where)
        if key not in self._found and len(self._found) >= MOST_KINDS_KEPT:
            key = (kind, "and more")
        entry = self._found.setdefault(key, [message[:_LONGEST_MESSAGE], 0])
        entry[1] = int(entry[1]) + count

    def listed(self) -> list[Problem]:
        """All of them, in the order they were first met."""
        return [
            Problem(kind=kind, where=where, message=str(message), count=int(count))
            for (kind, where), (message, count) in self._found.items()
        ]

    def take(self) -> list[Problem]:
        """All of them, and forget them."""
        found = self.listed()
        self._found.clear()
        self.count = 0
        return found
