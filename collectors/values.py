"""Turns a value found in JSON, a CSV cell or a log field into text, a count or seconds."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

LONGEST_TEXT = 10_000
"""Characters kept of one text; the rest is cut off, with an ellipsis in its place."""

_MOST_RECORDS = 2**62
_MOST_DIGITS = 4300
"""Python makes no whole number of more digits, nor writes one."""

_DEEPEST = 100
"""Levels of what cannot be written as it is; most parsers take a few hundred."""

_GROUPED = re.compile(r"\d{1,3}([,'’\s])\d{3}(?:\1\d{3})*")


def as_text(value: object) -> str | None:
    """The value as text: numbers and words as written, lists and objects as JSON; None for nothing."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value if value.isascii() and "\x00" not in value else _storable(value)
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        text = str(int(value))
    elif isinstance(value, int | float):
        text = _written(value)
    else:
        text = as_json(value)
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - 1] + "…"
    return text or None


def as_json(value: object) -> str:
    """The value as compact JSON text; what JSON cannot hold is written as its text."""
    try:
        return msgspec.json.encode(value, enc_hook=str).decode()
    except (TypeError, ValueError, ArithmeticError, RecursionError, msgspec.MsgspecError):
        return msgspec.json.encode(_writable(value, _DEEPEST)).decode()


def _writable(value: object, depth: int) -> object:
    """What of a value JSON can hold; what is nested deeper is left out, with an ellipsis in its place."""
    if isinstance(value, Mapping):
        inside = (
            {_storable(str(key)): _writable(one, depth - 1) for key, one in value.items()} if depth else None
        )
        return "…" if inside is None else inside
    if isinstance(value, list | tuple):
        return [_writable(one, depth - 1) for one in value] if depth else "…"
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else _written(value)
    return _storable(str(value))


def loaded(text: str) -> object:
    """JSON, read leniently: NaN, half surrogate pairs; a number of too many digits is a text.

    Raises ValueError for what is no JSON, RecursionError for what is nested too deep.
    """
    found: object = json.loads(text, parse_int=_whole)
    return found


def _whole(digits: str) -> object:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


def from_json(text: str) -> object:
    """What a text holds as JSON, a list or an object; the text itself where it holds none."""
    if text[:1] not in ("{", "["):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError):
        pass
    try:
        return loaded(text)
    except (ValueError, RecursionError):
        return text


def unquoted(text: str) -> object:
    """What a text holds as JSON, be it a list, an object or a quoted text; the text itself where it holds none."""
    trimmed = text.strip()
    if trimmed[:1] == '"' and trimmed[-1:] == '"':
        try:
            return loaded(trimmed)
        except ValueError:
            return text
    found = from_json(trimmed)
    return text if found is trimmed else found


def same_word(text: str) -> str:
    """A word of a status as it is compared: case is ignored, but in codes of one letter, where it tells two apart (Bacula's T and t)."""
    trimmed = text.strip()
    return trimmed if len(trimmed) == 1 else trimmed.casefold()


def as_count(value: object) -> int | None:
    """A whole number of records, also from text (`1,234`); None for nothing. Raises ValueError otherwise."""
    if value is None or value == "":
        return None
    # A count has no decimals, so that a comma in it can only stand between thousands.
    if isinstance(value, str) and (found := _GROUPED.fullmatch(value.strip())):
        value = value.strip().replace(found[1], "")
    number = _number(value)
    if not number.is_integer() or not 0 <= number < _MOST_RECORDS:
        raise ValueError(f"got {shown(value)}; expected a whole number, 0 or more")
    return int(number) if isinstance(value, float) or number < 2**53 else int(str(value))


def as_seconds(value: object) -> float | None:
    """A number of a unit of time, also from text; None for nothing. Raises ValueError otherwise."""
    if value is None or value == "":
        return None
    number = _number(value)
    if number < 0:
        raise ValueError(f"got {shown(value)}; expected seconds, 0 or more")
    return number


def _written(number: float) -> str:
    try:
        return str(number)
    except ValueError:
        # Of so many digits only a decimal number can be written.
        return str(Decimal(number))


def _storable(text: str) -> str:
    """Without NULs and half surrogate pairs, which databases refuse."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"got {shown(value)}; expected a number")
    try:
        number = float(value.strip() if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        raise ValueError(f"got {shown(value)}; expected a number") from None
    if not math.isfinite(number):
        raise ValueError(f"got {shown(value)}; expected a number")
    return number


def shown(value: object) -> str:
    """A value in an error's text, briefly."""
    if isinstance(value, Mapping | list):
        return "an object" if isinstance(value, Mapping) else "a list"
    if isinstance(value, str):
        text = repr(value[:100])
    elif isinstance(value, int | float):
        text = _written(value)
    else:
        text = repr(value) if isinstance(value, date) else type(value).__name__
    return text if len(text) <= 60 else text[:57] + "…"
