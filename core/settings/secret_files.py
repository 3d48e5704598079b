"""Which files the secrets of a configuration stand in, so that they can be watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from core.settings.secrets import SecretValues
from core.settings.substitution import Substitution
from core.settings.tree import NotYamlError, Tree, parse

_FILE = "file:/"


def secret_files(path: Path, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Every file that a `file:/path` of the configuration names; none where it cannot be read."""
    try:
        root = parse(path.read_text(encoding="utf-8-sig")).root
    except (OSError, UnicodeDecodeError, NotYamlError):
        return ()
    whole = Substitution(environ, SecretValues()).apply(root)
    return tuple(
        dict.fromkeys(Path(text.removeprefix("file:")) for text in _texts(whole) if text.startswith(_FILE))
    )


def _texts(tree: Tree) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif tree is not None:
        for value in tree.values() if isinstance(tree, dict) else tree:
            yield from _texts(value)
