"""Reads what an evaluation starts from, in a handful of queries whatever the number of alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from core.alert_states import AlertState, Phase
from core.alerting import AlertInputs, Target
from core.clock import from_micros, to_micros
from core.muting import MaintenanceWindow, Silence
from storage.alert_codes import DEAD, DELIVERED, ENDINGS, PHASE_CODE, WAITING
from storage.alert_rows import state_of, states_query
from storage.muting_rows import maintenance_of, silence_of
from storage.notice_rows import notice_of, notices_query
from storage.schema import (
    alert_event,
    alert_state,
    integration,
    maintenance,
    outbox,
    outbox_sent,
    silence,
    text,
)
from storage.schema.base import BIG
from storage.selected import AnySelect

REMEMBERED = timedelta(hours=48)
"""So long after its end an episode, and a turn of an alert, still counts."""

SENT_LATELY = timedelta(hours=24)
"""Grouping looks no further back than this."""


_NOW, _LATELY = sa.bindparam("now", type_=BIG), sa.bindparam("lately", type_=BIG)
"""µs; the queries are composed once, which costs as much as asking them does."""


class KnownStates:
    """The states of the evaluation before, by their rows: nearly all that stand are as they were ten seconds ago.

    These are not made anew, and no older ones are kept.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], AlertState] = {}

    def of(self, rows: Sequence[tuple[Any, ...]]) -> list[AlertState]:
        """What the rows say."""
        known = self._made
        # Another evaluation may keep its own just now.
        self._made = made = {row: known.get(row) or state_of(row) for row in rows}
        return list(made.values())


def alert_inputs(
    connection: sa.Connection, now: datetime, evaluated_at: datetime | None, known: KnownStates
) -> AlertInputs:
    """Everything in `AlertInputs`, as it stands in this transaction. known: of the same database."""
    lately = to_micros(now - REMEMBERED)
    states = known.of([tuple(row) for row in connection.execute(_states(), {"lately": lately}).all()])
    return AlertInputs(
        states={one.key: one for one in states},
        notices=tuple(notice_of(row) for row in connection.execute(_notices(), {"lately": lately}).all()),
        last_sent=_last_sent(connection, now),
        silences=silences_of(connection, now),
        maintenance=maintenance_of_now(connection, now),
        evaluated_at=evaluated_at,
    )


def silences_of(connection: sa.Connection, now: datetime) -> tuple[Silence, ...]:
    """The silences that are not over, the first to begin first."""
    return tuple(silence_of(row) for row in connection.execute(_silences(), {"now": to_micros(now)}))


def maintenance_of_now(connection: sa.Connection, now: datetime) -> tuple[MaintenanceWindow, ...]:
    """The maintenance windows that are not over, recurring ones among them."""
    return tuple(maintenance_of(row) for row in connection.execute(_maintenance(), {"now": to_micros(now)}))


def _last_sent(connection: sa.Connection, now: datetime) -> Mapping[tuple[Target, str], datetime]:
    rows = connection.execute(_sent(), {"lately": to_micros(now - SENT_LATELY)}).all()
    return {(Target(row.channel, row.contact), row.key): from_micros(row.at) for row in rows}


@cache
def _states() -> AnySelect:
    state = alert_state.c
    return states_query().where(
        sa.or_(state.phase != PHASE_CODE[Phase.NORMAL], state.flapping == 1, state.turned_at >= _LATELY)
    )


@cache
def _silences() -> AnySelect:
    column = silence.c
    query = sa.select(silence).where(column.ended_at.is_(None), column.ends_at > _NOW)
    return query.order_by(column.starts_at, column.id)


@cache
def _maintenance() -> AnySelect:
    window = maintenance.c
    query = sa.select(maintenance).where(
        window.ended_at.is_(None), sa.or_(window.ends_at.is_(None), window.ends_at > _NOW)
    )
    return query.order_by(window.id)


@cache
def _notices() -> AnySelect:
    told, state, event = outbox.c, alert_state.c, alert_event.c
    alive = sa.select(state.episode).where(state.phase != PHASE_CODE[Phase.NORMAL])
    ended = sa.select(event.episode).where(event.at >= _LATELY, event.kind.in_(ENDINGS))
    newest = (
        sa.select(sa.func.max(told.id))
        # Not the bare state: SQLite would read all that was ever delivered, and not just these episodes.
        .where((told.state + 0).in_((DELIVERED, DEAD)), told.episode.in_(sa.union(alive, ended)))
        .group_by(told.episode, told.integration_id, told.rule_id, told.label_id)
        .group_by(told.channel_id, told.contact_id, told.state)
    )
    waiting = sa.select(told.id).where(told.state == WAITING)
    return notices_query().where(told.id.in_(sa.union(newest, waiting))).order_by(told.id)


@cache
def _sent() -> AnySelect:
    channel, contact, sent = text.alias("channel_text"), text.alias("contact_text"), outbox_sent.c
    return (
        sa.select(
            channel.c.value.label("channel"), contact.c.value.label("contact"), sent.at, integration.c.key
        )
        .join(channel, channel.c.id == sent.channel_id)
        .join(contact, contact.c.id == sent.contact_id)
        .join(integration, integration.c.id == sent.integration_id)
        .where(sent.at >= _LATELY)
    )
