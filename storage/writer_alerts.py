"""Evaluations, and taking up an alert: each is one transaction, and one at a time over all processes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa

from core.alert_states import Acknowledgement, AlertEvent, AlertKey, AlertState, EventKind, Phase
from core.alerting import AlertInputs, AlertOutcome
from core.clock import from_micros, to_micros
from core.errors import StorageError
from storage import schema
from storage.alert_codes import COLLAPSED, SEVERITY_CODE, WAITING
from storage.alert_ids import ids_of
from storage.alert_inputs import KnownStates, alert_inputs
from storage.alert_rows import (
    EVENT_COLUMNS,
    KeyIds,
    event_row,
    label,
    rule,
    state_of,
    state_row,
    states_query,
)
from storage.dictionary import MESSAGE_LENGTH, Texts, clean
from storage.evaluations import Thinning
from storage.notice_rows import OUTBOX_COLUMNS, notice_row
from storage.statements import Statements
from storage.store import Store
from storage.turns import EVALUATION, Evaluated, last_evaluation, leave, take_turn
from storage.writer_operation import write_action

TAKEN_UP = (Phase.PENDING, Phase.FIRING, Phase.RECOVERING)


class AlertCommands:
    """The commands on alerts. actor: who does it, as the audit names them."""

    _store: Store
    _statements: Statements
    _texts: dict[str, int]
    _thinning: Thinning
    _alert_states: KnownStates

    def evaluate(self, decide: Callable[[AlertInputs], AlertOutcome], now: datetime) -> AlertOutcome:
        """Read how the alerts stand, let `decide` decide, and store what it decided; or nothing of it.

        Nobody else evaluates or takes up an alert meanwhile. What concerns an integration that the
        database does not know is left out.
        """
        texts = Texts(self._store.engine, self._texts)

        def work(connection: sa.Connection) -> AlertOutcome:
            token = take_turn(connection, self._store.engine, EVALUATION)
            self._thinning.of(connection, token, now)
            before = last_evaluation(token)
            evaluated_at = from_micros(before.at) if before else None
            outcome = decide(alert_inputs(connection, now, evaluated_at, self._alert_states))
            self._keep(connection, texts, outcome, now)
            left = msgspec.json.encode(Evaluated(to_micros(now), outcome.duration_seconds)).decode()
            leave(connection, EVALUATION, left)
            self._thinning.done(left)
            return outcome

        outcome = self._store.transact(work)
        self._texts.update(texts.added)
        return outcome

    def acknowledge(self, key: AlertKey, actor: str, note: str, now: datetime) -> None:
        """Somebody has taken it up: it is not repeated or escalated until it gets worse or comes anew.

        Raises StorageError where the alert does not stand.
        """

        def change(state: AlertState) -> AlertState:
            severity = state.severity
            if state.phase not in TAKEN_UP or severity is None:
                raise StorageError(f"{_named(key)} does not fire any more; there is nothing to take up")
            taken = Acknowledgement(
                by=clean(actor), at=now, severity=severity, note=clean(note, MESSAGE_LENGTH)
            )
            return msgspec.structs.replace(state, acknowledged=taken)

        self._take_up(key, EventKind.ACKNOWLEDGED, change, actor, note, now)

    def unacknowledge(self, key: AlertKey, actor: str, note: str, now: datetime) -> None:
        """Nobody has taken it up after all. Raises StorageError where nobody had."""

        def change(state: AlertState) -> AlertState:
            if state.acknowledged is None:
                raise StorageError(f"{_named(key)} has not been taken up; there is nothing to give back")
            return msgspec.structs.replace(state, acknowledged=None)

        self._take_up(key, EventKind.UNACKNOWLEDGED, change, actor, note, now)

    def _take_up(
        self,
        key: AlertKey,
        kind: EventKind,
        change: Callable[[AlertState], AlertState],
        actor: str,
        note: str,
        now: datetime,
    ) -> None:
        texts = Texts(self._store.engine, self._texts)

        def work(connection: sa.Connection) -> None:
            take_turn(connection, self._store.engine, EVALUATION)
            state = change(_state(connection, key))
            ids = ids_of(connection, texts, [key])[key]
            self._statements.put(connection, schema.alert_state, [state_row(state, ids)])
            rows = [event_row(AlertEvent.of(state, kind, now, actor, note), ids)]
            self._statements.insert(connection, schema.alert_event, EVENT_COLUMNS, rows)
            action = "acknowledge" if kind is EventKind.ACKNOWLEDGED else "unacknowledge"
            detail = json.dumps({"episode": state.episode, "note": note}, ensure_ascii=False)
            write_action(connection, actor, f"alert.{action}", _named(key), detail, to_micros(now))

        self._store.transact(work)
        self._texts.update(texts.added)

    def _keep(self, connection: sa.Connection, texts: Texts, outcome: AlertOutcome, now: datetime) -> None:
        statements, readings = self._statements, self._thinning.chosen(outcome.evaluations)
        keys = {
            one.key for part in (outcome.states, outcome.events, outcome.notices, readings) for one in part
        }
        ids = ids_of(connection, texts, keys)
        _keep_states(connection, statements, outcome, ids)
        events = [event_row(one, ids[one.key]) for one in outcome.events if one.key in ids]
        statements.insert(connection, schema.alert_event, EVENT_COLUMNS, events)
        words = texts.ids(connection, {word for one in outcome.notices for word in one.target})
        notices = [notice_row(one, ids[one.key], words) for one in outcome.notices if one.key in ids]
        statements.insert(connection, schema.outbox, OUTBOX_COLUMNS, notices)
        if outcome.collapsed:
            _collapse(connection, outcome.collapsed, now)
        rows = [
            (*ids[one.key], to_micros(one.at), one.value, one.events, SEVERITY_CODE[one.severity])
            for one in readings
            if one.key in ids
        ]
        statements.keep(connection, schema.evaluation, rows)


def _keep_states(
    connection: sa.Connection,
    statements: Statements,
    outcome: AlertOutcome,
    ids: Mapping[AlertKey, KeyIds],
) -> None:
    """Write the states; one that is normal and always was needs no row."""
    known = [one for one in outcome.states if one.key in ids]
    gone = [ids[one.key] for one in known if _plain(one)]
    statements.put(
        connection, schema.alert_state, [state_row(one, ids[one.key]) for one in known if not _plain(one)]
    )
    keys = ("integration_id", "rule_id", "label_id")
    statements.delete(connection, schema.alert_state, keys, [tuple(one) for one in gone])


def _plain(state: AlertState) -> bool:
    return state.phase is Phase.NORMAL and not state.changes and not state.flapping


def _collapse(connection: sa.Connection, notices: Sequence[int], now: datetime) -> None:
    table = schema.outbox
    for start in range(0, len(notices), 500):
        chosen = table.c.id.in_(notices[start : start + 500])
        change = {"state": COLLAPSED, "finished_at": to_micros(now), "leased_until": None}
        connection.execute(sa.update(table).where(chosen, table.c.state == WAITING).values(**change))


def _state(connection: sa.Connection, key: AlertKey) -> AlertState:
    query = states_query().where(
        schema.integration.c.key == key.integration, rule.c.value == key.rule, label.c.value == key.label
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise StorageError(f"{_named(key)} does not stand; there is nothing to take up or give back")
    return state_of(row)


def _named(key: AlertKey) -> str:
    return "/".join(part for part in (key.integration, key.rule, key.label) if part)
