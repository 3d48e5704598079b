"""How the scalars of a file were written, and what those without quotes mean where any JSON may stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,99})")
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*|(?=\.))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None}


class Plain(str):
    """Text of an unquoted YAML scalar: only there may `5` or `true` mean something other than text."""

    __slots__ = ()


class FromVariable(str):
    """Text in which a variable stands: what it comes to nobody has written there."""

    __slots__ = ()


def typed(value: object) -> object:
    """A tree of text with its unquoted scalars as numbers, booleans and nulls (YAML 1.2's JSON schema)."""
    if isinstance(value, Plain):
        return _meaning(str(value))
    if isinstance(value, Mapping):
        return {str(key): typed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [typed(item) for item in value]
    return value


def _meaning(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and isfinite(number := float(text)):
        return number
    return text
