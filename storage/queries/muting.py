"""Silences, maintenance windows and tuned thresholds, those that hold and those that are over."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import sqlalchemy as sa

from core.alerting import ThresholdOverride
from core.muting import MaintenanceWindow, Silence
from storage.alert_inputs import maintenance_of_now, silences_of
from storage.muting_rows import maintenance_of, override_of, overrides_query, silence_of
from storage.queries.page import limited
from storage.schema import maintenance as maintenance_table
from storage.schema import silence as silence_table
from storage.schema import threshold_override
from storage.selected import AnySelect


def silences(connection: sa.Connection, now: datetime) -> tuple[Silence, ...]:
    """Silences that hold or are to come, the first to begin first."""
    return silences_of(connection, now)


def past_silences(connection: sa.Connection, now: datetime, limit: int = 50) -> tuple[Silence, ...]:
    """Silences that are over or were ended, the last first."""
    still = {one.silence_id for one in silences_of(connection, now)}
    query = sa.select(silence_table).where(silence_table.c.id.notin_(still))
    rows = connection.execute(query.order_by(silence_table.c.ends_at.desc()).limit(limited(limit)))
    return tuple(silence_of(row) for row in rows)


def maintenance(connection: sa.Connection, now: datetime) -> tuple[MaintenanceWindow, ...]:
    """Maintenance windows that are not over, recurring ones among them."""
    return maintenance_of_now(connection, now)


def past_maintenance(
    connection: sa.Connection, now: datetime, limit: int = 50
) -> tuple[MaintenanceWindow, ...]:
    """Maintenance windows that are over or were ended, the last made first."""
    still = {one.maintenance_id for one in maintenance_of_now(connection, now)}
    query = sa.select(maintenance_table).where(maintenance_table.c.id.notin_(still))
    rows = connection.execute(query.order_by(maintenance_table.c.id.desc()).limit(limited(limit)))
    return tuple(maintenance_of(row) for row in rows)


def overrides(connection: sa.Connection, *, reverted: bool = False) -> tuple[ThresholdOverride, ...]:
    """Thresholds that people tuned and that hold, the first tuned first; reverted: the undone ones instead."""
    return tuple(override_of(row) for row in connection.execute(_overrides(reverted)))


@cache
def _overrides(reverted: bool) -> AnySelect:
    """Composed once: it is asked with every judgement."""
    column = threshold_override.c.reverted_at
    return overrides_query().where(column.is_not(None) if reverted else column.is_(None))
