"""Lists of records that stand inside items or beside them: failed records, record events, counts (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from collectors.expressions import ExpressionError, compile_expression
from collectors.mapping_settings import CountsSettings, FailedRecordsSettings, RecordEventsSettings
from collectors.problems import Problems
from collectors.views import View, views
from core.records import SyncRun

R = TypeVar("R")
Make = Callable[[View, Problems, str, SyncRun | None], R | None]
"""A record of an entry; None, as a problem, where it lacks what it is known by."""


class InnerList(Generic[R]):
    """One of the lists, by its settings. kind: what its entries are called in problems."""

    __slots__ = ("_kind", "_make", "_records", "_where", "_whole")

    def __init__(
        self,
        settings: FailedRecordsSettings | RecordEventsSettings | CountsSettings,
        kind: str,
        make: Make[R],
    ) -> None:
        self._records = compile_expression(settings.records)
        self._where = compile_expression(settings.where) if settings.where is not None else None
        self._whole = settings.records.strip() == "@"
        self._kind = kind
        self._make = make

    def inside(self, item: object, problems: Problems, name: str, run: SyncRun | None) -> list[R] | None:
        """The records of an item's own list; None where it has none. run: the item's."""
        try:
            if self._records(item) is None:
                return None
            return self._made(views(item, self._records, self._where), problems, name, run)
        except ExpressionError as error:
            problems.add("bad_expression", f"{name}: {self._kind}", str(error))
            return None

    def beside(self, body: object, problems: Problems) -> list[R]:
        """The records of a list that stands in the answer itself."""
        if self._whole or not isinstance(body, Mapping):
            return []
        return self.inside(body, problems, "the answer", None) or []

    def _made(self, entries: Iterable[View], problems: Problems, name: str, run: SyncRun | None) -> list[R]:
        made = (
            self._make(entry, problems, f"{name}: {self._kind} {number}", run)
            for number, entry in enumerate(entries, start=1)
        )
        return [record for record in made if record is not None]
