"""Alerts as they stand, what happened to them, and their readings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from core.alert_states import AlertKey, Evaluation, EventKind, Phase
from core.alerting import Notice
from core.clock import from_micros, to_micros
from storage.alert_codes import EVENT_CODE, PHASE_CODE
from storage.alert_rows import (
    evaluation_of,
    evaluations_query,
    event_of,
    events_query,
    label,
    rule,
    state_of,
    states_query,
)
from storage.notice_rows import notice_of, notices_query
from storage.queries.alert_rows import AlertEventRow, AlertRow, EvaluationState
from storage.queries.page import Page, limited, page_of, read_key
from storage.schema import alert_event, alert_state, evaluation, installation, outbox
from storage.schema import integration as watched
from storage.selected import AnySelect
from storage.turns import EVALUATION, last_evaluation

STANDING = (Phase.FIRING, Phase.RECOVERING)
"""The phases in which an alert has been told, or will be."""


def alerts(
    connection: sa.Connection,
    *,
    phases: Collection[Phase] = STANDING,
    integration: str | None = None,
    key: AlertKey | None = None,
) -> list[AlertRow]:
    """Alerts in these phases, the worst first, then the one that has stood longest.

    Normal ones have no row unless they turned of late. key: that one only.
    """
    state = alert_state.c
    query = states_query().add_columns(watched.c.name.label("integration_name"))
    query = query.where(state.phase.in_([PHASE_CODE[phase] for phase in phases]))
    query = _of(query, integration, key)
    query = query.order_by(state.severity.desc(), state.since, watched.c.key, rule.c.value, label.c.value)
    rows = connection.execute(query).all()
    told = _told(connection, [row.episode for row in rows if row.episode])
    return [
        AlertRow(
            state=state_of(row),
            integration_name=row.integration_name,
            notices=told.get(row.episode, ()),
        )
        for row in rows
    ]


def alert_events(
    connection: sa.Connection,
    *,
    integration: str | None = None,
    key: AlertKey | None = None,
    episode: str | None = None,
    kinds: Collection[EventKind] | None = None,
    since: datetime | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[AlertEventRow]:
    """What happened to alerts and was done about them, the last first; after: the `next` of the page before.

    kinds: None for all; since: at or after it. Raises ValueError for an unreadable `after`.
    """
    place, size, event = read_key(after), limited(limit), alert_event.c
    query = _of(events_query(), integration, key)
    if episode is not None:
        query = query.where(event.episode == episode)
    if kinds is not None:
        query = query.where(event.kind.in_([EVENT_CODE[kind] for kind in kinds]))
    if since is not None:
        query = query.where(event.at >= to_micros(since))
    if place is not None:
        query = query.where(
            event.at <= place.at, sa.tuple_(event.at, event.id) < sa.tuple_(place.at, place.id)
        )
    rows = connection.execute(query.order_by(event.at.desc(), event.id.desc()).limit(size + 1)).all()
    return page_of(rows, size, "at", lambda row: AlertEventRow(id=row.id, event=event_of(row)))


def evaluations(
    connection: sa.Connection, key: AlertKey, since: datetime, until: datetime
) -> list[Evaluation]:
    """The stored readings of one alert in [since, until), oldest first: each holds until the next.

    Values are within one in a hundred of what was read (`storage.evaluations`). The reading that held
    at `since` comes first where it is stored, so the first one may be before `since`.
    """
    at, query = evaluation.c.at, _of(evaluations_query(), None, key)
    before = query.where(at < to_micros(since)).order_by(at.desc()).limit(1)
    inside = query.where(at >= to_micros(since), at < to_micros(until)).order_by(at)
    return [evaluation_of(row) for part in (before, inside) for row in connection.execute(part)]


def evaluations_since(connection: sa.Connection, key: AlertKey) -> datetime | None:
    """The first stored reading of an alert; None where there is none."""
    query = _of(evaluations_query(), None, key).order_by(evaluation.c.at).limit(1)
    row = connection.execute(query).first()
    return from_micros(row.at) if row else None


def last_evaluated(connection: sa.Connection) -> EvaluationState | None:
    """When alerts were last evaluated; None before the first time."""
    query = sa.select(installation.c.value).where(installation.c.name == EVALUATION)
    found = last_evaluation(connection.execute(query).scalar_one_or_none() or "")
    if found is None:
        return None
    return EvaluationState(at=from_micros(found.at), duration_seconds=found.seconds)


def _of(query: AnySelect, integration: str | None, key: AlertKey | None) -> AnySelect:
    if key is not None:
        integration = key.integration
        query = query.where(rule.c.value == key.rule, label.c.value == key.label)
    return query if integration is None else query.where(watched.c.key == integration)


def _told(connection: sa.Connection, episodes: Sequence[str]) -> Mapping[str, tuple[Notice, ...]]:
    """The newest notice of each of these episodes to each target, by episode."""
    told, found = outbox.c, dict[str, list[Notice]]()
    for start in range(0, len(episodes), 500):
        newest = (
            sa.select(sa.func.max(told.id))
            .where(told.episode.in_(episodes[start : start + 500]))
            .group_by(told.episode, told.channel_id, told.contact_id)
        )
        for row in connection.execute(notices_query().where(told.id.in_(newest)).order_by(told.id.desc())):
            found.setdefault(row.episode, []).append(notice_of(row))
    return {episode: tuple(notices) for episode, notices in found.items()}
