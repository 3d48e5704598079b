"""Makes record events and count readings of items, by the names that a configuration gives their fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from collectors.mapping import Convert, FieldReader
from collectors.problems import Problems
from collectors.times import NO_HINTS, Hints, instants
from collectors.values import as_count, as_json, as_text
from collectors.views import compile_view_expression
from core.records import CountReading, RecordEvent

RECORD_EVENT_FIELDS = (
    "event_id", "entity", "record_key", "step", "outcome", "status", "request", "response", "at",
)  # fmt: skip
"""The names that `fields:` of record events may give."""

RECORD_EVENT_REQUIRED = ("event_id", "record_key", "step", "outcome")

COUNT_FIELDS = ("entity", "count", "observed_at")
"""The names that `fields:` of counts may give."""


class RecordEventMapping:
    """Makes a `RecordEvent` of a view (see `collectors.views`)."""

    __slots__ = ("_reader",)

    def __init__(self, reader: FieldReader) -> None:
        self._reader = reader

    @classmethod
    def compile(cls, fields: Mapping[str, str], zone: ZoneInfo, hints: Hints = NO_HINTS) -> Self:
        """fields: our name → JMESPath; zone: of naive times. Raises ValueError, KeyError for bad ones."""
        converts: dict[str, Convert] = {
            **dict.fromkeys(RECORD_EVENT_FIELDS, as_text),
            "status": as_count,
            "at": instants(zone, hints),
            "request": as_json,
            "response": as_json,
        }
        return cls(FieldReader(fields, converts, compile_view_expression))

    def event(
        self, view: object, problems: Problems, name: object = "", *, observed_at: datetime
    ) -> RecordEvent | None:
        """The event; None, as a problem, if its id, key, step or outcome is missing.

        observed_at: our clock, for an event without a time.
        """
        values = self._reader.read(view, problems, name)
        missing = [field for field in RECORD_EVENT_REQUIRED if field not in values]
        if missing:
            problems.add(
                "missing_key",
                str(name),
                f"the record event has no {', '.join(missing)}; map fields that it has",
            )
            return None
        values.setdefault("at", observed_at)
        values.setdefault("entity", "")
        return RecordEvent(**values)  # type: ignore[arg-type]


class CountMapping:
    """Makes a `CountReading` of a view (see `collectors.views`)."""

    __slots__ = ("_reader",)

    def __init__(self, reader: FieldReader) -> None:
        self._reader = reader

    @classmethod
    def compile(cls, fields: Mapping[str, str], zone: ZoneInfo, hints: Hints = NO_HINTS) -> Self:
        """fields: our name → JMESPath; zone: of naive times. Raises ValueError, KeyError for bad ones."""
        converts: dict[str, Convert] = {
            "entity": as_text,
            "count": as_count,
            "observed_at": instants(zone, hints),
        }
        return cls(FieldReader(fields, converts, compile_view_expression))

    def reading(
        self, view: object, problems: Problems, name: object = "", *, observed_at: datetime
    ) -> CountReading | None:
        """The reading; None, as a problem, if it holds no number. observed_at: our clock."""
        values = self._reader.read(view, problems, name)
        if "count" not in values:
            problems.add(
                "missing_key", str(name), "the count reading has no count; map a field that it always has"
            )
            return None
        values.setdefault("entity", "")
        values.setdefault("observed_at", observed_at)
        return CountReading(**values)  # type: ignore[arg-type]
