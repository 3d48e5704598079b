"""Reads one access-log line — combined, JSON or a pattern — as one call (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

from collectors.endpoints import INVALID, template
from collectors.expressions import ExpressionError, Getter, compile_expression
from collectors.files.formats import BadLine, Item, JsonLines, PatternLines
from collectors.files.text import TextDecoder
from collectors.sources._access_log_settings import ALIASES, CALL_FIELDS
from collectors.times import parse_time
from collectors.values import as_text

_K = TypeVar("_K")
_V = TypeVar("_V")
MOST_CACHED = 20_000
_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_METHODS = frozenset(
    [
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "PROPFIND",
        "PROPPATCH",
        "MKCOL",
        "COPY",
        "MOVE",
        "LOCK",
        "UNLOCK",
        "REPORT",
        "SEARCH",
        "PURGE",
        "QUERY",
        "LINK",
        "UNLINK",
    ]
)
_REQUEST = re.compile(r"([A-Za-z]{2,20}) (\S.*?)(?: HTTP/\d(?:\.\d)?)?", re.ASCII)
_QUOTED = rb'"([^"\\]*(?:\\.[^"\\]*)*)"'
_COMBINED = re.compile(
    rb"\S* \S+ (.*?) \[([^\]\[]{10,40})\] " + _QUOTED + rb" (\d{3}|-) (?:\d+|-)"
    rb'(?: "[^"\\]*(?:\\.[^"\\]*)*" "[^"\\]*(?:\\.[^"\\]*)*")?([^\r]*)'
)
# A request with quotes in it that nobody escaped still has a status.
_UNESCAPED = re.compile(rb'\S* \S+ (.*?) \[([^\]\[]{10,40})\] "(.*)" (\d{3}|-) (?:\d+|-)([^\r]*)')
_SECONDS = re.compile(rb"(?<![\w.:-])(?:r(?:equest_)?t(?:ime)?=)?\"?(\d+\.\d{3})\"?(?=\s|$)")
_NUMBERS = re.compile(rb"(?<![\w.:-])(?:\w+=)?\"?(\d+(?:\.\d+)?)\"?(?=\s|$)")
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
    ),
    "method": ("method", "request_method", "http_method", "verb"),
    "endpoint": ("uri", "request_uri", "path", "url", "endpoint"),
    "request": ("request",),
    "status": ("status", "status_code", "response_status", "code"),
    "request_time": ("request_time", "duration_seconds", "latency_seconds"),
    "consumer": ("consumer",),
}


class Call(NamedTuple):
    """One call. minute: epoch minutes, None where the line has no time; status: 0 where it has none;
    seconds: how long it took, None where the line does not say."""

    minute: int | None
    consumer: str
    method: str
    endpoint: str
    status: int
    seconds: float | None


class CallFormat(Protocol):
    """Reads a line as a call."""

    def call(self, line: bytes) -> Call:
        """The call. Raises BadLine."""


def request_of(request: str) -> tuple[str, str]:
    """Method and endpoint of a request line; ("", "{invalid}") for garbage."""
    found = _REQUEST.fullmatch(request)
    if found is None:
        return "", INVALID
    method, target = method_of(found[1]), found[2]
    if not method or (" " in target and not target.startswith("/")):
        return "", INVALID
    if method == "CONNECT":
        return method, "{host}"
    endpoint = template(target)
    return (method, endpoint) if endpoint != INVALID else ("", INVALID)


def method_of(word: str) -> str:
    """A known method in capitals; empty for anything else."""
    upper = word.upper()
    return upper if upper in _METHODS else ""


class CombinedFormat:
    """nginx and Apache `combined`, and `common` with nothing after the size; more may follow."""

    def __init__(self, zone: ZoneInfo, request_time: str, unit: str, consumer: str) -> None:
        self._zone, self._which, self._factor = zone, request_time, _UNITS[unit]
        self._named = consumer == "user"
        self._minutes: dict[bytes, int] = {}
        self._requests: dict[bytes, tuple[str, str]] = {}

    def call(self, line: bytes) -> Call:
        """The call. Raises BadLine."""
        line = line.rstrip(b"\r")
        found = _COMBINED.fullmatch(line) or _UNESCAPED.fullmatch(line)
        if found is None:
            raise BadLine("not in the combined format")
        user, time, request, status, more = found.groups()
        consumer = user.decode("utf-8", "replace") if self._named and user != b"-" else ""
        known = self._requests.get(request)
        if known is None:
            known = request_of(request.decode("utf-8", "replace"))
            _remember(self._requests, request, known)
        seconds = self._seconds(more) if more and self._which != "none" else None
        return Call(self._minute(time), consumer, *known, 0 if status == b"-" else int(status), seconds)

    def _minute(self, time: bytes) -> int:
        # All lines of a minute share what stands before the seconds, and the zone.
        key = time[:17] + time[20:] if time[2:3] == b"/" else time
        minute = self._minutes.get(key)
        if minute is None:
            minute = minute_of(time.decode("ascii", "replace"), self._zone)
            if minute is None:
                raise BadLine("without a time")
            _remember(self._minutes, key, minute)
        return minute

    def _seconds(self, more: bytes) -> float | None:
        found = (_SECONDS if self._which == "auto" else _NUMBERS).findall(more)
        if not found:
            return None
        return float(found[-1] if self._which == "last" else found[0]) * self._factor


class FieldFormat:
    """JSON lines, or a pattern's groups: fields by name."""

    def __init__(
        self, lines: JsonLines | PatternLines, fields: Mapping[str, str], zone: ZoneInfo, unit: str
    ) -> None:
        """fields: of those that are not called as usual, the expression."""
        self._lines, self._zone, self._factor = lines, zone, _UNITS[unit]
        given = {ALIASES.get(name, name): compile_expression(text) for name, text in fields.items()}
        self._get: dict[str, Getter] = {name: given.get(name) or _usual(_USUAL[name]) for name in CALL_FIELDS}
        self._minutes: dict[str, int | None] = {}
        self._requests: dict[tuple[str, str, str], tuple[str, str]] = {}

    def call(self, line: bytes) -> Call:
        """The call. Raises BadLine."""
        try:
            item = self._item(line)
            found = {name: get(item) for name, get in self._get.items()}
        except ExpressionError as error:
            raise BadLine(str(error)) from None
        if found["status"] is None:
            raise BadLine("without a status")
        key = (
            as_text(found["method"]) or "",
            as_text(found["endpoint"]) or "",
            as_text(found["request"]) or "",
        )
        known = self._requests.get(key)
        if known is None:
            known = _request_in_fields(*key)
            _remember(self._requests, key, known)
        return Call(
            self._minute(found["time"]), as_text(found["consumer"]) or "", *known, _status(found["status"]),
            self._seconds(found["request_time"]),
        )  # fmt: skip

    def _item(self, line: bytes) -> Item:
        try:
            return self._lines.item(line)
        except BadLine:
            # nginx without `escape=json` writes \\x22, which JSON does not know.
            if b"\\x" not in line:
                raise
            return self._lines.item(line.replace(b"\\x", b"\\u00"))

    def _minute(self, time: object) -> int | None:
        if not isinstance(time, str) or len(time) < 19 or time[16:17] != ":":
            return minute_of(time, self._zone)
        key = time[:16] + time[19:]
        if key not in self._minutes:
            _remember(self._minutes, key, minute_of(time, self._zone))
        return self._minutes[key]

    def _seconds(self, value: object) -> float | None:
        try:
            seconds = float(value) if isinstance(value, int | float | str) else -1.0
        except ValueError:
            return None
        return seconds * self._factor if 0 <= seconds < 1e9 else None


