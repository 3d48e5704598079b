"""Makes silences, maintenance windows and the names of rules what the configuration says."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from storage import schema
from storage.engine import Engine
from storage.instants import micros
from storage.muting_rows import MICROSECOND, stored_where
from storage.putting import put
from storage.turns import EVALUATION, take_turn

if TYPE_CHECKING:
    from core.settings import MaintenanceSettings, Settings, SilenceSettings

CONFIGURATION = "configuration"
"""Who decided what stands in the file."""


def write_provisioned(connection: sa.Connection, engine: Engine, settings: Settings, now: int) -> None:
    """Upsert what is configured and end what no longer is; carry renamed rules over. now: µs."""
    for silence in settings.silences:
        values = _silence(silence, settings.zone)
        put(connection, engine, schema.silence, {"key": silence.key}, values, {"created_at": now})
    for window in settings.maintenance:
        values = _maintenance(window, settings)
        put(connection, engine, schema.maintenance, {"key": window.key}, values, {"created_at": now})
    _end(connection, schema.silence, {one.key for one in settings.silences}, now)
    _end(connection, schema.maintenance, {one.key for one in settings.maintenance}, now)
    renamed = [one for one in settings.alerts if one.renamed_from not in (None, one.key)]
    if renamed:
        take_turn(connection, engine, EVALUATION)
    for rule in renamed:
        _carry_over(connection, engine, rule.renamed_from or "", rule.key)


def _silence(silence: SilenceSettings, zone: ZoneInfo) -> dict[str, str | int | None]:
    starts_at, ends_at = silence.instant(silence.start, zone), silence.instant(silence.until, zone)
    return {
        "scope": stored_where(silence.where),
        "starts_at": micros(starts_at),
        "ends_at": micros(ends_at),
        "actor": CONFIGURATION,
        "note": silence.why,
        "ended_at": None,
        "ended_by": None,
    }


def _maintenance(window: MaintenanceSettings, settings: Settings) -> dict[str, str | int | None]:
    starts_at, ends_at = (window.instant(at, settings.zone) for at in (window.start, window.until))
    return {
        "name": window.name,
        "scope": stored_where(window.where),
        "starts_at": micros(starts_at),
        "ends_at": micros(ends_at),
        "cron": window.cron,
        "timezone": (window.timezone or settings.timezone) if window.cron else None,
        "duration": None if window.duration is None else window.duration // MICROSECOND,
        "actor": CONFIGURATION,
        "ended_at": None,
        "ended_by": None,
    }


def _end(connection: sa.Connection, table: sa.Table, kept: Collection[str], now: int) -> None:
    """End what stood in the file and does no longer."""
    gone = sa.and_(table.c.key.is_not(None), table.c.key.notin_(kept), table.c.ended_at.is_(None))
    change = {"ended_at": now, "ended_by": CONFIGURATION}
    connection.execute(sa.update(table).where(gone).values(**change))


def _carry_over(connection: sa.Connection, engine: Engine, former: str, name: str) -> None:
    """Give a rule's history its new key, once: not if that key has a history of its own."""
    text = schema.text
    old = connection.execute(sa.select(text.c.id).where(text.c.value == former)).scalar_one_or_none()
    if old is None:
        return
    connection.execute(engine.upsert(text).values(value=name).on_conflict_do_nothing())
    new = connection.execute(sa.select(text.c.id).where(text.c.value == name)).scalar_one()
    tables = (
        schema.alert_state,
        schema.threshold_override,
        schema.alert_event,
        schema.evaluation,
        schema.outbox,
    )
    if any(_has(connection, table, new) for table in tables):
        return
    for table in tables:
        connection.execute(sa.update(table).where(table.c.rule_id == old).values(rule_id=new))


def _has(connection: sa.Connection, table: sa.Table, rule_id: int) -> bool:
    query = sa.select(table.c.rule_id).where(table.c.rule_id == rule_id).limit(1)
    return connection.execute(query).first() is not None
