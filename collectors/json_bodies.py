"""Reads a body as JSON, in whatever encoding it came, and JSON lines as the list of their values (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec

from collectors.bodies import CHARSET, LINES
from collectors.values import loaded


def json_of(body: bytes, content_type: str) -> object:
    """The value of a body. Raises ValueError for what is no JSON, RecursionError for what is nested too deep.

    Bytes that are no text of its encoding are replaced: one bad letter in a message takes nothing else along.
    """
    if content_type.partition(";")[0].strip().lower() in LINES:
        return _lines(_text(body, content_type))
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    # Slower and more lenient: other encodings, NaN, lone surrogates.
    text = _text(body, content_type)
    try:
        return loaded(text)
    except ValueError:
        found = _lines(text)
        if len(found) < 2:
            raise
        return found


def _lines(text: str) -> list[object]:
    """A value a line, each of them an object. Raises ValueError otherwise."""
    found = [loaded(line) for line in text.split("\n") if line.strip()]
    if not all(isinstance(one, Mapping) for one in found):
        raise ValueError("lines that are no objects")
    return found


def _text(body: bytes, content_type: str) -> str:
    """By its own marks first, since many a server names an encoding that it does not use."""
    encoding = json.detect_encoding(body)
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        named = CHARSET.search(content_type)
    try:
        return body.decode(named[1] if named else encoding, "replace")
    except LookupError:
        return body.decode(encoding, "replace")
