"""Which page comes after one, and where a list ends: no next one, a page or a position seen before (pure)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace

from collectors.exchange import Response
from collectors.marks import Raw
from collectors.sources._rest_cursor import Sweep
from collectors.sources._rest_pages import Pages, Position, Walk
from collectors.sources._rest_pages_settings import (
    CursorPages,
    LastItemPages,
    NoPages,
    NumberedPages,
    OffsetPages,
)
from collectors.sources._rest_parse import digest_of

_MOST_EMPTY = 20
"""Pages in a row without an item, after which a poll ends; the next one goes on there."""


@dataclass(slots=True)
class Ends:
    """What one poll has seen of a list.

    identity: what tells an item from others; past: whether a list that begins with the newest is past a mark.
    tired: too many empty pages came in a row; unnamed: the answer named no next page; ignored: the second page was the first one again, all of it,
    as where a server does not know the parameters.
    """

    walk: Walk
    identity: Callable[[object], Hashable]
    past: Callable[[Sequence[object], Raw | None], bool]
    tired: bool = False
    ignored: bool = False
    unnamed: bool = False
    _seen: set[Hashable] = field(default_factory=set)
    _been: set[Position] = field(default_factory=set)
    _empty: int = 0

    def after(self, sweep: Sweep, response: Response, body: object, items: Sequence[object]) -> Sweep | None:
        """The sweep at its next page; None where this page is the end, judged before any filter."""
        pages = self.walk.pages
        self.unnamed = isinstance(pages, NoPages)
        if isinstance(pages, NoPages) or (not items and isinstance(pages, OffsetPages | NumberedPages)):
            return None
        first = len(self._been) == 1
        self._been.add(sweep.position)
        digest = sweep.last_page
        # Systems that filter after they have cut the list into pages answer empty ones in its midst.
        self._empty = 0 if items else self._empty + 1
        self.tired = self._empty >= _MOST_EMPTY
        if items:
            digest = digest_of(items)
            known = {self.identity(item) for item in items}
            # One new item is enough to go on: a list that shifts while it is walked shows some twice.
            over = digest == sweep.last_page or known <= self._seen
            self._seen |= known
            if over:
                self.ignored = first and digest == sweep.last_page and _full(pages, len(items))
                return None
            if self.past(items, sweep.since):
                return None
        position = self.walk.after(sweep.position, response, body, items)
        self.unnamed = position is None
        if position is None or position in self._been:
            return None
        return replace(sweep, position=position, last_page=digest)


def _full(pages: Pages, items: int) -> bool:
    """Whether there may be more behind a page: it held as much as was asked for, or more than what the next is named by.

    A list that goes on at its last item, and not behind it, ends in that item again; one whose page is an address
    may end in an address that is its own.
    """
    match pages:
        case OffsetPages(size=size):
            return items >= size
        case NumberedPages(size=size):
            return size is None or items >= size
        case CursorPages() | LastItemPages():
            return items > 1
        case _:
            return False
