"""Validation errors as problems a person can mend: where, what was got, and the remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, get_args

from pydantic import ValidationError
from pydantic_core.core_schema import ErrorType

from core.settings.base import Refused, one_of, suggestion
from core.settings.tree import Found, Place, child

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SHOWN = 60
_BARE = re.compile(r"[\w-]+")
_KNOWN_TO_PYDANTIC = frozenset(get_args(ErrorType))


def written(place: Place) -> str:
    """A place as people read it: `integrations[1].sources[0].every`."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _BARE.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text or "file"


def problems_of(error: ValidationError, tree: object, prefix: Place = ()) -> list[Found]:
    """The problems behind a validation error. tree: what was validated; prefix: its place in the file."""
    found: list[Found] = []
    for details in error.errors(include_url=False):
        place = aligned(tree, details["loc"], details["type"] in {"missing", "extra_forbidden"})
        if details["type"] in {"union_tag_invalid", "union_tag_not_found"}:
            place = (*place, _context(details, "discriminator").strip("'"))
        found.append(((*prefix, *place), described(details)))
    return found


def aligned(tree: object, loc: Place, named: bool) -> Place:
    """A validator's location without the steps (names of union members) that are not in the file.

    named: the last step is the name of a key, there or missing.
    """
    place = _follow(tree, loc, named, False)
    return _follow(tree, loc, named, True) or () if place is None else place


def _follow(tree: object, loc: Place, named: bool, open_end: bool) -> Place | None:
    """The steps of `loc` that a tree has; None where they lead nowhere (open_end: stop there)."""
    if not loc:
        return ()
    step, rest = loc[0], loc[1:]
    if (isinstance(tree, Mapping) and step in tree) or (isinstance(tree, list) and isinstance(step, int)):
        further = _follow(child(tree, step), rest, named, open_end)
        if further is not None:
            return (step, *further)
    if rest:
        return _follow(tree, rest, named, open_end) if isinstance(step, str) else None
    if named:
        return (step,) if isinstance(tree, Mapping) else None
    return () if open_end else None


def described(details: ErrorDetails) -> str:
    """What one error says, without the validator's own words."""
    kind, value = details["type"], details.get("input")
    if isinstance(value, Refused):
        return value.message
    if kind in {"value_error", "assertion_error"}:
        return _own_words(details)
    if kind in _DESCRIPTIONS:
        return _DESCRIPTIONS[kind](details)
    for ending, what in _WANTED.items():
        if kind.startswith(ending):
            return f"got {shown(value)}; write {what}"
    return f"got {shown(value)}; it does not fit here" if kind in _KNOWN_TO_PYDANTIC else details["msg"]


def shown(value: object) -> str:
    """A value that was got, short enough for one line."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple | set | frozenset):
        return "a list"
    if value is None:
        return "nothing"
    text = str(value)
    return f'"{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"}"'


def _own_words(details: ErrorDetails) -> str:
    """The text of a ValueError raised by a model's own validator."""
    return (
        str(details.get("ctx", {}).get("error") or "")
        or f"got {shown(details.get('input'))}; it does not fit here"
    )


def _context(details: ErrorDetails, name: str) -> str:
    return str(details.get("ctx", {}).get(name, ""))


def _choice(expected: str) -> Callable[[ErrorDetails], str]:
    def describe(details: ErrorDetails) -> str:
        value = details.get("input") if expected == "expected" else _context(details, "tag")
        choice = re.findall(r"'([^']*)'", _context(details, expected))
        if isinstance(value, str) and choice:
            close = suggestion(value, choice)
            return f"got {shown(value)}; {close if close.startswith('did') else 'use ' + one_of(choice)}"
        return (
            f"got {shown(value)}; use {one_of(choice)}"
            if choice
            else f"got {shown(value)}; it does not fit here"
        )

    return describe


def _limit(words: str, name: str) -> Callable[[ErrorDetails], str]:
    return lambda details: f"got {shown(details.get('input'))}; use {words.format(_context(details, name))}"


def _missing(_: ErrorDetails) -> str:
    return "is missing; write it"


_DESCRIPTIONS: Mapping[str, Callable[[ErrorDetails], str]] = {
    "missing": _missing,
    "union_tag_not_found": _missing,
    "union_tag_invalid": _choice("expected_tags"),
    "enum": _choice("expected"),
    "literal_error": _choice("expected"),
    "extra_forbidden": lambda _: "unknown key; remove it",
    "greater_than": _limit("more than {}", "gt"),
    "greater_than_equal": _limit("{} or more", "ge"),
    "less_than": _limit("less than {}", "lt"),
    "less_than_equal": _limit("{} or less", "le"),
    "multiple_of": _limit("a multiple of {}", "multiple_of"),
    "string_too_short": _limit("at least {} characters", "min_length"),
    "string_too_long": _limit("at most {} characters", "max_length"),
    "too_short": _limit("at least {} items", "min_length"),
    "too_long": _limit("at most {} items", "max_length"),
    "string_pattern_mismatch": lambda d: (
        f"got {shown(d.get('input'))}; write text of the form {_context(d, 'pattern')}"
    ),
}

_WANTED = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "finite": "a number",
    "bool": "yes or no",
    "tuple": "a list",
    "list": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "iterable": "a list",
    "dict": "a mapping of names and values",
    "mapping": "a mapping of names and values",
    "model": "a mapping of names and values",
    "dataclass": "a mapping of names and values",
    "datetime": "a time such as 2026-01-31T09:30:00Z",
    "timezone": "a time with its zone",
    "date": "a date such as 2026-01-31",
    "time_delta": "a duration such as 30s, 10m, 2h or 7d",
    "time": "a time such as 16:30",
    "url": "an address such as https://host/path",
    "uuid": "a UUID",
    "bytes": "a text",
    "path": "a path",
}


def once_each(problems: Iterable[Found]) -> list[Found]:
    """The first problem of each place: what follows from it would only confuse."""
    first: dict[Place, str] = {}
    for place, message in problems:
        first.setdefault(place, message)
    return list(first.items())
