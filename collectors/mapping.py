"""Makes sync runs and failed records of items, by the names that a configuration gives their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

from collectors.durations import seconds_of
from collectors.expressions import ExpressionError, Getter, compile_expression
from collectors.problems import Problems
from collectors.status_words import StatusWords
from collectors.times import NO_HINTS, Hints, instants
from collectors.values import as_count, as_json, as_text
from collectors.views import compile_view_expression
from core.records import ErrorClass, ErrorOrigin, FailedRecord, SyncRun

Convert = Callable[[object], object]
_Word = TypeVar("_Word", ErrorOrigin, ErrorClass)

_TEXT = ("external_id", "job", "trigger", "error_code", "error_message", "url")
_COUNT = ("attempt", "records_read", "records_written", "records_skipped", "records_failed", "bytes")
_TIME = ("started_at", "finished_at")
TIME_FIELDS = frozenset((*_TIME, "occurred_at", "at", "observed_at"))
"""The fields, of any record, that hold an instant."""

RUN_FIELDS = (*_TEXT, "status", *_TIME, "duration_seconds", *_COUNT, "error_origin", "error_class")
"""The names that `fields:` of a run may give."""

FAILED_RECORD_FIELDS = (
    "job", "run_external_id", "entity", "record_key", "root_key", "operation", "attempt", "error_origin", "error_class",
    "error_code", "error_message", "payload", "occurred_at", "file", "line",
)  # fmt: skip
"""The names that `fields:` of failed records may give."""

_MOST_KEYS = 15


class FieldReader:
    """Reads named fields of an item, each through its expression and its conversion."""

    __slots__ = ("_fields",)

    def __init__(
        self,
        fields: Mapping[str, str],
        converts: Mapping[str, Convert],
        compile_one: Callable[[str], Getter] = compile_expression,
    ) -> None:
        """converts: field → conversion, a ValueError meaning that the value cannot be read.

        Raises ValueError for an expression that is not JMESPath.
        """
        self._fields: list[tuple[str, Getter, Convert]] = [
            (name, compile_one(text), converts[name]) for name, text in fields.items()
        ]

    def read(self, item: object, problems: Problems, name: object) -> dict[str, object]:
        """The fields that are there and can be read; the others are left out, a bad one as a problem.

        name: names the item in problems (only then turned into text).
        """
        values: dict[str, object] = {}
        for field, get, convert in self._fields:
            try:
                value = get(item)
                if value is not None:
                    value = convert(value)
                    if value is not None:
                        values[field] = value
            except ExpressionError as error:
                problems.add("bad_expression", f"{name}: {field}", str(error))
            except ValueError as error:
                kind = "bad_time" if field in TIME_FIELDS else "bad_number"
                problems.add(kind, f"{name}: {field}", str(error))
        return values


class RunMapping:
    """Makes a `SyncRun` of an item."""

    __slots__ = ("_reader", "_status", "_words")

    def __init__(self, reader: FieldReader, status: Getter, words: StatusWords) -> None:
        self._reader, self._status, self._words = reader, status, words

    @classmethod
    def compile(
        cls,
        fields: Mapping[str, str],
        status_map: Mapping[str, str],
        zone: ZoneInfo,
        duration_unit: str = "s",
        hints: Hints = NO_HINTS,
    ) -> Self:
        """fields: our name → JMESPath; zone: of naive times; duration_unit: of bare numbers; hints: of times.

        Raises ValueError, KeyError for bad ones.
        """
        others = {name: text for name, text in fields.items() if name != "status"}
        status = compile_expression(fields["status"]) if "status" in fields else _nothing
        return cls(
            FieldReader(others, run_converts(zone, duration_unit, hints)), status, StatusWords(status_map)
        )

    def run(
        self, item: object, problems: Problems, name: object = "", fallback_id: str | None = None
    ) -> SyncRun | None:
        """The run, without the fields that cannot be read; None, as a problem, if it has no id.

        name: names the item in problems (its id does where the name is ""); fallback_id: the id
        of a run that brings none.
        """
        values = self._reader.read(item, problems, name)
        if "external_id" not in values:
            if fallback_id is None:
                problems.add("missing_id", str(name), _without("the run has no external_id", item))
                return None
            values["external_id"] = fallback_id
        try:
            word = self._status(item)
        except ExpressionError as error:
            problems.add("bad_expression", f"{name}: status", str(error))
            word = None
        return SyncRun(status=self._words.read(word, problems), **values)  # type: ignore[arg-type]


class FailedRecordMapping:
    """Makes a `FailedRecord` of a view (see `collectors.views`)."""

    __slots__ = ("_reader",)

    def __init__(self, reader: FieldReader) -> None:
        self._reader = reader

    @classmethod
    def compile(cls, fields: Mapping[str, str], zone: ZoneInfo, hints: Hints = NO_HINTS) -> Self:
        """fields: our name → JMESPath; zone: of naive times. Raises ValueError, KeyError for bad ones."""
        return cls(FieldReader(fields, failed_record_converts(zone, hints), compile_view_expression))

    def record(
        self,
        view: object,
        problems: Problems,
        name: object = "",
        *,
        run: SyncRun | None,
        observed_at: datetime,
        file: str | None = None,
        line: int | None = None,
    ) -> FailedRecord | None:
        """The failed record; None, as a problem, if it has no key.

        run: the run it belongs to, which gives its job, id, attempt and time where the view has none;
        observed_at: our clock, the last resort; file, line: where it stands, if the view does not say.
        """
        values = self._reader.read(view, problems, name)
        if "record_key" not in values:
            entry = view.get("item") if isinstance(view, Mapping) else None
            problems.add("missing_key", str(name), _without("the failed record has no record_key", entry))
            return None
        if run is not None:
            values.setdefault("job", run.job)
            values.setdefault("run_external_id", run.external_id)
            values.setdefault("attempt", run.attempt or 1)
            values.setdefault("occurred_at", run.finished_at or run.started_at or observed_at)
        values.setdefault("occurred_at", observed_at)
        values.setdefault("file", file)
        values.setdefault("line", line)
        return FailedRecord(**values)  # type: ignore[arg-type]


def run_converts(zone: ZoneInfo, duration_unit: str = "s", hints: Hints = NO_HINTS) -> dict[str, Convert]:
    """How each field of a run is read. duration_unit: of a duration that is a bare number."""
    return {
        **dict.fromkeys(_TEXT, as_text),
        **dict.fromkeys(_COUNT, as_count),
        **dict.fromkeys(_TIME, instants(zone, hints)),
        "duration_seconds": lambda value: seconds_of(value, duration_unit),
        **_word_converts(),
    }


def failed_record_converts(zone: ZoneInfo, hints: Hints = NO_HINTS) -> dict[str, Convert]:
    """How each field of a failed record is read."""
    return {
        **dict.fromkeys(FAILED_RECORD_FIELDS, as_text),
        **dict.fromkeys(("attempt", "line"), as_count),
        "occurred_at": instants(zone, hints),
        "payload": as_json,
        **_word_converts(),
    }


def _word_converts() -> dict[str, Convert]:
    """Words of ours are taken; any other leaves the field to the taxonomy."""
    return {
        "error_origin": lambda value: _word_of(ErrorOrigin, value),
        "error_class": lambda value: _word_of(ErrorClass, value),
    }


def _word_of(words: type[_Word], value: object) -> _Word | None:
    text = (as_text(value) or "").strip().casefold()
    return words(text) if text in words._value2member_map_ else None


def _without(what: str, item: object) -> str:
    """The text of a problem with an item that lacks what it is known by. It names what there is to map."""
    keys = ", ".join(str(key) for key in list(item)[:_MOST_KEYS]) if isinstance(item, Mapping) else ""
    return f"{what}; map a field that it always has" + (f", of {keys}" if keys else "")


def _nothing(_: object) -> object:
    return None
