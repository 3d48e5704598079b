"""Compiles JMESPath expressions; plain names, dotted paths and text comparisons run as plain lookups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from collectors.values import from_json

if TYPE_CHECKING:
    from collectors.expression_engine import Node

Getter = Callable[[object], object]
"""What an expression finds in a value; None where it finds nothing. Raises ExpressionError."""


_STEPS = frozenset(
    {"subexpression", "index_expression", "projection", "value_projection", "filter_projection", "pipe"}
)


_LONGEST_SAID = 300

_NOTHING = "{0}() found nothing to work on; where it may be missing, write `name && {0}(name)`"


class ExpressionError(ValueError):
    """An expression met a value that it cannot work on, such as a sum of texts."""


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Getter:
    """A function that evaluates the expression, made once: polls come back to the same ones. Raises ValueError if it is not JMESPath."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        node: Node = jmespath.compile(text).parsed
        return _quick(node) or _interpreted(node, text)
    except (JMESPathError, ValueError, RecursionError) as error:
        raise ValueError(f"got {text[:200]!r}; not a JMESPath expression: {_said(error)}") from None


def simple_name(text: str) -> str | None:
    """The one key that an expression looks up; None if it does anything more."""
    import jmespath

    node: Node = jmespath.compile(text).parsed
    return str(node["value"]) if node["type"] == "field" else None


@lru_cache(maxsize=4096)
def root_names(text: str) -> frozenset[str]:
    """The keys that an expression looks up in the value it is given, not those deeper inside."""
    import jmespath

    node: Node = jmespath.compile(text).parsed
    return frozenset(_roots(node))


def looked_into(text: str) -> frozenset[str]:
    """The keys of the given value whose own values an expression looks into."""
    import jmespath

    node: Node = jmespath.compile(text).parsed
    return frozenset(_holders(node))


def _holders(node: Node) -> Iterator[str]:
    children = node["children"]
    if node["type"] in _STEPS:
        yield from _roots(node)
        children = children[:1]
    for child in children:
        yield from _holders(child)


def _roots(node: Node) -> Iterator[str]:
    if node["type"] == "field":
        yield str(node["value"])
        return
    # Of a path only the first step sees the value itself.
    children = node["children"]
    for child in children[:1] if node["type"] in _STEPS else children:
        yield from _roots(child)


def equals_text(text: str) -> tuple[str, str] | None:
    """(name, text) of an expression of the form `name == 'text'`; None for any other."""
    import jmespath

    node: Node = jmespath.compile(text).parsed
    if node["type"] != "comparator" or node["value"] != "eq":
        return None
    left, right = node["children"]
    if left["type"] == "literal":
        left, right = right, left
    if left["type"] == "field" and right["type"] == "literal" and isinstance(right["value"], str):
        return str(left["value"]), right["value"]
    return None


def _quick(node: Node) -> Getter | None:
    """A plain function for the forms that nearly every configuration uses; None for the others."""
    match node["type"]:
        case "current":
            return lambda value: value
        case "literal":
            literal = node["value"]
            return lambda value: literal
        case "field":
            return _field(str(node["value"]))
        case "subexpression":
            steps = [_quick(child) for child in node["children"]]
            found = [step for step in steps if step is not None]
            return _path(found) if len(found) == len(steps) else None
        case "comparator" if node["value"] in ("eq", "ne"):
            return _comparison(node)
        case _:
            return None


def _field(name: str) -> Getter:
    def get(value: object) -> object:
        if isinstance(value, dict):
            found: object = value.get(name)
            return found
        if isinstance(value, str):
            value = from_json(value.strip())
        return value.get(name) if isinstance(value, Mapping) else None

    return get


def _path(steps: list[Getter]) -> Getter:
    def get(value: object) -> object:
        for step in steps:
            value = step(value)
            if value is None:
                return None
        return value

    return get


def _comparison(node: Node) -> Getter | None:
    """Equality with a text; numbers and booleans have rules of their own and are left to JMESPath."""
    left, right = node["children"]
    if right["type"] != "literal" or not isinstance(right["value"], str):
        return None
    get, wanted, same = _quick(left), right["value"], node["value"] == "eq"
    return None if get is None else lambda value: (get(value) == wanted) is same


def _interpreted(node: Node, text: str) -> Getter:
    from jmespath.exceptions import JMESPathError

    from collectors.expression_engine import interpreter, opening

    visit, node = interpreter().visit, opening(node)

    def get(value: object) -> object:
        try:
            found: object = visit(node, value)
        except (
            JMESPathError,
            TypeError,
            ValueError,
            AttributeError,
            ArithmeticError,
            LookupError,
            RecursionError,
        ) as error:
            raise ExpressionError(f"{text}: {_said(error)}") from None
        return found

    return get


def _said(error: Exception) -> str:
    """What an error of the library says, briefly: it may hold the whole value."""
    if isinstance(error, RecursionError):
        return "nested too deep"
    if getattr(error, "actual_type", None) == "null":
        return _NOTHING.format(getattr(error, "function_name", "it"))
    try:
        said = str(error)
    except ValueError:  # the value is a number that Python does not write
        said = "a number of too many digits"
    return said if len(said) <= _LONGEST_SAID else said[: _LONGEST_SAID - 1] + "…"
