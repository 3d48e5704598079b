"""JMESPath as it is spoken here: it looks into texts that hold JSON, and has functions of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from jmespath import Options, functions
from jmespath.visitor import TreeInterpreter

from collectors.values import from_json, unquoted


class Node(TypedDict):
    """A parsed expression; the children of a slice are its bounds."""

    type: str
    value: object
    children: list[Node]


_OVER_LISTS = frozenset({"projection", "filter_projection", "flatten", "value_projection"})
"""What goes over the entries of what its first child finds."""


def _opened(value: object) -> object:
    return from_json(value.strip()) if isinstance(value, str) else value


def opening(node: Node) -> Node:
    """The same expression, which opens a text that holds JSON where it goes over its entries."""
    children = [opening(one) if isinstance(one, dict) else one for one in node["children"]]
    if node["type"] in _OVER_LISTS:
        children[0] = {"type": "opened", "value": None, "children": children[:1]}
    return {"type": node["type"], "value": node.get("value"), "children": children}


class Interpreter(TreeInterpreter):
    """Finds in a text that holds JSON what stands in it; any other text has nothing in it."""

    def visit_field(self, node: Node, value: object) -> object:
        """A name in an object."""
        return super().visit_field(node, _opened(value))

    def visit_index(self, node: Node, value: object) -> object:
        """An entry of a list."""
        return super().visit_index(node, _opened(value))

    def visit_slice(self, node: Node, value: object) -> object:
        """Some entries of a list."""
        return super().visit_slice(node, _opened(value))

    def visit_opened(self, node: Node, value: object) -> object:
        """What entries are gone over of."""
        return _opened(self.visit(node["children"][0], value))


class _Functions(functions.Functions):
    """JMESPath's own, `items` of its community's edition (an object as [key, value] pairs), and two of ours.

    from_json: what a text holds as JSON, be it a quoted text, as an error of Luigi is; anything else stays as it is.
    each: the entries of all lists that stand at a key of some objects, each with its object as `parent`, which
    JMESPath forgets: `each(jobs, 'builds')`. An entry that is no object is handed on as it is, unless a third
    argument says what each entry is called beside its `parent`: `each(streams, 'values', 'row')`. Where no object
    has the key there is nothing to find. `core.settings.expressions` knows their names, too.
    """

    @functions.signature({"types": ["object"]})
    def _func_items(self, found: Mapping[str, object]) -> list[list[object]]:
        return [[key, value] for key, value in found.items()]

    @functions.signature({"types": ["array"]}, {"types": ["string"], "variadic": True})
    def _func_each(self, objects: Sequence[object], key: str, name: str | None = None) -> list[object] | None:
        if objects and not any(isinstance(above, Mapping) and key in above for above in objects):
            return None
        return [
            _beside(one, above, name)
            for above in objects
            if isinstance(above, Mapping)
            for one in above.get(key) or ()
        ]

    @functions.signature({"types": []})
    def _func_from_json(self, found: object) -> object:
        return unquoted(found) if isinstance(found, str) else found


def _beside(entry: object, above: Mapping[str, object], name: str | None) -> object:
    if name is not None:
        return {name: entry, "parent": above}
    return {**entry, "parent": above} if isinstance(entry, Mapping) else entry


FUNCTIONS = _Functions()


def interpreter() -> Interpreter:
    """One that knows all functions."""
    return Interpreter(Options(custom_functions=FUNCTIONS))
