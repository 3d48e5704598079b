"""Failed records that stand in a list inside items, or beside them (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from collectors.expressions import ExpressionError, compile_expression
from collectors.mapping import FailedRecordMapping
from collectors.mapping_settings import FailedRecordsSettings
from collectors.problems import Problems
from collectors.views import View, views
from core.records import FailedRecord, SyncRun


class InnerList:
    """The list that `failed_records:` describes. now: for records that tell no time."""

    __slots__ = ("_mapping", "_now", "_records", "_where", "_whole")

    def __init__(self, settings: FailedRecordsSettings, mapping: FailedRecordMapping, now: datetime) -> None:
        self._records = compile_expression(settings.records)
        self._where = compile_expression(settings.where) if settings.where is not None else None
        self._whole = settings.records.strip() == "@"
        self._mapping = mapping
        self._now = now

    def inside(
        self, item: object, problems: Problems, name: str, run: SyncRun | None
    ) -> list[FailedRecord] | None:
        """The records of an item's own list; None where it has none. run: the item's."""
        try:
            if self._records(item) is None:
                return None
            return self._made(views(item, self._records, self._where), problems, name, run)
        except ExpressionError as error:
            problems.add("bad_expression", f"{name}: failed_records", str(error))
            return None

    def beside(self, body: object, problems: Problems) -> list[FailedRecord]:
        """The records of a list that stands in the answer itself."""
        if self._whole or not isinstance(body, Mapping):
            return []
        return self.inside(body, problems, "the answer", None) or []

    def _made(
        self, entries: Iterable[View], problems: Problems, name: str, run: SyncRun | None
    ) -> list[FailedRecord]:
        made = (
            self._mapping.record(
                entry, problems, f"{name}: failed record {number}", run=run, observed_at=self._now
            )
            for number, entry in enumerate(entries, start=1)
        )
        return [record for record in made if record is not None]
