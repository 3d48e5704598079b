"""All the stand-ins there are."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tests.systems.airbyte import Airbyte
from tests.systems.airflow import Airflow, Airflow2
from tests.systems.base import System
from tests.systems.dagster import Dagster
from tests.systems.fivetran import Fivetran
from tests.systems.github import GitHub
from tests.systems.nango import Nango
from tests.systems.prefect import Prefect
from tests.systems.tables import Dlt, Meltano

NAMES = (
    "airbyte",
    "airflow",
    "airflow2",
    "dagster",
    "dlt",
    "fivetran",
    "github",
    "meltano",
    "nango",
    "prefect",
)


def standins(now: datetime, folder: Path) -> dict[str, System]:
    """One of each, by name; folder: where those of them that are databases stand."""
    return {
        "airbyte": Airbyte(now),
        "airflow": Airflow(now),
        "airflow2": Airflow2(now),
        "dagster": Dagster(now),
        "dlt": Dlt(now, f"sqlite:///{folder}/dlt.db"),
        "fivetran": Fivetran(now),
        "github": GitHub(now),
        "meltano": Meltano(now, f"sqlite:///{folder}/meltano.db"),
        "nango": Nango(now),
        "prefect": Prefect(now),
    }
