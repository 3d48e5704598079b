"""The discovered names that a configuration may use; they are handed in, so core imports nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.units import Unit

if TYPE_CHECKING:
    from core.settings.channels import ChannelSettings
    from core.settings.sources import SourceSettings


@dataclass(frozen=True)
class Registries:
    """sources: settings model by source type; indicators: unit by name.

    presets: the data file of each preset, as text, by name. run_indicators: those that count runs as their events, so that a schedule bounds how many they
    can see (`min_events` is held against it). channels: settings model by channel type. rules: keys of the
    built-in rules; reserved_rules: those of them that no written rule may take.
    """

    sources: Mapping[str, type[SourceSettings]] = field(default_factory=dict)
    indicators: Mapping[str, Unit] = field(default_factory=dict)
    run_indicators: frozenset[str] = frozenset()
    presets: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, type[ChannelSettings]] = field(default_factory=dict)
    rules: frozenset[str] = frozenset()
    reserved_rules: frozenset[str] = frozenset()

    def keys_of_source(self, kind: str) -> frozenset[str] | None:
        """Every key that a type of source may have, designed ones included; None for a type there is not."""
        model = self.sources.get(kind)
        return None if model is None else model.keys() | model.later
