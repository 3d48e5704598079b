"""The stand-ins of systems that have a recipe, by the recipe's title; each of a moment and a database's address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tests.systems.base import System
from tests.systems.recipes_build import GitLab, Jenkins, Kestra, Merge
from tests.systems.recipes_flow import Databricks, DataFactory, N8n
from tests.systems.recipes_more import DltTrace, FivetranLog, NangoCloud
from tests.systems.recipes_sync import Census, DbtCloud, Hightouch


def _served(system: type[System]) -> Callable[[datetime, str], System]:
    """One that answers over HTTP, and needs no database."""
    return lambda now, _: system(now)


RECIPES: dict[str, Callable[[datetime, str], System]] = {
    "Azure Data Factory": _served(DataFactory),
    "Census (Fivetran Activations)": _served(Census),
    "Databricks jobs": _served(Databricks),
    "Fivetran, its whole history": FivetranLog,
    "GitLab CI/CD": _served(GitLab),
    "Hightouch": _served(Hightouch),
    "Jenkins": _served(Jenkins),
    "Kestra": _served(Kestra),
    "Merge (unified HR API)": _served(Merge),
    "Nango, in the cloud": _served(NangoCloud),
    "dbt Cloud": _served(DbtCloud),
    "dlt, with its trace": DltTrace,
    "n8n": _served(N8n),
}
