"""Which types of sources there are: every module of `collectors.sources`, by its name."""

from typing import cast

import collectors.sources
from collectors.source import Source
from core.discovery import discover
from core.settings import SourceSettings


def sources() -> dict[str, Source[SourceSettings]]:
    """Every source found, by type. Raises DiscoveryError for a module that exports none."""
    found = discover(collectors.sources, "SOURCE", Source)
    return cast("dict[str, Source[SourceSettings]]", found)
