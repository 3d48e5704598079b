"""An object as a key of memory, for results that hold as long as the very same input is handed in."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")

MOST_HELD = 16_384
"""So many results are kept of one kind: one for each source of a large installation, since sources take turns, and
a smaller memory would have forgotten each by the time it comes again."""


class Same(Generic[T]):
    """Equal only to another one that holds the same object; the object lives as long as its memory."""

    def __init__(self, held: T) -> None:
        self.held = held

    def __hash__(self) -> int:
        return id(self.held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.held is self.held
