"""Endpoint templates: `/users/123?x=1` is `/users/{id}`; how many there are, and how long, is bounded (pure)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from urllib.parse import unquote

INVALID = "{invalid}"
"""The endpoint of a request line, or of a whole line, that could not be read."""

OTHER = "{other}"
"""The endpoint of what came after the bound was reached."""

LONGEST_ENDPOINT = 120
_LONGEST_SEGMENT = 48
_MOST_SEGMENTS = 8
_ID = re.compile(
    r"""\d+(?:[.,:_-]\d+)*                       # numbers, dates, versions of a record
    |[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}   # UUIDs
    |(?=[a-f]*\d)[0-9a-f]{8,}                    # hexadecimal
    |.*\d.*\d.*\d.*\d.*                          # anything with four digits in it
    |(?=.*\d)(?=.*[a-z])[\w=~.-]{16,}            # tokens
    |.*@.*                                       # mail addresses
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII | re.DOTALL,
)
_EXTENSION = re.compile(r"(.+)(\.[a-z][a-z0-9]{1,4})", re.IGNORECASE | re.ASCII)
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE | re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9._~!$&'()*+,=:@{}|-]+", re.ASCII)


def template(target: str) -> str:
    """The endpoint of a request target: no query, no values; `{invalid}` for what is no path."""
    path = re.split(r"[?#]", target, maxsplit=1)[0]
    origin = _ORIGIN.match(path)
    if origin:
        path = path[origin.end() :] or "/"
    if path == "*":
        return path
    if not path.startswith("/"):
        return INVALID
    segments = [segment for segment in path.split("/") if segment]
    kept = [_segment(segment) for segment in segments[:_MOST_SEGMENTS]]
    if len(segments) > _MOST_SEGMENTS:
        kept.append("{more}")
    found = "/" + "/".join(kept)
    return found if len(found) <= LONGEST_ENDPOINT else found[:LONGEST_ENDPOINT].rsplit("/", 1)[0] + "/{more}"


def _segment(segment: str) -> str:
    text = unquote(segment.split(";", 1)[0], errors="replace")
    extension = _EXTENSION.fullmatch(text)
    stem, ending = (extension[1], extension[2]) if extension else (text, "")
    if not text or len(text) > _LONGEST_SEGMENT or not _PLAIN.fullmatch(text):
        return "{id}"
    if _ID.fullmatch(stem):
        return "{id}" + ending if "@" not in text else "{id}"
    return "{id}" if _ID.fullmatch(text) else text


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
