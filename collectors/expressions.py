"""Compiles JMESPath expressions; plain names, dotted paths and text comparisons run as plain lookups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypedDict

from collectors.values import unquoted

if TYPE_CHECKING:
    from jmespath.functions import Functions

Getter = Callable[[object], object]
"""What an expression finds in a value; None where it finds nothing. Raises ExpressionError."""


_STEPS = frozenset(
    {"subexpression", "index_expression", "projection", "value_projection", "filter_projection", "pipe"}
)


_LONGEST_SAID = 300


class ExpressionError(ValueError):
    """An expression met a value that it cannot work on, such as a sum of texts."""


class _Node(TypedDict):
    type: str
    value: object
    children: list[_Node]


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Getter:
    """A function that evaluates the expression, made once: polls come back to the same ones. Raises ValueError if it is not JMESPath."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        node: _Node = jmespath.compile(text).parsed
        return _quick(node) or _interpreted(node, text)
    except (JMESPathError, ValueError, RecursionError) as error:
        raise ValueError(f"got {text[:200]!r}; not a JMESPath expression: {_said(error)}") from None


def simple_name(text: str) -> str | None:
    """The one key that an expression looks up; None if it does anything more."""
    import jmespath

    node: _Node = jmespath.compile(text).parsed
    return str(node["value"]) if node["type"] == "field" else None


@lru_cache(maxsize=4096)
def root_names(text: str) -> frozenset[str]:
    """The keys that an expression looks up in the value it is given, not those deeper inside."""
    import jmespath

    node: _Node = jmespath.compile(text).parsed
    return frozenset(_roots(node))


def looked_into(text: str) -> frozenset[str]:
    """The keys of the given value whose own values an expression looks into."""
    import jmespath

    node: _Node = jmespath.compile(text).parsed
    return frozenset(_holders(node))


def _holders(node: _Node) -> Iterator[str]:
    children = node["children"]
    if node["type"] in _STEPS:
        yield from _roots(node)
        children = children[:1]
    for child in children:
        yield from _holders(child)


def _roots(node: _Node) -> Iterator[str]:
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

    node: _Node = jmespath.compile(text).parsed
    if node["type"] != "comparator" or node["value"] != "eq":
        return None
    left, right = node["children"]
    if left["type"] == "literal":
        left, right = right, left
    if left["type"] == "field" and right["type"] == "literal" and isinstance(right["value"], str):
        return str(left["value"]), right["value"]
    return None


def _quick(node: _Node) -> Getter | None:
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


def _comparison(node: _Node) -> Getter | None:
    """Equality with a text; numbers and booleans have rules of their own and are left to JMESPath."""
    left, right = node["children"]
    if right["type"] != "literal" or not isinstance(right["value"], str):
        return None
    get, wanted, same = _quick(left), right["value"], node["value"] == "eq"
    return None if get is None else lambda value: (get(value) == wanted) is same


def _interpreted(node: _Node, text: str) -> Getter:
    import jmespath
    from jmespath.exceptions import JMESPathError
    from jmespath.visitor import TreeInterpreter

    visit = TreeInterpreter(jmespath.Options(custom_functions=_functions())).visit

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
    try:
        said = str(error)
    except ValueError:  # the value is a number that Python does not write
        said = "a number of too many digits"
    return said if len(said) <= _LONGEST_SAID else said[: _LONGEST_SAID - 1] + "…"


@cache
def _functions() -> Functions:
    """JMESPath's own functions, `items` of its community's edition (an object as [key, value] pairs), and two of ours.

    from_json: what a text holds as JSON, as errors of Google Workflows and Luigi do; anything else stays as it is.
    each: the entries of all lists that stand at a key of some objects, each with its object as `parent`, which
    JMESPath forgets: `each(jobs, 'builds')`. An entry that is no object is handed on as it is; where no object
    has the key there is nothing to find. `core.settings.expressions` knows their names, too.
    """
    from jmespath import functions

    class More(functions.Functions):
        @functions.signature({"types": ["object"]})
        def _func_items(self, found: Mapping[str, object]) -> list[list[object]]:
            return [[key, value] for key, value in found.items()]

        @functions.signature({"types": ["array"]}, {"types": ["string"]})
        def _func_each(self, objects: list[object], key: str) -> list[object] | None:
            if objects and not any(isinstance(above, Mapping) and key in above for above in objects):
                return None
            return [
                {**one, "parent": above} if isinstance(one, Mapping) else one
                for above in objects
                if isinstance(above, Mapping)
                for one in above.get(key) or ()
            ]

        @functions.signature({"types": []})
        def _func_from_json(self, found: object) -> object:
            return unquoted(found) if isinstance(found, str) else found

    return More()
