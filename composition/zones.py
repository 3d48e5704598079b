"""Which time zone an integration lives in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from zoneinfo import ZoneInfo

from core.settings import Settings
from core.settings.fields import zone_named


def zone_of(settings: Settings, integration: str) -> ZoneInfo:
    """The zone that an integration's schedule is in, else the installation's."""
    one = settings.integration(integration)
    name = one.schedule.timezone if one is not None and one.schedule is not None else None
    return zone_named(name) if name else settings.zone


def zones_of(settings: Settings) -> Callable[[str], ZoneInfo]:
    """The same for every integration, each looked up once: a poll asks, and settings are many."""
    return cache(partial(zone_of, settings))
