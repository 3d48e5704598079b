"""The presets as people read them: a list, and one in full."""

from __future__ import annotations

from collections.abc import Iterator

from core.errors import UsageError
from core.settings.base import suggestion
from core.settings.presets import Preset, read_preset
from core.settings.registries import Registries


def presets_of(registries: Registries) -> list[Preset]:
    """Every preset, by name."""
    return [read_preset(name, text) for name, text in sorted(registries.presets.items())]


def preset_list(registries: Registries) -> str:
    """A line for each preset, and one for each thing it needs."""
    return "\n".join(line for preset in presets_of(registries) for line in _listed(preset, registries)) + "\n"


def preset_page(registries: Registries, name: str) -> str:
    """One preset's data file, which says all. Raises UsageError for an unknown name."""
    if name not in registries.presets:
        raise UsageError(f"config presets: {name!r} is unknown; {suggestion(name, registries.presets)}")
    return registries.presets[name]


def _listed(preset: Preset, registries: Registries) -> Iterator[str]:
    missing = "" if preset.type in registries.sources else f" ({preset.type} is not available yet)"
    yield f"{preset.name}: {preset.title}, type {preset.type}{missing}"
    yield f"  reads {preset.maps}"
    for key, parameter in preset.parameters.items():
        yield f"  {key}{'' if parameter.required else ' (may be left out)'}: {parameter.about}"
    for text in preset.unknown:
        yield f"  not known: {text}"
