"""Which time zone an integration lives in."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from core.settings import Settings
from core.settings.fields import zone_named


def zone_of(settings: Settings, integration: str) -> ZoneInfo:
    """The zone that an integration's schedule is in, else the installation's."""
    one = settings.integration(integration)
    name = one.schedule.timezone if one is not None and one.schedule is not None else None
    return zone_named(name) if name else settings.zone
