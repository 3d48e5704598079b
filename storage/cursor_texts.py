"""A cursor as the JSON text that is stored, and back, whatever texts its source put into it (pure)."""

from __future__ import annotations

import json

import msgspec

from core.records import Cursor


def text_of(cursor: Cursor) -> str:
    """Its JSON, in ASCII: the name of a file or a mark may hold half a surrogate pair, which no database takes."""
    return json.dumps(cursor)


def cursor_in(text: str) -> Cursor:
    """The cursor of a stored text."""
    try:
        cursor: Cursor = msgspec.json.decode(text)
    except msgspec.DecodeError:
        # Slower, and it takes what the other refuses: half surrogate pairs.
        cursor = json.loads(text)
    return cursor
