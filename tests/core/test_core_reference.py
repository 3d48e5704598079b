"""The sources' reference is what the settings themselves say."""

from pathlib import Path

from composition.names import registries
from core.settings.reference import channels_reference, sources_reference

ROOT = Path(__file__).resolve().parents[2]


def test_the_document_is_what_the_settings_say() -> None:
    """docs/sources.md is not written by hand: `integration-monitor config reference` writes it."""
    assert (ROOT / "docs" / "sources.md").read_text(encoding="utf-8") == sources_reference(registries())


def test_every_source_and_every_key_is_there() -> None:
    """No type and no key of a type is left out, and each key is described."""
    text = sources_reference(registries())
    for name, model in registries().sources.items():
        assert f"## `{name}`" in text
        for key, field in model.model_fields.items():
            assert f"| `{field.alias or key}` |" in text


def test_the_document_of_channels_is_what_the_settings_say() -> None:
    """docs/channels.md is not written by hand: `integration-monitor config reference channels` writes it."""
    assert (ROOT / "docs" / "channels.md").read_text(encoding="utf-8") == channels_reference(registries())


def test_every_channel_and_every_key_of_it_is_there() -> None:
    """No type and no key of a type is left out."""
    text = channels_reference(registries())
    for name, model in registries().channels.items():
        assert f"## `{name}`" in text
        for key, field in model.model_fields.items():
            assert f"| `{field.alias or key}` |" in text
