"""Every configuration shown in the documentation loads, and every key is documented."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from core.settings import (
    ChannelSettings,
    Contact,
    DeadManSettings,
    Integration,
    MaintenanceSettings,
    MaskingSettings,
    Registries,
    Retention,
    Route,
    RuleSettings,
    Schedule,
    Settings,
    SettingsModel,
    SilenceSettings,
    Slo,
    SourceSettings,
    fields,
    loads,
)

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md")])
FILES = [path for path in (ROOT / "monitor.example.yaml", ROOT / "sandbox" / "monitor.yaml") if path.exists()]
_BLOCK = re.compile(r"^( *)```ya?ml[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@pytest.fixture(scope="module")
def registries() -> Registries:
    """What this installation really has."""
    from composition.names import registries

    return registries()


def blocks() -> Iterator[tuple[str, str]]:
    """Each YAML block of the documentation that is a configuration, or a part of one, as a whole file."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in _BLOCK.finditer(text):
            block = "\n".join(line.removeprefix(found[1]) for line in found[2].splitlines())
            line = text.count("\n", 0, found.start()) + 1
            if (whole := as_a_file(block)) is not None:
                yield f"{page.relative_to(ROOT)}:{line}", whole


def as_a_file(block: str) -> str | None:
    """The block itself, a source's block inside an integration, or None for another program's YAML."""
    tree = yaml.load(block, Loader=yaml.BaseLoader)
    if isinstance(tree, Mapping) and set(tree) & set(Settings.model_fields):
        return block
    items = tree if isinstance(tree, list) else [tree]
    if not all(isinstance(item, Mapping) and {"type", "name"} <= set(item) for item in items):
        return None
    sources = block if isinstance(tree, list) else "- " + "\n  ".join(block.splitlines())
    indented = "\n".join("      " + line for line in sources.splitlines())
    return f"integrations:\n  - key: a\n    name: A\n    method: api\n    source_system: S\n    sources:\n{indented}\n"


@pytest.mark.parametrize(("place", "text"), [pytest.param(*block, id=block[0]) for block in blocks()])
def test_every_configuration_in_the_documentation_loads(
    place: str, text: str, registries: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a reader copies works: with its variables set and its secrets' files there."""
    monkeypatch.setattr(fields, "read_secret", lambda value: value.removeprefix("file:/"))
    environ = dict.fromkeys(_VARIABLE.findall(text), "a-value")
    assert loads(text, place, registries, environ=environ)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_configuration_file_of_the_repository_loads(path: Path, registries: Registries) -> None:
    """The example and the sandbox's own."""
    text = path.read_text(encoding="utf-8")
    assert loads(text, path.name, registries, environ=dict.fromkeys(_VARIABLE.findall(text), "a-value"))


@pytest.mark.parametrize(
    "model",
    [
        Settings,
        Retention,
        Contact,
        MaskingSettings,
        Integration,
        Schedule,
        Slo,
        SourceSettings,
        Route,
        RuleSettings,
        ChannelSettings,
        SilenceSettings,
        MaintenanceSettings,
        DeadManSettings,
    ],
)
def test_every_key_is_documented(model: type[SettingsModel]) -> None:
    """docs/configuration.md names each key, those not available yet included."""
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert [key for key in [*sorted(model.keys()), *model.later] if f"`{key}`" not in text] == []
