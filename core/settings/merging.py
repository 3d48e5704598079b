"""Puts a source's own keys over those of its preset, and remembers which place came from where (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from core.settings.base import suggestion
from core.settings.plain import Plain
from core.settings.presets import OWNER, PLACEHOLDER, Preset, read_preset
from core.settings.problems import written
from core.settings.tree import Found, Place, Tree

_KINDS = ("type", "by")
"""Keys that choose what the keys beside them mean: with another choice nothing of the preset fits."""

_IGNORE_CASE = frozenset({"status_map"})


@dataclass
class Merger:
    """Merges presets into the sources of a tree. texts: preset's name → its data file.

    keys: every key that a type of source may have, None where there is no such type; origins: a place in
    the merged tree that nobody wrote → the place in the file that brought it.
    """

    texts: Mapping[str, str]
    keys: Callable[[str], Collection[str] | None]
    problems: list[Found] = field(default_factory=list)
    origins: dict[Place, Place] = field(default_factory=dict)

    def apply(self, root: Mapping[str, Tree]) -> dict[str, Tree]:
        """The configuration's tree with every `preset:` of a source filled in."""
        merged = dict(root)
        if "sources" in root:
            merged["sources"] = self._sources(root["sources"], ("sources",))
        integrations = root.get("integrations")
        if isinstance(integrations, list):
            merged["integrations"] = [
                {
                    **one,
                    "sources": self._sources(
                        one["sources"], ("integrations", index, "sources"), one.get("key")
                    ),
                }
                if isinstance(one, dict) and "sources" in one
                else one
                for index, one in enumerate(integrations)
            ]
        return merged

    def told(self, found: Found) -> Found:
        """A problem of the merged tree at its place in the file.

        What came in through a parameter stands there; what the preset itself brought, at `preset`.
        """
        place, message = found
        for length in range(len(place), 0, -1):
            origin = self.origins.get(place[:length])
            if origin is None:
                continue
            if origin[-1] != "preset":
                return origin, message
            return origin, f"{written(place[len(origin) - 1 :])}: {message}"
        return found

    def _sources(self, sources: Tree, place: Place, owner: Tree = None) -> Tree:
        if not isinstance(sources, list):
            return sources
        return [self._source(one, (*place, index), owner) for index, one in enumerate(sources)]

    def _source(self, source: Tree, place: Place, owner: Tree) -> Tree:
        if not isinstance(source, dict) or not isinstance(source.get("preset"), str):
            return source
        name = str(source["preset"])
        if name not in self.texts:
            self.problems.append(((*place, "preset"), f'"{name}" is unknown; {suggestion(name, self.texts)}'))
            self.origins[(*place, "type")] = (*place, "preset")
            return source
        preset = read_preset(name, self.texts[name])
        own_type = source.get("type")
        if own_type not in (None, preset.type):
            text = f'the preset "{name}" is a {preset.type} source; remove type, or the preset'
            self.problems.append(((*place, "type"), text))
        return _Filling(self, preset, source, place, str(owner or source.get("name"))).merged()


@dataclass
class _Filling:
    """One source on its preset. owner: what stands for the parameter that nobody gives."""

    merger: Merger
    preset: Preset
    given: dict[str, Tree]
    place: Place
    owner: str

    def merged(self) -> Tree:
        parameters = self.preset.parameters
        own = {key: value for key, value in self.given.items() if key not in parameters and key != "type"}
        for key in self._unknown(own):
            del own[key]
        return self._merge(dict(self.preset.source), own, ())

    def _unknown(self, own: Collection[str]) -> list[str]:
        """Keys that neither the type nor the preset has, each told: here the preset's parameters are a choice too."""
        known = self.merger.keys(self.preset.type)
        if known is None:
            return []
        choice = {*known, *self.preset.parameters}
        unknown = [key for key in own if key not in choice]
        self.merger.problems += [
            ((*self.place, key), f"unknown key; {suggestion(key, choice)}") for key in unknown
        ]
        return unknown

    def _merge(self, theirs: Tree, own: Tree, step: Place) -> Tree:
        """The user's value where there is one; mappings are merged key by key, an empty value takes a key out."""
        if not isinstance(theirs, dict) or not isinstance(own, dict):
            return own
        if step and any(key in own and key in theirs and own[key] != theirs[key] for key in _KINDS):
            return own
        renamed = {key.casefold() for key in own} if step and step[-1] in _IGNORE_CASE else set()
        result: dict[str, Tree] = {}
        for key, value in theirs.items():
            if key in own:
                if own[key] is not None:
                    result[key] = self._merge(value, own[key], (*step, key))
            elif key.casefold() not in renamed:
                filled = self._fill(value, (*step, key))
                if filled is not None:
                    result[key] = filled
        return result | {key: value for key, value in own.items() if key not in theirs}

    def _fill(self, theirs: Tree, step: Place) -> Tree:
        """What the preset says, with its parameters filled in; None where one of them is empty."""
        self._from(step, "preset")
        if isinstance(theirs, dict):
            filled = {key: self._fill(value, (*step, key)) for key, value in theirs.items()}
            return {key: value for key, value in filled.items() if value is not None}
        if isinstance(theirs, list):
            return [self._fill(value, (*step, index)) for index, value in enumerate(theirs)]
        if theirs is None or "<" not in theirs:
            return theirs
        whole = PLACEHOLDER.fullmatch(theirs)
        if whole:
            return self._value(whole[1], step)
        return self._text(theirs, step)

    def _text(self, text: str, step: Place) -> str | None:
        """A text with parameters inside it; an address that ends in `/` is joined with one `/` only."""
        # The first parameter last: a problem of the text is then told at that one.
        values = {name: self._value(name, step) for name in reversed(PLACEHOLDER.findall(text))}
        if not all(isinstance(value, str) for value in values.values()):
            return None

        def value(found: re.Match[str]) -> str:
            filled = str(values[found[1]])
            return filled.rstrip("/") if text[found.end() :].startswith("/") else filled

        return PLACEHOLDER.sub(value, text)

    def _value(self, name: str, step: Place) -> Tree:
        if name == OWNER:
            return self.owner
        parameter, value = self.preset.parameters[name], self.given.get(name)
        if value is not None or parameter.required:
            self._from(step, name)
        if value is None and parameter.required:
            text = f'is missing, and the preset "{self.preset.name}" needs it: write {parameter.about}'
            self.merger.problems.append(((*self.place, name), text))
        # Even unquoted a parameter is text: a password of digits is no number.
        return parameter.default if value is None else str(value) if isinstance(value, Plain) else value

    def _from(self, step: Place, key: str) -> None:
        self.merger.origins[(*self.place, *step)] = (*self.place, key)
