"""Puts environment variables into the tree of a configuration, after parsing, so that a value is never syntax."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.settings.plain import FromVariable
from core.settings.secrets import SecretValues
from core.settings.tree import Found, Place, Tree

_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass
class Substitution:
    """Replaces `${NAME}` in every value. names: which variables stand at which place."""

    environ: Mapping[str, str]
    secrets: SecretValues
    names: dict[Place, tuple[str, ...]] = field(default_factory=dict)
    problems: list[Found] = field(default_factory=list)

    def apply(self, tree: Tree, place: Place = ()) -> Tree:
        """The tree with the variables' values in it; one that is not set stays, and is a problem."""
        if isinstance(tree, str):
            return self._text(tree, place) if "${" in tree else tree
        if isinstance(tree, dict):
            return {key: self.apply(value, (*place, key)) for key, value in tree.items()}
        if isinstance(tree, list):
            return [self.apply(value, (*place, index)) for index, value in enumerate(tree)]
        return tree

    def _text(self, text: str, place: Place) -> str:
        names: list[str] = []

        def value(found: re.Match[str]) -> str:
            if found[1] is None:
                return "${"
            name = found[1]
            if not found[0].endswith("}") or not _NAME.fullmatch(name):
                self.problems.append(
                    (
                        place,
                        'has a "${" without a name and "}"; write ${NAME}, or $${ for the characters themselves',
                    )
                )
            elif name not in self.environ:
                self.problems.append(
                    (place, f"the environment variable {name} is not set; set it before the start")
                )
            else:
                names.append(name)
                self.secrets.add(self.environ[name])
                return self.environ[name]
            return found[0]

        replaced = _REFERENCE.sub(value, text)
        if not names:
            return replaced
        self.names[place] = tuple(dict.fromkeys(names))
        return FromVariable(replaced)
