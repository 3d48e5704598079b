"""Gathers what could not be read: alike problems counted together, the list bounded."""

from __future__ import annotations

from core.problems import Told
from core.records import Problem

MOST_KINDS_KEPT = 200


class Problems(Told):
    """The problems of one batch; a poll tells fewer of all its batches. count: of all that were added.

    Not thread-safe: one batch is read by one thread.
    """

    __slots__ = ("count",)

    def __init__(self) -> None:
        super().__init__(most=MOST_KINDS_KEPT)
        self.count = 0

    def add(self, kind: str, where: str, message: str, count: int = 1) -> None:
        """Count one problem (see `core.records.Problem` for the fields)."""
        self.count += count
        super().add(kind, where, message, count)

    def take(self) -> list[Problem]:
        """All of them, and forget them."""
        found = self.listed()
        self._found.clear()
        self._lines.clear()
        self.count = 0
        return found
