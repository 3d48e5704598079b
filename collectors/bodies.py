"""Takes a pushed body apart: one JSON object, an array of them, or an object a line (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

MOST_ITEMS = 10_000
LINES = frozenset(
    {
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "application/stream+json",
    }
)
"""Content types whose bodies are lines; others are, too, where their first line is a whole object."""

CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
"""The encoding that a content type names."""

_decode = msgspec.json.Decoder().decode


class BodyError(ValueError):
    """A body of which nothing can be read; the text says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a body. where: its index or line; problem: why it could not be read, else None."""

    where: str
    value: object = None
    problem: str | None = None


def items_of(body: bytes, content_type: str) -> Sequence[Item]:
    """The items of a body. Raises BodyError where it is none of the three."""
    body = in_utf8(body, content_type)
    if not body.strip():
        raise BodyError("the body is empty; send one event, a list of events, or an event a line")
    if content_type.partition(";")[0].strip().lower() in LINES:
        return _lines(body)
    try:
        value = _read(body)
    except ValueError as error:
        if _begins_with_a_whole_line(body):
            return _lines(body)
        raise BodyError(f"the body is no JSON ({error}); send UTF-8 JSON, or an event a line") from None
    if not isinstance(value, list):
        return [Item("event", value)]
    _bounded(len(value))
    return [Item(f"[{number}]", one) for number, one in enumerate(value)]


def in_utf8(body: bytes, content_type: str) -> bytes:
    """The same text in UTF-8, where a mark, the NULs of UTF-16 or the content type tell its encoding; else the body itself."""
    encoding: str = json.detect_encoding(body)
    if encoding == "utf-8":
        named = CHARSET.search(content_type)
        if named is None or _is_utf8(body):
            return body
        encoding = named[1]
    try:
        return body.decode(encoding).encode()
    except (LookupError, UnicodeError):
        return body


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _lines(body: bytes) -> list[Item]:
    found: list[Item] = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if not line.strip():
            continue
        _bounded(len(found) + 1)
        try:
            found.append(Item(f"line {number}", _read(line)))
        except ValueError as error:
            found.append(Item(f"line {number}", problem=f"is no JSON ({error}); write one object a line"))
    return found


def _begins_with_a_whole_line(body: bytes) -> bool:
    first, newline, _ = body.strip().partition(b"\n")
    try:
        return bool(newline) and isinstance(_read(first), dict)
    except ValueError:
        return False


def _read(text: bytes) -> object:
    """Any JSON. Raises ValueError, also for what is nested too deeply to be an event."""
    try:
        return _decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError(
            "letters that are not UTF-8; send UTF-8, or name their charset in Content-Type"
        ) from None
    except msgspec.DecodeError as error:
        raise ValueError(str(error).lower()[:200]) from None


def _bounded(count: int) -> None:
    if count > MOST_ITEMS:
        raise BodyError(f"the body holds more than {MOST_ITEMS} events; send them in several calls")
