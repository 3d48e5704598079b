"""Reads `monitor.yaml`: text, tree, variables, models, checks; every problem is told at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from core.errors import ConfigurationError
from core.settings.alert_checks import alert_problems
from core.settings.base import Context, SettingsModel
from core.settings.checks import reference_problems, unmeetable_rules, unreachable_burns
from core.settings.integrations import Integration
from core.settings.merging import Merger
from core.settings.models import Settings
from core.settings.problems import once_each, problems_of, written
from core.settings.registries import Registries
from core.settings.rules import RuleSettings
from core.settings.secrets import SecretValues
from core.settings.substitution import Substitution
from core.settings.tree import Document, Found, NotYamlError, Place, parse

M = TypeVar("M", bound=SettingsModel)


def load(path: Path, registries: Registries, *, environ: Mapping[str, str] | None = None) -> Settings:
    """The configuration in a file. Raises ConfigurationError with every problem it has.

    environ: where `${NAME}` is looked up; default: the process's environment.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        problem = "not found; copy monitor.example.yaml to this name, or name another file with --config"
        raise ConfigurationError(str(path), [("file", problem)]) from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise ConfigurationError(
            str(path), [("file", f"cannot be read ({reason}); check path and permissions")]
        ) from None
    return _read(content, path, registries, os.environ if environ is None else environ)


def loads(
    text: str, name: str, registries: Registries, *, environ: Mapping[str, str] | None = None
) -> Settings:
    """The configuration in a text; name: what problems call it."""
    return _read(text.encode(), Path(name), registries, os.environ if environ is None else environ)


def _read(content: bytes, path: Path, registries: Registries, environ: Mapping[str, str]) -> Settings:
    document = _document(content, str(path))
    secrets = SecretValues()
    substitution = Substitution(environ, secrets)
    root = substitution.apply(document.root)
    assert isinstance(root, dict)
    merger = Merger(registries.presets, registries.keys_of_source)
    reader = _Reader(Context(registries, secrets), merger.apply(root))
    settings = reader.settings()
    problems = [
        *document.problems,
        *substitution.problems,
        *merger.problems,
        *map(merger.told, reader.problems),
    ]
    if problems or settings is None:
        raise ConfigurationError(str(path), _told(problems, document, substitution))
    return settings.read_from(path, hashlib.sha256(content).hexdigest(), secrets)


def _document(content: bytes, name: str) -> Document:
    """The file as a tree with a mapping at its top."""
    try:
        document = parse(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            name, [(f"line {line}", "is not UTF-8 text; save the file as UTF-8")]
        ) from None
    except NotYamlError as problem:
        raise ConfigurationError(name, [(problem.where, problem.message)]) from None
    if document.root is None and not document.problems:
        raise ConfigurationError(
            name, [("file", 'is empty; begin with "integrations:", see monitor.example.yaml')]
        )
    if not isinstance(document.root, dict):
        document.problems.append(
            ((), 'holds no settings; begin with "integrations:", see monitor.example.yaml')
        )
        raise ConfigurationError(name, [(written(place), message) for place, message in document.problems])
    return document


class _Reader:
    """Fills the models piece by piece, so that a problem in one hides none in another."""

    def __init__(self, context: Context, root: Mapping[str, object]) -> None:
        self.context = context
        self.root = root
        self.problems: list[Found] = []

    def settings(self) -> Settings | None:
        """The whole configuration; None where something was wrong."""
        integrations = self._each("integrations", Integration)
        rules = self._each("alerts", RuleSettings)
        top = dict(self.root)
        if isinstance(top.get("integrations"), list):
            top["integrations"] = list(integrations.values())
        if isinstance(top.get("alerts"), list):
            top["alerts"] = list(rules.values())
        settings = self._model(Settings, top, self.root, ())
        self.problems += reference_problems(self.root)
        self.problems += alert_problems(self.root, self.context.registries)
        self.problems += unmeetable_rules(rules, integrations.values(), self.context.registries)
        self.problems += unreachable_burns(rules, integrations.values(), self.context.registries)
        return settings

    def _each(self, name: str, kind: type[M]) -> dict[int, M]:
        items = self.root.get(name)
        made: dict[int, M] = {}
        for index, item in enumerate(items if isinstance(items, list) else []):
            one = self._model(kind, item, item, (name, index))
            if one is not None:
                made[index] = one
        return made

    def _model(self, kind: type[M], value: object, tree: object, place: Place) -> M | None:
        try:
            return kind.model_validate(value, context=self.context)
        except ValidationError as error:
            self.problems += problems_of(error, tree, place)
            return None


def _told(problems: Iterable[Found], document: Document, substitution: Substitution) -> list[tuple[str, str]]:
    """The problems as a person reads them: in the file's order, one a place, without any secret."""
    in_order = sorted(once_each(problems), key=lambda found: document.position(found[0]))
    unset = {place for place, _ in substitution.problems}
    return [
        (
            written(place),
            substitution.secrets.redact(_hidden(message, substitution.names.get(place), place in unset)),
        )
        for place, message in in_order
    ]


def _hidden(message: str, names: tuple[str, ...] | None, unset: bool) -> str:
    """A problem of a substituted value names its variables and keeps only the remedy."""
    if not names or unset:
        return message
    remedy = message.rpartition("; ")[2] if "; " in message else "write another"
    return f"the value of {', '.join('${' + name + '}' for name in names)} does not fit; {remedy}"
