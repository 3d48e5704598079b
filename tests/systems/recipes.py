"""The stand-ins of systems that have a recipe, by the recipe's title."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tests.systems.base import System
from tests.systems.recipes_more import DltTrace, FivetranLog, NangoCloud

RECIPES: dict[str, Callable[[datetime, Path], System]] = {
    "dlt, with its trace": DltTrace,
    "Fivetran, its whole history": FivetranLog,
    "Nango, in the cloud": lambda now, _: NangoCloud(now),
}
