"""Silences, maintenance windows and tuned thresholds as stored rows, there and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa

from core.alerting import ThresholdOverride
from core.clock import from_micros
from core.muting import MaintenanceWindow, Silence
from storage.alert_rows import rule
from storage.instants import instant
from storage.schema import integration, threshold_override
from storage.selected import AnyRow, AnySelect

MICROSECOND = timedelta(microseconds=1)


def silence_of(row: AnyRow) -> Silence:
    """A row of `silence`."""
    return Silence(
        silence_id=row.id,
        where=_where(row.scope),
        starts_at=from_micros(row.starts_at),
        ends_at=from_micros(row.ends_at),
        by=row.actor,
        note=row.note or "",
        provisioned=row.key is not None,
        ended_at=instant(row.ended_at),
    )


def maintenance_of(row: AnyRow) -> MaintenanceWindow:
    """A row of `maintenance`."""
    return MaintenanceWindow(
        maintenance_id=row.id,
        name=row.name,
        where=_where(row.scope),
        starts_at=instant(row.starts_at),
        ends_at=instant(row.ends_at),
        cron=row.cron or "",
        timezone=row.timezone or "",
        duration_seconds=(row.duration or 0) // 1_000_000,
        by=row.actor,
        note=row.note or "",
        provisioned=row.key is not None,
        ended_at=instant(row.ended_at),
    )


def overrides_query() -> AnySelect:
    """Rows for `override_of`, the first tuned first."""
    table = threshold_override
    return (
        sa.select(table, integration.c.key, rule.c.value.label("rule"))
        .join(rule, rule.c.id == table.c.rule_id)
        .outerjoin(integration, integration.c.id == table.c.integration_id)
        .order_by(table.c.id)
    )


def override_of(row: AnyRow) -> ThresholdOverride:
    """A row of `overrides_query`."""
    return ThresholdOverride(
        override_id=row.id,
        rule=row.rule,
        integration=row.key or "",
        warning=row.warning or "",
        critical=row.critical or "",
        resolve=row.resolve or "",
        by=row.actor,
        at=from_micros(row.at),
        note=row.note or "",
        reverted_at=instant(row.reverted_at),
        reverted_by=row.reverted_by or "",
    )


def stored_where(where: Mapping[str, tuple[str, ...]]) -> str:
    """A `where` as it is stored."""
    return json.dumps({name: list(values) for name, values in where.items()}, ensure_ascii=False)


def _where(stored: str) -> Mapping[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in json.loads(stored).items()}
