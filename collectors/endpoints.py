"""Endpoint templates: `/users/123?x=1` is `/users/{id}`; how many there are, and how long, is bounded (pure)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote

INVALID = "{invalid}"
"""The endpoint of a request line, or of a whole line, that could not be read."""

OTHER = "{other}"
"""The endpoint of what came after the bound was reached."""

LONGEST_ENDPOINT = 120
_LONGEST_SEGMENT = 48
_MOST_SEGMENTS = 8
_HEX = re.compile(r"[0-9a-f]{8,}", re.IGNORECASE | re.ASCII)
_FEW_DIGITS = re.compile(r"\d+(?:[.,:_-]\d+)*", re.ASCII)
_MOST_DIGITS = 3
_TOKEN_LENGTH = 16
_EXTENSION = re.compile(r"(.+)(\.[a-z][a-z0-9]{1,4})", re.IGNORECASE | re.ASCII)
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE | re.ASCII)
_LOGIN = re.compile(r"[a-z]{2,}\.[a-z]{2,}", re.IGNORECASE | re.ASCII)
_FILE_ENDING = re.compile(
    r".+\.(?:json|xml|csv|tsv|txt|html?|js|mjs|css|map|png|jpe?g|gif|svg|ico|webp|woff2?|ttf|pdf|zip|gz|tar"
    r"|xlsx?|docx?|php|aspx?|ashx|asmx|jsp|do|action|cgi|ya?ml|well|svc|wsdl|xsd|ics|vcf|md|rss|atom)",
    re.IGNORECASE | re.ASCII,
)
_OF_PEOPLE = frozenset(
    ["users", "employees", "people", "persons", "candidates", "members", "contacts", "profiles", "workers"]
)
"""Segments that are followed by a person: an id, a login or a name."""
_NOT_A_PERSON = frozenset(
    [
        *(
            "me",
            "self",
            "current",
            "search",
            "find",
            "query",
            "filter",
            "list",
            "all",
            "bulk",
            "batch",
            "count",
        ),
        *("export", "import", "upload", "download", "sync", "new", "create", "update", "delete", "upsert"),
        *(
            "schema",
            "fields",
            "metadata",
            "stats",
            "status",
            "health",
            "invite",
            "login",
            "logout",
            "changes",
        ),
        *("delta", "deleted", "active", "inactive", "archived", "lookup", "validate", "$count", "{id}"),
    ]
)
_PLAIN = re.compile(r"[A-Za-z0-9._~!$&'()*+,=:{}|-]+", re.ASCII)


def template(target: str) -> str:
    """The endpoint of a request target: no query, no values; `{invalid}` for what is no path."""
    path = target.partition("?")[0].partition("#")[0]
    if not path.startswith("/"):
        if path == "*":
            return path
        origin = _ORIGIN.match(path)
        if not origin:
            return INVALID
        path = path[origin.end() :]
    segments = [segment for segment in path.split("/") if segment]
    kept = ["{id}" if segment.isdigit() else _segment(segment) for segment in segments[:_MOST_SEGMENTS]]
    if not _OF_PEOPLE.isdisjoint(map(str.lower, kept)):
        kept = _without_people(kept)
    if len(segments) > _MOST_SEGMENTS:
        kept.append("{more}")
    found = "/" + "/".join(kept)
    return found if len(found) <= LONGEST_ENDPOINT else found[:LONGEST_ENDPOINT].rsplit("/", 1)[0] + "/{more}"


def _without_people(segments: list[str]) -> list[str]:
    """What follows `users` is a person, unless it is one of the usual words of an API."""
    kept = segments[:1]
    for before, segment in pairwise(segments):
        person = before.lower() in _OF_PEOPLE and segment.lower() not in _NOT_A_PERSON
        if person and segment.lower() not in _OF_PEOPLE and not segment.startswith("{id}"):
            segment = "{id}" + (segment[segment.rindex(".") :] if _FILE_ENDING.fullmatch(segment) else "")
        kept.append(segment)
    return kept


@lru_cache(maxsize=10_000)
def _segment(segment: str) -> str:
    text = segment.partition(";")[0]
    if "%" in text:
        text = unquote(text, errors="replace")
    if not text or len(text) > _LONGEST_SEGMENT or "@" in text or not _PLAIN.fullmatch(text):
        return "{id}"
    if "." in text:
        extension = _EXTENSION.fullmatch(text)
        if extension and _is_value(extension[1]):
            return "{id}" + extension[2]
        if _LOGIN.fullmatch(text) and not _FILE_ENDING.fullmatch(text):
            return "{id}"
    return "{id}" if _is_value(text) else text


def _is_value(text: str) -> bool:
    """Whether a word is a number, a date, a UUID, hexadecimal, or a token with digits in it."""
    digits = sum(map(text.count, "0123456789"))
    if not digits:
        return False
    return (
        digits > _MOST_DIGITS
        or len(text) >= _TOKEN_LENGTH
        or _FEW_DIGITS.fullmatch(text) is not None
        or _HEX.fullmatch(text) is not None
    )


class Admitted:
    """A bounded set of names, remembered across polls as short sums: the first ones in, the rest `{other}`."""

    __slots__ = ("_most", "_sums")

    def __init__(self, most: int, sums: Iterable[int] = ()) -> None:
        """most: how many names there may be; sums: of those admitted before."""
        self._most = most
        self._sums = set(sums)

    @property
    def sums(self) -> list[int]:
        """What to remember."""
        return sorted(self._sums)

    def knows(self, name: str) -> bool:
        """Whether the name was admitted before."""
        return zlib.crc32(name.encode()) in self._sums

    def admit(self, name: str) -> bool:
        """Whether the name is in, or there was room for it."""
        total = zlib.crc32(name.encode())
        if total in self._sums:
            return True
        if len(self._sums) >= self._most:
            return False
        self._sums.add(total)
        return True
