"""An object as a key of memory, for results that hold as long as the very same input is handed in."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Generic, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")

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


_memories: list[Callable[[], None]] = []


def remembered(make: Callable[P, T]) -> Callable[P, T]:
    """Make a thing of what a configuration says once, and hand out the same until `forget`. All that it takes is hashable."""
    memory = lru_cache(maxsize=MOST_HELD)(make)
    _memories.append(memory.cache_clear)
    return memory  # type: ignore[return-value]


def forget() -> None:
    """What was made of a configuration that another has replaced is of no use, and holds its secrets. Any thread may call."""
    for clear in _memories:
        clear()