def minute_of(time: object, zone: ZoneInfo) -> int | None:
    """The epoch minute of a time in any notation; None without one. Raises BadLine."""
    try:
        at = parse_time(time, zone)
    except ValueError as error:
        raise BadLine(f"its time cannot be read: {error}") from None
    return _whole_minutes(at) if at is not None else None


def _whole_minutes(at: datetime) -> int:
    return int(at.timestamp() // 60)


def _request_in_fields(method: str, endpoint: str, request: str) -> tuple[str, str]:
    if not endpoint and request:
        return request_of(request)
    known, found = method_of(method), template(endpoint)
    return (known, found) if found != INVALID and (known or not method) else ("", INVALID)


def _status(value: object) -> int:
    text = (as_text(value) or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0


def _usual(names: tuple[str, ...]) -> Getter:
    def get(value: object) -> object:
        if isinstance(value, dict):
            for name in names:
                found: object = value.get(name)
                if found is not None and found != "" and not isinstance(found, dict | list):
                    return found
        return None

    return get


def _remember(cache: dict[_K, _V], key: _K, value: _V) -> None:
    if len(cache) >= MOST_CACHED:
        cache.clear()
    cache[key] = value


def json_format(fields: Mapping[str, str], zone: ZoneInfo, unit: str, encoding: str) -> FieldFormat:
    """JSON lines."""
    return FieldFormat(JsonLines(TextDecoder(encoding)), fields, zone, unit)


def pattern_format(pattern: str, zone: ZoneInfo, unit: str, encoding: str) -> FieldFormat:
    """A pattern with groups named as the fields of a call."""
    compiled = re.compile(pattern)
    fields = {name: name for name in compiled.groupindex}
    return FieldFormat(PatternLines(TextDecoder(encoding), compiled), fields, zone, unit)
