"""Alerts, their events and their evaluations as stored rows, there and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from core.alert_states import Acknowledgement, AlertEvent, AlertKey, AlertState, Evaluation
from core.clock import from_micros, to_micros
from storage.alert_codes import (
    EVENT_CODE,
    EVENT_OF,
    PHASE_CODE,
    PHASE_OF,
    REASON_CODE,
    REASON_OF,
    SEVERITY_CODE,
    SEVERITY_OF,
)
from storage.dictionary import MESSAGE_LENGTH, clean
from storage.engine import Row
from storage.instants import instant, micros
from storage.schema import alert_event, alert_state, evaluation, integration, text
from storage.selected import AnyRow, AnySelect
from storage.statements import columns_of

EVENT_COLUMNS = columns_of(alert_event)[1:]

rule = text.alias("rule_text")
label = text.alias("label_text")


class KeyIds(NamedTuple):
    """Where an alert's key is stored: (integration, rule, label) ids."""

    integration: int
    rule: int
    label: int


def keyed(table: sa.Table) -> AnySelect:
    """All columns of a table of alerts, and the words of their keys: key, rule and label."""
    return (
        sa.select(table, integration.c.key, rule.c.value.label("rule"), label.c.value.label("label"))
        .join(integration, integration.c.id == table.c.integration_id)
        .join(rule, rule.c.id == table.c.rule_id)
        .join(label, label.c.id == table.c.label_id)
    )


def states_query() -> AnySelect:
    """Rows for `state_of`."""
    return keyed(alert_state)


def events_query() -> AnySelect:
    """Rows for `event_of`."""
    return keyed(alert_event)


def evaluations_query() -> AnySelect:
    """Rows for `evaluation_of`."""
    return keyed(evaluation)


def key_of(row: AnyRow) -> AlertKey:
    """The key of a row of `keyed`."""
    return AlertKey(row.rule, row.key, row.label)


def state_of(row: Sequence[Any]) -> AlertState:
    """A row of `states_query` as the state it was."""
    # Unpacked in one go, for every evaluation reads all that stand: the columns of `state_row`, then the key.
    (phase, severity, reason, episode, since, phase_since, fired_at, evaluated_at, read_at, value, threshold, detail,
     by, taken_at, taken_severity, note, changes, _, flapping, key, rule_key, label_key) = row[3:25]  # fmt: skip
    return AlertState(
        key=AlertKey(rule_key, key, label_key),
        phase=PHASE_OF[phase],
        severity=SEVERITY_OF[severity],
        reason=REASON_OF[reason],
        episode=episode or "",
        since=instant(since),
        phase_since=instant(phase_since),
        fired_at=instant(fired_at),
        evaluated_at=instant(evaluated_at),
        read_at=instant(read_at),
        value=value,
        threshold=threshold or "",
        detail=detail or "",
        acknowledged=_taken(by, taken_at, taken_severity, note),
        changes=tuple(from_micros(one) for one in json.loads(changes)) if changes else (),
        flapping=bool(flapping),
    )


def _taken(by: str | None, at: int | None, severity: int, note: str | None) -> Acknowledgement | None:
    if at is None:
        return None
    severity_then = SEVERITY_OF[severity]
    assert severity_then is not None
    return Acknowledgement(by=by or "", at=from_micros(at), severity=severity_then, note=note or "")


def state_row(state: AlertState, ids: KeyIds) -> Row:
    """A state as a row of all columns of `alert_state`."""
    taken = state.acknowledged
    changes = [to_micros(at) for at in state.changes]
    return (
        *ids,
        PHASE_CODE[state.phase],
        SEVERITY_CODE[state.severity],
        REASON_CODE[state.reason],
        state.episode or None,
        micros(state.since),
        micros(state.phase_since),
        micros(state.fired_at),
        micros(state.evaluated_at),
        micros(state.read_at),
        state.value,
        state.threshold or None,
        clean(state.detail, MESSAGE_LENGTH) or None,
        None if taken is None else taken.by,
        None if taken is None else to_micros(taken.at),
        SEVERITY_CODE[None if taken is None else taken.severity],
        None if taken is None else taken.note or None,
        json.dumps(changes) if changes else None,
        changes[-1] if changes else None,
        int(state.flapping),
    )


def event_of(row: AnyRow) -> AlertEvent:
    """A row of `events_query` as the event it was."""
    return AlertEvent(
        key=key_of(row),
        episode=row.episode,
        kind=EVENT_OF[row.kind],
        at=from_micros(row.at),
        severity=SEVERITY_OF[row.severity],
        reason=REASON_OF[row.reason],
        since=instant(row.since),
        value=row.value,
        threshold=row.threshold or "",
        detail=row.detail or "",
        by=row.actor or "",
        note=row.note or "",
    )


def event_row(event: AlertEvent, ids: KeyIds) -> Row:
    """An event as a row of EVENT_COLUMNS."""
    return (
        to_micros(event.at),
        *ids,
        event.episode,
        EVENT_CODE[event.kind],
        SEVERITY_CODE[event.severity],
        REASON_CODE[event.reason],
        micros(event.since),
        event.value,
        event.threshold or None,
        clean(event.detail, MESSAGE_LENGTH) or None,
        clean(event.by) or None,
        clean(event.note, MESSAGE_LENGTH) or None,
    )


def evaluation_of(row: AnyRow) -> Evaluation:
    """A row of `evaluations_query` as the reading it was."""
    return Evaluation(
        key=key_of(row),
        at=from_micros(row.at),
        value=row.value,
        events=row.events,
        severity=SEVERITY_OF[row.severity],
    )
