"""The discovered names and the configuration that may use them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.routing import UNROUTED
from core.settings import Registries, Settings, SourceSettings, load

if TYPE_CHECKING:
    from alerts.channel import Channel
    from collectors.source import Source
    from core.settings import ChannelSettings

CONFIG_VARIABLE = "INTEGRATION_MONITOR_CONFIG"
DEFAULT_CONFIG = Path("monitor.yaml")


def config_path() -> Path:
    """The configuration's file: what the environment names, else `monitor.yaml` here."""
    return Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG)


def sources() -> Mapping[str, Source[SourceSettings]]:
    """Every source type there is, by name."""
    from collectors.registry import sources as discovered

    return discovered()


def channels() -> Mapping[str, Channel[ChannelSettings]]:
    """Every channel type there is, by name."""
    from alerts.registry import channels as discovered

    return discovered()


@cache
def registries() -> Registries:
    """The names that a configuration may use."""
    from alerts.registry import ChannelModels
    from collectors.presets import presets
    from collectors.registry import SettingsModels
    from health.registry import indicators
    from health.rules import COLLECTOR_BLIND, DEFAULT_RULES

    found = indicators()
    return Registries(
        sources=SettingsModels(),
        indicators={name: indicator.unit for name, indicator in found.items()},
        presets=presets(),
        channels=ChannelModels(),
        run_indicators=frozenset(name for name, indicator in found.items() if indicator.counts_runs),
        rules=frozenset(rule.key for rule in (*DEFAULT_RULES, COLLECTOR_BLIND)),
        reserved_rules=frozenset({COLLECTOR_BLIND.key}),
    )


def load_settings(path: Path) -> Settings:
    """Read a configuration. Raises ConfigurationError with everything wrong in it."""
    return load(path, registries())


def watched(settings: Settings) -> list[tuple[str, SourceSettings]]:
    """Every source that is looked at, with the key of its owner.

    Those of integrations that are neither paused nor retired, and the shared ones; a source that
    pushes is not looked at.
    """
    owned = [
        (integration.key, source)
        for integration in settings.integrations
        if not integration.paused and integration.stage != "retired"
        for source in integration.sources
    ]
    shared = [(UNROUTED, source) for source in settings.sources]
    return [(key, source) for key, source in (*owned, *shared) if sources()[source.type].polled]
