"""Which functions a JMESPath expression may call, and what is wrong with a call (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TypedDict

from core.settings.base import suggestion

OURS: Mapping[str, int] = {"each": 2, "from_json": 1, "items": 1}
"""Functions that JMESPath itself does not have → how many arguments each takes; `collectors.expressions` defines them."""


class _Node(TypedDict):
    type: str
    value: object
    children: list[_Node]


class _Entry(TypedDict):
    signature: Sequence[Mapping[str, object]]


def wrong_call(node: _Node) -> str | None:
    """What is wrong with a call in a parsed expression; None if all of them can be made.

    JMESPath itself tells it only when an item is read, for each item anew.
    """
    known = _arguments()
    for name, given in _calls(node):
        if name not in known:
            return f"{name}() is no function of JMESPath; {suggestion(name, known)}"
        least, most = known[name]
        if given < least or (most is not None and given > most):
            wanted = f"{least}" if most == least else f"{least} or more"
            return f"{name}() takes {wanted} arguments and is given {given}"
    return None


@cache
def _arguments() -> Mapping[str, tuple[int, int | None]]:
    """Each function's name → how many arguments it takes at least and at most; None for any number."""
    from jmespath.functions import Functions

    table: Mapping[str, _Entry] = Functions.FUNCTION_TABLE
    known: dict[str, tuple[int, int | None]] = {}
    for name, entry in table.items():
        takes = entry["signature"]
        endless = bool(takes) and bool(takes[-1].get("variadic"))
        known[name] = (len(takes), None if endless else len(takes))
    return known | {name: (count, count) for name, count in OURS.items()}


def _calls(node: _Node) -> Iterator[tuple[str, int]]:
    if node["type"] == "function_expression":
        yield str(node["value"]), len(node["children"])
    for child in node["children"]:
        # Those of a slice are its bounds, whatever the types say.
        if isinstance(child, dict):
            yield from _calls(child)
