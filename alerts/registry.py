"""Which types of channels there are: every module of `alerts.channels`, by its name."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import cast

import alerts.channels
from alerts.channel import Channel
from core.discovery import Discovered
from core.settings.channels import ChannelSettings


@cache
def channels() -> Mapping[str, Channel[ChannelSettings]]:
    """Every channel by type, imported when asked for; then DiscoveryError for a module that exports none."""
    return cast("Mapping[str, Channel[ChannelSettings]]", Discovered(alerts.channels, "CHANNEL", Channel))


class ChannelModels(Mapping[str, type[ChannelSettings]]):
    """The settings model of each type of channel; a type that nobody names is not even imported."""

    def __getitem__(self, name: str) -> type[ChannelSettings]:
        return channels()[name].settings

    def __iter__(self) -> Iterator[str]:
        return iter(channels())

    def __len__(self) -> int:
        return len(channels())
