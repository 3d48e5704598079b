"""Reads what an evaluation starts from, in a handful of queries whatever the number of alerts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from core.alerting import AlertInputs, MaintenanceWindow, Notice, Phase, Silence, Target
from core.clock import from_micros, to_micros
from storage.alert_codes import DEAD, DELIVERED, ENDINGS, PHASE_CODE, WAITING
from storage.alert_rows import notice_of, notices_query, state_of, states_query
from storage.muting_rows import maintenance_of, silence_of
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

REMEMBERED = timedelta(hours=48)
"""So long after its end an episode, and a turn of an alert, still counts."""

SENT_LATELY = timedelta(hours=24)
"""Grouping looks no further back than this."""


def alert_inputs(connection: sa.Connection, now: datetime, evaluated_at: datetime | None) -> AlertInputs:
    """Everything in `AlertInputs`, as it stands in this transaction."""
    lately = to_micros(now - REMEMBERED)
    state = alert_state.c
    kept = sa.or_(state.phase != PHASE_CODE[Phase.NORMAL], state.flapping == 1, state.turned_at >= lately)
    states = [state_of(row) for row in connection.execute(states_query().where(kept))]
    return AlertInputs(
        states={one.key: one for one in states},
        notices=_notices(connection, lately),
        last_sent=_last_sent(connection, now),
        silences=silences_of(connection, now),
        maintenance=maintenance_of_now(connection, now),
        evaluated_at=evaluated_at,
    )


def silences_of(connection: sa.Connection, now: datetime) -> tuple[Silence, ...]:
    """The silences that are not over, the first to begin first."""
    query = sa.select(silence).where(silence.c.ended_at.is_(None), silence.c.ends_at > to_micros(now))
    rows = connection.execute(query.order_by(silence.c.starts_at, silence.c.id))
    return tuple(silence_of(row) for row in rows)


def maintenance_of_now(connection: sa.Connection, now: datetime) -> tuple[MaintenanceWindow, ...]:
    """The maintenance windows that are not over, recurring ones among them."""
    window = maintenance.c
    query = sa.select(maintenance).where(
        window.ended_at.is_(None), sa.or_(window.ends_at.is_(None), window.ends_at > to_micros(now))
    )
    return tuple(maintenance_of(row) for row in connection.execute(query.order_by(window.id)))


def _notices(connection: sa.Connection, lately: int) -> tuple[Notice, ...]:
    told, state, event = outbox.c, alert_state.c, alert_event.c
    alive = sa.select(state.episode).where(state.phase != PHASE_CODE[Phase.NORMAL])
    ended = sa.select(event.episode).where(event.at >= lately, event.kind.in_(ENDINGS))
    newest = (
        sa.select(sa.func.max(told.id))
        # Not the bare state: SQLite would read all that was ever delivered, and not just these episodes.
        .where((told.state + 0).in_((DELIVERED, DEAD)), told.episode.in_(sa.union(alive, ended)))
        .group_by(told.episode, told.integration_id, told.rule_id, told.label_id)
        .group_by(told.channel_id, told.contact_id, told.state)
    )
    waiting = sa.select(told.id).where(told.state == WAITING)
    wanted = notices_query().where(told.id.in_(sa.union(newest, waiting))).order_by(told.id)
    return tuple(notice_of(row) for row in connection.execute(wanted))


def _last_sent(connection: sa.Connection, now: datetime) -> Mapping[tuple[Target, str], datetime]:
    channel, contact, sent = text.alias("channel_text"), text.alias("contact_text"), outbox_sent.c
    query = (
        sa.select(
            channel.c.value.label("channel"), contact.c.value.label("contact"), sent.at, integration.c.key
        )
        .join(channel, channel.c.id == sent.channel_id)
        .join(contact, contact.c.id == sent.contact_id)
        .join(integration, integration.c.id == sent.integration_id)
        .where(sent.at >= to_micros(now - SENT_LATELY))
    )
    return {
        (Target(row.channel, row.contact), row.key): from_micros(row.at) for row in connection.execute(query)
    }
