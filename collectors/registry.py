"""Which types of sources there are: every module of `collectors.sources`, by its name."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import cast

import collectors.sources
from collectors.source import Source
from core.discovery import Discovered
from core.settings import SourceSettings


@cache
def sources() -> Mapping[str, Source[SourceSettings]]:
    """Every source by type, imported when asked for; then DiscoveryError for a module that exports none."""
    return cast("Mapping[str, Source[SourceSettings]]", Discovered(collectors.sources, "SOURCE", Source))


class SettingsModels(Mapping[str, type[SourceSettings]]):
    """The settings model of each type of source; a type that nobody names is not even imported."""

    def __getitem__(self, name: str) -> type[SourceSettings]:
        return sources()[name].settings

    def __iter__(self) -> Iterator[str]:
        return iter(sources())

    def __len__(self) -> int:
        return len(sources())
