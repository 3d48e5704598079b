"""What is wrong with a JMESPath expression as it is configured: its text, and what it calls (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TypedDict

from core.settings.base import problem, suggestion

OURS: Mapping[str, tuple[int, int]] = {"each": (2, 3), "from_json": (1, 1), "items": (1, 1)}
"""Functions that JMESPath itself does not have → how many arguments each takes at least and at most;
`collectors.expression_engine` defines them."""

_QUOTED_AFTER_COMPARISON = re.compile(r'[=!]=\s*"')


class _Node(TypedDict):
    type: str
    value: object
    children: list[_Node]


class _Entry(TypedDict):
    signature: Sequence[Mapping[str, object]]


def expression(value: object) -> object:
    """A validator that compiles a text, and passes on a value of any other kind."""
    if not isinstance(value, str):
        return value
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        parsed = jmespath.compile(value).parsed
        wrong = _wrong_call(parsed)
    except RecursionError:
        raise problem(f'got "{value[:60]}…"; it is nested too deep; write a shorter one') from None
    except (JMESPathError, ValueError) as error:
        at = getattr(error, "lex_position", None)
        where = f" at character {at + 1}" if isinstance(at, int) else ""
        raise problem(f'got "{value}"; it is no JMESPath expression{where}; {_remedy(value)}') from None
    if wrong is not None:
        raise problem(f'got "{value}"; {wrong}')
    if (name := _compared_with_a_name(value)) is not None:
        raise problem(
            f"got \"{value}\"; in double quotes {name} is the name of a field; put a text in single quotes: '{name}'"
        )
    return value


def _remedy(text: str) -> str:
    unquoted = re.sub(r"""'[^']*'|"[^"]*"|`[^`]*`""", "", text)
    if re.search(r"@\w|\w[-/:@$#]|\$\w", unquoted):
        return """put double quotes around a name with other characters than letters, digits and _, as in '"date-started".time'"""
    if re.search(r"[^=!<>]=[^=]", unquoted):
        return "compare with =="
    return "see https://jmespath.org"


def _compared_with_a_name(text: str) -> str | None:
    """The name in double quotes that a comparison ends in: meant as a text, and never an error, as no field has it."""
    if _QUOTED_AFTER_COMPARISON.search(text) is None:
        return None
    from jmespath.lexer import Lexer

    kinds = [(str(token["type"]), str(token["value"])) for token in Lexer().tokenize(text)]
    for (sign, _), (kind, name), (after, _) in zip(kinds, kinds[1:], kinds[2:], strict=False):
        if sign in {"eq", "ne"} and kind == "quoted_identifier" and after not in {"dot", "lbracket"}:
            return name
    return None


def _wrong_call(node: _Node) -> str | None:
    """What is wrong with a call in a parsed expression; None if all of them can be made.

    JMESPath itself tells it only when an item is read, for each item anew.
    """
    known = _arguments()
    for name, given in _calls(node):
        if name not in known:
            return f"{name}() is no function of JMESPath; {suggestion(name, known)}"
        least, most = known[name]
        if given < least or (most is not None and given > most):
            wanted = f"{least}" if most == least else f"{least} or {most or 'more'}"
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
    return {**known, **OURS}


def _calls(node: _Node) -> Iterator[tuple[str, int]]:
    if node["type"] == "function_expression":
        yield str(node["value"]), len(node["children"])
    for child in node["children"]:
        # Those of a slice are its bounds, whatever the types say.
        if isinstance(child, dict):
            yield from _calls(child)
