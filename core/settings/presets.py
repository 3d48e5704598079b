"""A preset: a named mapping of one system, as a data file says it; a source builds on it with `preset:`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.settings.tree import Tree, parse

PLACEHOLDER = re.compile(r"<([a-z][a-z0-9_]*)>")
"""Where a parameter stands in a preset's source."""

OWNER = "integration"
"""The parameter that nobody gives: the key of the integration that the source stands under, else the source's name."""

_KEYS = frozenset({"title", "docs", "maps", "unknown", "parameters", "source"})


@dataclass(frozen=True)
class Parameter:
    """What a source gives a preset. default: used where it gives nothing; None where it must (`required`)."""

    about: str
    required: bool
    default: Tree = None


@dataclass(frozen=True)
class Preset:
    """One preset. maps: what it reads; unknown: what the system does not tell, so that it cannot know."""

    name: str
    title: str
    docs: str
    maps: str
    unknown: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    source: Mapping[str, Tree]

    @property
    def type(self) -> str:
        """The kind of source it is."""
        return str(self.source["type"])


def read_preset(name: str, text: str) -> Preset:
    """The preset in a data file. Raises ValueError where it is none: a fault of ours, not of a user."""
    document = parse(text)
    root = document.root
    if document.problems or not isinstance(root, dict) or set(root) != _KEYS:
        raise ValueError(f"preset {name}: write each of {', '.join(sorted(_KEYS))} once")
    source, given, unknown = root["source"], root["parameters"] or {}, root["unknown"] or []
    if not isinstance(source, dict) or not isinstance(source.get("type"), str):
        raise ValueError(f"preset {name}: source has no type")
    if not isinstance(given, dict) or not isinstance(unknown, list):
        raise ValueError(f"preset {name}: parameters is a mapping and unknown a list")
    parameters = {key: _parameter(name, key, value) for key, value in given.items()}
    if set(_placeholders(source)) - {OWNER} != set(parameters):
        raise ValueError(f"preset {name}: parameters are not those that stand in source")
    texts = {key: str(root[key] or "").strip() for key in ("title", "docs", "maps")}
    return Preset(name, **texts, unknown=tuple(map(str, unknown)), parameters=parameters, source=source)


def _parameter(name: str, key: str, value: Tree) -> Parameter:
    if not isinstance(value, dict) or not isinstance(value.get("about"), str):
        raise ValueError(f"preset {name}: parameter {key} says nothing about itself")
    return Parameter(str(value["about"]), "default" not in value, value.get("default"))


def _placeholders(tree: Tree) -> Iterator[str]:
    if isinstance(tree, str):
        yield from PLACEHOLDER.findall(tree)
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from _placeholders(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _placeholders(value)
