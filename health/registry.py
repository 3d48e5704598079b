"""Finds the indicators: every module of `health.indicators`, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from core.discovery import discover
from core.units import Unit
from health import indicators as package
from health.indicator import Indicator


@cache
def indicators() -> Mapping[str, Indicator]:
    """All indicators by name."""
    return MappingProxyType(discover(package, "INDICATOR", Indicator))


def units() -> dict[str, Unit]:
    """Each indicator's unit by its name, as the configuration checks thresholds against it."""
    return {name: indicator.unit for name, indicator in indicators().items()}
