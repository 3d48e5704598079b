"""The cursors that this process wrote or read itself, good for as long as it alone writes the database."""

from __future__ import annotations

from core.records import Cursor
from storage.cursor_texts import cursor_in
from storage.keys import SourceKey


class KnownCursors:
    """Where sources stand, without asking the database. Threads may share it.

    alone: nobody else writes this database (SQLite's one owner); without it nothing is remembered.
    """

    def __init__(self, *, alone: bool) -> None:
        self._alone = alone
        self._known: dict[SourceKey, tuple[int, str]] = {}
        self.age = 0
        """How often all was forgotten: what was written before that is not remembered after it."""

    def get(self, source: SourceKey) -> tuple[int, Cursor] | None:
        """(revision, cursor), the cursor a copy of its own; None where the database has to be asked."""
        known = self._known.get(source)
        if known is None:
            return None
        revision, text = known
        return revision, cursor_in(text)

    def put(self, source: SourceKey, revision: int, text: str, age: int) -> None:
        """Remember what stands there by now. text: the cursor's JSON; age: from before it was looked at."""
        if self._alone and age == self.age:
            self._known[source] = (revision, text)

    def forget(self, source: SourceKey) -> None:
        """Have the database asked for this one."""
        self._known.pop(source, None)

    def forget_all(self) -> None:
        """Have the database asked for all of them: sources were renamed, say."""
        self.age += 1
        self._known.clear()
