"""Makes records of the rows of a query (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite

from collectors.expressions import ExpressionError, compile_expression, simple_name
from collectors.lists import Found, InnerLists
from collectors.mapping import RunMapping
from collectors.problems import Problems
from collectors.sources._sql_memory import Marks, column_in
from collectors.sources._sql_settings import SqlSettings
from collectors.times import Hints
from collectors.values import from_json
from collectors.views import truthy
from core.errors import SourceError
from core.records import OPEN_STATUSES, SyncRun
from core.settings.fields import zone_named

_LONGEST_OPEN = timedelta(days=7)
_DEEPEST = 20


@dataclass(slots=True)
class Reading:
    """What some rows brought."""

    runs: list[SyncRun] = field(default_factory=list)
    lists: Found = field(default_factory=Found)


class RowReader:
    """Reads rows by the settings' mappings. now: when the poll began; marks: gathers the cursor's column."""

    def __init__(self, settings: SqlSettings, now: datetime, marks: Marks) -> None:
        zone = zone_named(settings.time.zone)
        self._marks = marks
        self._cursor = settings.cursor.field if settings.cursor is not None else None
        self._oldest_open = now - (settings.stale_after or _LONGEST_OPEN)
        self._where = compile_expression(settings.where) if settings.where is not None else None
        fields = settings.fields
        unit, hints = settings.time.duration_unit, Hints(order=settings.time.order)
        self._run = RunMapping.compile(fields, settings.status_map, zone, unit, hints) if fields else None
        self._lists = InnerLists(settings, zone, now, hints)
        expressions = [*(fields or {}).values(), *([settings.where] if settings.where else [])]
        # A text is read as JSON only where something may look into it: elsewhere it stays as written.
        self._decode = bool(self._lists) or any(simple_name(text) is None for text in expressions)

    def read(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]], first: int, problems: Problems
    ) -> Reading:
        """The records of some rows. first: the number of the first one, for problems.

        Raises SourceError if the query does not give the cursor's column.
        """
        reading = Reading()
        column = self._column(columns)
        for number, values in enumerate(rows, first):
            row = {
                name: plain(value, decode=self._decode) for name, value in zip(columns, values, strict=False)
            }
            mark = values[column] if column is not None else None
            self._read_row(row, mark, f"row {number}", reading, problems)
        _say_repeated(reading.runs, problems)
        return reading

    def _column(self, columns: Sequence[str]) -> int | None:
        if self._cursor is None:
            return None
        name = column_in(dict.fromkeys(columns), self._cursor)
        if name is None:
            raise SourceError(
                f"cursor.field: the query gives no column {self._cursor}; it gives {', '.join(columns[:20])}",
                permanent=True,
            )
        return list(columns).index(name)

    def _read_row(
        self, row: Mapping[str, object], mark: object, name: str, reading: Reading, problems: Problems
    ) -> None:
        try:
            wanted = self._where is None or truthy(self._where(row))
        except ExpressionError as error:
            problems.add("bad_expression", f"{name}: where", str(error))
            wanted = False
        run = self._run.run(row, problems, name) if wanted and self._run is not None else None
        if run is not None:
            reading.runs.append(run)
        nameless = wanted and self._run is not None and run is None
        if wanted:
            self._lists.read(row, problems, name, run, reading.lists, nameless=nameless)
        if self._cursor is not None:
            self._marks.note(mark, still_open=self._asked_again(run), passed=not nameless)

    def _asked_again(self, run: SyncRun | None) -> bool:
        if run is None or run.status not in OPEN_STATUSES:
            return False
        return run.started_at is None or run.started_at >= self._oldest_open


def _say_repeated(runs: Sequence[SyncRun], problems: Problems) -> None:
    """A run of several rows that differ is not put together: the last one holds, and what the others alone had is lost.

    Attempts stand in rows of their own, and the last attempt is the run.
    """
    found: dict[tuple[str, str, int | None], SyncRun] = {}
    for run in runs:
        if found.setdefault((run.job, run.external_id, run.attempt), run) != run:
            problems.add(
                "repeated_id",
                "query",
                f"the run {run.external_id} stands in several rows that differ, of which the last one holds; "
                "let the query give one row for each run (GROUP BY), or each attempt with its number",
            )
            return


def plain(value: object, *, decode: bool = False) -> object:
    """A column's value as JSON would have it. decode: texts that hold a JSON list or object become that."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return from_json(value) if decode else value
        case float():
            return value if isfinite(value) else None
        case Decimal():
            if not value.is_finite():
                return None
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes() | bytearray() | memoryview():
            return _text_of(bytes(value), decode)
        case _:
            return _nested(value, _DEEPEST)


def _nested(value: object, depth: int) -> object:
    """Lists and objects of databases that have them as types."""
    if depth <= 0:
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _nested(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_nested(item, depth - 1) for item in value]
    simple = (str, bool, int, float, Decimal, datetime, date, time, timedelta, bytes)
    return plain(value) if value is None or isinstance(value, simple) else str(value)


def _text_of(raw: bytes, decode: bool) -> object:
    # MySQL gives a BIT(1), its boolean, as such a byte, which is never a text.
    if raw in (b"\0", b"\1"):
        return raw[0]
    try:
        return plain(raw.decode(), decode=decode)
    except UnicodeDecodeError:
        return raw.hex()
