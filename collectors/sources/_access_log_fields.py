"""Reads one access-log line in JSON, or by a pattern with named groups, as one call (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol
from zoneinfo import ZoneInfo

from collectors.durations import LONGEST_SECONDS, UNITS, seconds_of
from collectors.endpoints import INVALID, template
from collectors.expressions import ExpressionError, Getter, compile_expression
from collectors.files.formats import BadLine, Item, JsonLines, PatternLines
from collectors.files.text import TextDecoder
from collectors.sources._access_log_lines import (
    Call,
    NotACall,
    method_of,
    minute_of,
    remember,
    request_of,
)
from collectors.sources._access_log_settings import ALIASES, CALL_FIELDS
from collectors.times import NO_HINTS
from collectors.values import as_text
from collectors.views import truthy

_USUAL = {
    "time": (
        "time",
        "time_iso8601",
        "msec",
        "time_local",
        "timestamp",
        "@timestamp",
        "ts",
        "datetime",
        "date",
        "start_time",
        "started_at",
        "StartUTC",
    ),
    "method": ("method", "request_method", "http_method", "verb", "RequestMethod", "requestMethod"),
    "endpoint": ("uri", "request_uri", "path", "url", "endpoint", "RequestPath", "requestUrl"),
    "request": ("request",),
    "status": (
        "status",
        "status_code",
        "response_status",
        "code",
        "response_code",
        "statusCode",
        "DownstreamStatus",
    ),
    "request_time": ("request_time", "duration_seconds", "latency_seconds"),
    "consumer": ("consumer",),
}
_INSIDE = {
    "method": ("request", "req", "httpRequest"),
    "endpoint": ("request", "req", "httpRequest"),
    "status": ("response", "res", "httpRequest"),
    "request_time": ("httpRequest",),
}
"""The objects that hold a field where the line itself does not: Caddy, Kong, pino, Google Cloud."""

_NAMED_INSIDE = {"request_time": ("latency",)}
"""What a field is called there, where it is not called as in the line: Google's latency names its unit."""

_MOST_NAMES_TOLD = 8


class ItemLines(Protocol):
    """Reads a line as an item."""

    def item(self, line: bytes) -> Item:
        """The item. Raises BadLine, NotACall."""
        ...


class FieldFormat:
    """JSON lines, a pattern's groups, or columns: fields by name."""

    def __init__(
        self,
        lines: ItemLines,
        fields: Mapping[str, str],
        zone: ZoneInfo,
        unit: str,
        where: str | None = None,
    ) -> None:
        """fields: of those that are not called as usual, the expression; where: what a call satisfies."""
        self._lines, self._zone, self._factor = lines, zone, UNITS[unit]
        self.hints = NO_HINTS
        given = {ALIASES.get(name, name): compile_expression(text) for name, text in fields.items()}
        self._get: dict[str, Getter] = {name: given.get(name) or _usual(name) for name in CALL_FIELDS}
        self._where = compile_expression(where) if where is not None else None
        self._minutes: dict[str, int | None] = {}
        self._requests: dict[tuple[str, str, str], tuple[str, str]] = {}

    def call(self, line: bytes) -> Call:
        """The call. Raises BadLine; NotACall for what `where` leaves out, and for a comment."""
        try:
            item = self._item(line)
            if self._where is not None and not truthy(self._where(item)):
                raise NotACall
            found = {name: get(item) for name, get in self._get.items()}
        except ExpressionError as error:
            raise BadLine(str(error)) from None
        if found["status"] is None:
            raise BadLine(_without_status(item))
        key = (
            as_text(found["method"]) or "",
            as_text(found["endpoint"]) or "",
            as_text(found["request"]) or "",
        )
        known = self._requests.get(key)
        if known is None:
            known = _request_in_fields(*key)
            remember(self._requests, key, known)
        return Call(
            self._minute(found["time"]), _consumer(found["consumer"]), *known, _status(found["status"]),
            self._seconds(found["request_time"]),
        )  # fmt: skip

    def _item(self, line: bytes) -> Item:
        try:
            return self._lines.item(line)
        except BadLine:
            # IIS and others head each log with W3C directives, which no pattern of a call matches.
            if line.startswith(b"#") and isinstance(self._lines, PatternLines):
                raise NotACall from None
            # nginx without `escape=json` writes \\x22, which JSON does not know.
            if b"\\x" not in line:
                raise
            return self._lines.item(line.replace(b"\\x", b"\\u00"))

    def _minute(self, time: object) -> int | None:
        if not isinstance(time, str) or len(time) < 19 or time[16:17] != ":":
            return minute_of(time, self._zone, self.hints)
        key = time[:16] + time[19:]
        if key not in self._minutes:
            remember(self._minutes, key, minute_of(time, self._zone))
        return self._minutes[key]

    def _seconds(self, value: object) -> float | None:
        if isinstance(value, bool):
            return None
        try:
            seconds = float(value) * self._factor if isinstance(value, int | float | str) else -1.0
        except (ValueError, OverflowError):
            seconds = _spoken_seconds(value)
        return seconds if 0 <= seconds < LONGEST_SECONDS else None


def _request_in_fields(method: str, endpoint: str, request: str) -> tuple[str, str]:
    if not endpoint and request:
        return request_of(request)
    known, found = method_of(method), template(endpoint)
    return (known, found) if found != INVALID and (known or not method) else ("", INVALID)


def _consumer(value: object) -> str:
    """Who called; "-" stands for nobody in every log."""
    text = as_text(value) or ""
    return "" if text == "-" else text


def _status(value: object) -> int:
    text = (as_text(value) or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0


def _spoken_seconds(value: object) -> float:
    """The seconds of a text that names its unit, such as 12ms; -1 where it is no duration."""
    try:
        seconds = seconds_of(value)
    except ValueError:
        return -1.0
    return -1.0 if seconds is None else seconds


def _without_status(item: Item) -> str:
    names = [name[:40] for name in list(item)[:_MOST_NAMES_TOLD]]
    more = ", …" if len(item) > _MOST_NAMES_TOLD else ""
    return f"without a status (it has {', '.join(names)}{more}); name it in fields, or leave the line out by where"


def _usual(field: str) -> Getter:
    names, inside = _USUAL[field], _INSIDE.get(field, ())

    def get(value: object) -> object:
        if not isinstance(value, dict):
            return None
        found = _first(value, names)
        for holder in inside if found is None else ():
            within = value.get(holder)
            if (
                isinstance(within, dict)
                and (found := _first(within, _NAMED_INSIDE.get(field, names))) is not None
            ):
                break
        return found

    return get


def _first(item: Mapping[str, object], names: tuple[str, ...]) -> object:
    for name in names:
        found = item.get(name)
        if found is not None and found != "" and not isinstance(found, dict | list):
            return found
    return None


def json_format(
    fields: Mapping[str, str], zone: ZoneInfo, unit: str, encoding: str, where: str | None = None
) -> FieldFormat:
    """JSON lines."""
    return FieldFormat(JsonLines(TextDecoder(encoding)), fields, zone, unit, where)


def pattern_format(
    pattern: str, zone: ZoneInfo, unit: str, encoding: str, where: str | None = None
) -> FieldFormat:
    """A pattern with groups named as the fields of a call."""
    compiled = re.compile(pattern)
    fields = {name: name for name in compiled.groupindex}
    return FieldFormat(PatternLines(TextDecoder(encoding), compiled), fields, zone, unit, where)
