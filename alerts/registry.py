"""Which types of channels there are: every module of `alerts.channels`, by its name."""

from typing import cast

import alerts.channels
from alerts.channel import Channel
from core.discovery import discover
from core.settings.channels import ChannelSettings


def channels() -> dict[str, Channel[ChannelSettings]]:
    """Every channel found, by type. Raises DiscoveryError for a module that exports none."""
    found = discover(alerts.channels, "CHANNEL", Channel)
    return cast("dict[str, Channel[ChannelSettings]]", found)
