"""YAML as a tree of text: nothing is guessed from how a scalar looks, and every place is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from core.settings.plain import Plain

Place = tuple[str | int, ...]
"""The way to a value: keys and list positions from the top of the file."""

Found = tuple[Place, str]
"""A problem: its place, and what is wrong with the remedy."""

Tree = str | None | list["Tree"] | dict[str, "Tree"]

_LoaderBase: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_QUOTED = frozenset({"'", '"', "|", ">"})
_MAX_VALUES = 200_000
_MAX_DEPTH = 60


class _TextLoader(_LoaderBase):  # type: ignore[misc, valid-type]
    """Resolves no scalar to anything but text."""

    yaml_implicit_resolvers: dict[str, object] = {}  # noqa: RUF012


class NotYamlError(Exception):
    """The text is no YAML; `where` is a line and column."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where
        self.message = message


@dataclass
class Document:
    """A file read as YAML. root: its tree; problems: what is wrong with it as a tree."""

    root: Tree
    node: yaml.Node | None
    problems: list[Found] = field(default_factory=list)

    def position(self, place: Place) -> tuple[int, int]:
        """Line and column (from 0) of a place, or of the nearest thing around it."""
        node, mark = self.node, (0, 0)
        for step in place:
            found = _child(node, step)
            if found is None:
                break
            mark, node = found
        return mark


def parse(text: str) -> Document:
    """Read YAML text. Raises NotYamlError where it is none."""
    try:
        node = yaml.compose(text, Loader=_TextLoader)
    except yaml.MarkedYAMLError as error:
        raise _syntax_problem(error, text) from None
    except yaml.YAMLError as error:
        raise NotYamlError(
            "file", f"cannot be read as YAML ({str(error).splitlines()[0]}); remove the character"
        ) from None
    except RecursionError:
        raise NotYamlError("file", f"is nested too deeply; use at most {_MAX_DEPTH} levels") from None
    document = Document(None, node)
    if node is not None:
        document.root = _Builder(document.problems).build(node, ())
    return document


_OPEN_IN_FLOW = re.compile(r"""\{.*: *[^"'\[{\s][^"',}]*[\[{]""")


def _syntax_problem(error: yaml.MarkedYAMLError, text: str) -> NotYamlError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    what = error.problem or error.context or "not understood"
    lines = text.splitlines()
    written = lines[line] if line < len(lines) else ""
    if "${" in written:
        remedy = 'put quotes around "${NAME}"'
    elif _OPEN_IN_FLOW.search(written):
        remedy = "inside { } put quotes around a value that holds [ ] { } or a comma"
    elif "\t" in written:
        remedy = "indent with spaces, not tabs"
    else:
        remedy = "check indentation, colons, brackets and quotes there and just above"
    return NotYamlError(f"line {line + 1}, column {column + 1}", f"not readable as YAML ({what}); {remedy}")


class _Builder:
    """Turns nodes into a tree of text, noting duplicate keys and what is not allowed."""

    def __init__(self, problems: list[Found]) -> None:
        self.problems = problems
        self.values = 0
        self.open: set[int] = set()

    def build(self, node: yaml.Node, place: Place) -> Tree:
        """The tree below one node; what cannot be read is None, with a problem noted."""
        self.values += 1
        if self.values > _MAX_VALUES:
            if self.values == _MAX_VALUES + 1:
                self.problems.append((place, f"holds more than {_MAX_VALUES} values; use fewer aliases"))
            return None
        if not str(node.tag).startswith("tag:yaml.org,2002:"):
            self.problems.append((place, f"tag {node.tag} is not supported; remove it"))
            return None
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self.open or len(place) > _MAX_DEPTH:
            self.problems.append((place, "holds itself, or is nested too deeply; write it out"))
            return None
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.build(item, (*place, index)) for index, item in enumerate(node.value)]
            return self._mapping(node, place)
        finally:
            self.open.discard(id(node))

    def _mapping(self, node: yaml.Node, place: Place) -> dict[str, Tree]:
        built: dict[str, Tree] = {}
        merged: list[yaml.Node] = []
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append((place, "a key must be a text; write one"))
                continue
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in lines:
                self.problems.append(
                    ((*place, key), f"written twice, in lines {lines[key]} and {line}; keep one")
                )
                continue
            lines[key] = line
            if _is_merge(key_node):
                merged.append(value_node)
            else:
                built[key] = self.build(value_node, (*place, key))
        for value_node in merged:
            self._merge(built, value_node, place)
        return built

    def _merge(self, built: dict[str, Tree], node: yaml.Node, place: Place) -> None:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for part in parts:
            tree = self.build(part, place) if isinstance(part, yaml.MappingNode) else None
            if not isinstance(tree, dict):
                self.problems.append(
                    ((*place, "<<"), "merges something else than a mapping; name an anchor of one")
                )
                continue
            for key, value in tree.items():
                built.setdefault(key, value)


def _scalar(node: yaml.ScalarNode) -> str | None:
    text = str(node.value)
    if node.style in _QUOTED or node.tag == "tag:yaml.org,2002:binary":
        return text
    return None if text in _NULLS else Plain(text)


def _is_merge(node: yaml.ScalarNode) -> bool:
    return node.value == "<<" and node.style not in _QUOTED


def _child(node: yaml.Node | None, step: str | int) -> tuple[tuple[int, int], yaml.Node] | None:
    """The mark of a key (or item) and the node of its value, merged mappings included."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return (item.start_mark.line, item.start_mark.column), item
    if isinstance(node, yaml.MappingNode):
        for key, value in _entries(node):
            if key.value == step:
                return (key.start_mark.line, key.start_mark.column), value
    return None


def _entries(node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    yield from node.value
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and _is_merge(key):
            for part in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if isinstance(part, yaml.MappingNode):
                    yield from _entries(part)


def child(tree: object, step: str | int) -> object:
    """The value one step down a tree; None where there is none."""
    if isinstance(tree, Mapping):
        return tree.get(step)
    if isinstance(tree, list) and isinstance(step, int) and step < len(tree):
        return tree[step]
    return None
