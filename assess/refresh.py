"""What the worker stores as the overview: the facts that this configuration's rules ask for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from assess.feeding import completed
from assess.plan import plan_of
from core.settings import Settings
from storage import queries
from storage.overview import compute_overview
from storage.overview_row import OverviewSnapshot


def snapshots(
    connection: queries.Connection,
    settings: Settings,
    now: datetime,
    integrations: Collection[str] | None = None,
    *,
    today: bool = True,
    yesterday: bool = True,
) -> list[OverviewSnapshot]:
    """The rows for `Writer.save_overview` as of now; integrations: keys of those that changed, None = all.

    today, yesterday: the rows of now, and those of 24 hours ago; a refresh after a batch leaves the latter out.
    """
    if integrations is not None and not integrations:
        return []
    plan = plan_of(completed(connection, settings))
    return compute_overview(
        connection,
        now,
        plan.windows,
        integrations,
        today=today,
        yesterday=yesterday,
        histograms=plan.histograms,
        volumes=plan.volumes,
    )
