"""Reads one line of nginx's and Apache's own access-log format as one call (pure)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

from collectors.durations import LONGEST_SECONDS, UNITS
from collectors.endpoints import INVALID, template
from collectors.files.formats import BadLine
from collectors.times import NO_HINTS, Hints, parse_time

_K = TypeVar("_K")
_V = TypeVar("_V")
MOST_CACHED = 20_000
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
# A number of seconds has three decimals with nginx and six with gunicorn; Traefik names its unit: 12ms.
_SECONDS = re.compile(
    rb"(?<![\w.:-])(?:r(?:equest_)?t(?:ime)?=)?\"?(?:(\d+\.\d{3,6})|(\d+(?:\.\d+)?)([mun]?s))\"?(?=\s|$)"
)
_NUMBERS = re.compile(rb"(?<![\w.:-])(?:\w+=)?\"?(?:(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)([mun]?s))\"?(?=\s|$)")


class Call(NamedTuple):
    """One call. minute: epoch minutes, None where the line has no time that can be read; status: 0 where it has none;
    seconds: how long it took, None where the line does not say."""

    minute: int | None
    consumer: str
    method: str
    endpoint: str
    status: int
    seconds: float | None


class NotACall(Exception):
    """The line is well-formed and tells of something else: it is passed over, and nothing is wrong with it."""


class CallFormat(Protocol):
    """Reads a line as a call. hints: of the lines' times."""

    hints: Hints

    def call(self, line: bytes) -> Call:
        """The call. Raises BadLine, NotACall."""


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
        self._zone, self._which, self._factor = zone, request_time, UNITS[unit]
        self.hints = NO_HINTS
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
            remember(self._requests, request, known)
        seconds = self._seconds(more) if more and self._which != "none" else None
        return Call(self._minute(time), consumer, *known, 0 if status == b"-" else int(status), seconds)

    def _minute(self, time: bytes) -> int | None:
        # All lines of a minute share what stands before the seconds, and the zone.
        key = time[:17] + time[20:] if time[2:3] == b"/" else time
        minute = self._minutes.get(key)
        if minute is None:
            minute = minute_of(time.decode("ascii", "replace"), self._zone)
            if minute is not None:
                remember(self._minutes, key, minute)
        return minute

    def _seconds(self, more: bytes) -> float | None:
        found = (_SECONDS if self._which == "auto" else _NUMBERS).findall(more)
        if not found:
            return None
        bare, number, unit = found[-1] if self._which == "last" else found[0]
        seconds = float(bare) * self._factor if bare else float(number) * UNITS[unit.decode()]
        return seconds if seconds < LONGEST_SECONDS else None


def minute_of(time: object, zone: ZoneInfo, hints: Hints = NO_HINTS) -> int | None:
    """The epoch minute of a time in any notation; None without one that can be read."""
    try:
        at = parse_time(time, zone, hints)
    except ValueError:
        return None
    return _whole_minutes(at) if at is not None else None


def _whole_minutes(at: datetime) -> int:
    return int(at.timestamp() // 60)


def remember(cache: dict[_K, _V], key: _K, value: _V) -> None:
    """Keeps a value, in bounded memory."""
    if len(cache) >= MOST_CACHED:
        cache.clear()
    cache[key] = value
