"""The worker's snapshot as a judge reads it: made whole where the configuration has moved on since."""

from __future__ import annotations

from datetime import datetime

from assess.numbers import DAY
from assess.plan import Plan
from core.facts import Facts
from storage import queries
from storage.facts import facts_of
from storage.queries.rows_series import OverviewRow


def snapshot_of(connection: queries.Connection, plan: Plan, now: datetime) -> list[OverviewRow]:
    """The stored rows, and rows made now for integrations and windows configured since the last refresh.

    Rows of integrations that the plan does not hold may be among them.
    """
    keys = None if len(plan.watches) != 1 else next(iter(plan.watches))
    stored = {row.integration: row for row in queries.overview(connection, keys)}
    lacking = {
        key
        for key, watch in plan.watches.items()
        if key not in stored
        or not {DAY, *watch.windows} <= stored[key].facts.windows.keys()
        or not watch.volumes <= stored[key].facts.volumes.keys()
    }
    if lacking:
        known = facts_of(connection, now, {DAY, *plan.windows}, lacking, plan.histograms, plan.volumes)
        for key in lacking:
            facts = known.get(key) or Facts(integration=key, as_of=now, known_since=now)
            older = stored.get(key)
            stored[key] = OverviewRow(
                integration=key,
                refreshed_at=now,
                facts=facts,
                before=older.before if older else None,
                strip=older.strip if older else (),
            )
    return list(stored.values())


def facts_at(connection: queries.Connection, plan: Plan, now: datetime) -> dict[str, Facts]:
    """The newest facts of every integration of the plan; of one without any, that there are none."""
    stored = {row.integration: row.facts for row in snapshot_of(connection, plan, now)}
    return {
        key: stored.get(key) or Facts(integration=key, as_of=now, known_since=now) for key in plan.watches
    }
