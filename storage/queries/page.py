"""One page of a list, and the key by which the next one is found: never an offset.

A key is the place after the last row of a page: the sort value and the row's id. It is text, so that
it can stand in an address.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from storage.selected import AnyRow

T = TypeVar("T")

MAX_LIMIT = 1000


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Rows, newest first; `next`: the key of the following page, None at the end."""

    items: tuple[T, ...]
    next: str | None = None


class Key(msgspec.Struct, frozen=True):
    """Where a page ended. group: `o` among open rows, `e` among ended ones; at: µs; id: the tiebreak."""

    group: str
    at: int
    id: int

    def __str__(self) -> str:
        return f"{self.group}{self.at}.{self.id}"


def read_key(text: str | None) -> Key | None:
    """A key as `Page.next` gave it. Raises ValueError for anything else."""
    if not text:
        return None
    at, dot, row_id = text[1:].partition(".")
    if text[0] not in "oe" or not dot or not _whole(at) or not _whole(row_id):
        raise ValueError(f"got {text!r}; a page's key is what the page before it gave as its next")
    return Key(text[0], int(at), int(row_id))


def page_of(rows: Sequence[AnyRow], size: int, at: str, make: Callable[[AnyRow], T]) -> Page[T]:
    """The first `size` rows as what they are; where there are more, the place at which the next page begins.

    at: the column that they are sorted by; make: what one row is.
    """
    last = rows[size - 1] if len(rows) > size else None
    following = None if last is None else str(Key("e", getattr(last, at), last.id))
    return Page(tuple(map(make, rows[:size])), following)


def limited(limit: int) -> int:
    """A page's size, between 1 and MAX_LIMIT."""
    return max(1, min(limit, MAX_LIMIT))


def _whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and len(text) < 20
