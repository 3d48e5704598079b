"""How each channel does: sums of what arrived and what did not, and whether it is disabled."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from core.clock import to_micros
from storage.engine import Engine
from storage.schema import channel_state

Outcome = Literal["delivered", "failed", "dead"]


def count(
    connection: sa.Connection,
    engine: Engine,
    channel_id: int,
    outcome: Outcome,
    now: datetime,
    error: str | None = None,
) -> None:
    """Add one message to the channel's sums, and note when and why."""
    at = to_micros(now)
    if outcome == "delivered":
        changed: dict[str, int | str | None] = {"last_delivered_at": at, "failures": 0, "last_error": None}
        failures: sa.ColumnElement[int] = sa.literal(0)
    else:
        changed = {"last_failed_at": at, "failures": 1, "last_error": error}
        failures = channel_state.c.failures + 1
    insert = engine.upsert(channel_state).values(channel_id=channel_id, **{outcome: 1}, **changed)
    sums = {**changed, outcome: channel_state.c[outcome] + 1, "failures": failures}
    connection.execute(insert.on_conflict_do_update(index_elements=["channel_id"], set_=sums))


def forget_trouble(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    """Enable these channels again; how many were disabled."""
    disabled = sa.and_(which, channel_state.c.disabled_at.is_not(None))
    change = {"disabled_at": None, "disabled_why": None, "disabled_by": None, "failures": 0}
    return connection.execute(sa.update(channel_state).where(disabled).values(**change)).rowcount
