"""What the tests of alerts store: states, events and notices made short."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from core.alert_states import AlertEvent, AlertKey, AlertState, Evaluation, EventKind, Phase, Severity
from core.alerting import AlertInputs, AlertOutcome, Notice, NoticeKind, Target
from storage.store import Store
from storage.writer import Writer
from tests.storage.storage_samples import NOW, at, configuration

KEY = AlertKey("failed-runs", "crm")
OTHER = AlertKey("missed-runs", "hr", "api")
CHAT = Target("chat")
OLGA = Target("mail", "olga")


class Desk:
    """A writer whose evaluations decide what a test hands in; inputs: what the last one was given."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.writer = Writer(store)
        self.writer.configure(configuration(), NOW)
        self.inputs = AlertInputs(states={})

    def decide(self, now: datetime = NOW, **outcome: Any) -> AlertInputs:
        """One evaluation with this outcome."""

        def decide(inputs: AlertInputs) -> AlertOutcome:
            self.inputs = inputs
            return AlertOutcome(**outcome)

        self.writer.evaluate(decide, now)
        return self.inputs


def firing(key: AlertKey = KEY, **fields: Any) -> AlertState:
    """An alert that began to fire five minutes ago."""
    values: dict[str, Any] = {
        "phase": Phase.FIRING,
        "severity": Severity.CRITICAL,
        "episode": f"{key.rule}-1",
        "since": at(10),
        "phase_since": at(5),
        "fired_at": at(5),
        "evaluated_at": NOW,
        "read_at": NOW,
        "value": 0.5,
        "threshold": "> 20%",
        "detail": '{"id": "x"}',
        "changes": (at(5),),
    }
    return AlertState(key=key, **{**values, **fields})


def event(kind: EventKind = EventKind.FIRED, key: AlertKey = KEY, **fields: Any) -> AlertEvent:
    """A turn of an alert."""
    values: dict[str, Any] = {"episode": f"{key.rule}-1", "at": NOW, "severity": Severity.CRITICAL}
    return AlertEvent(key=key, kind=kind, **{**values, **fields})


def notice(target: Target = CHAT, key: AlertKey = KEY, **fields: Any) -> Notice:
    """A notice that may leave now."""
    values: dict[str, Any] = {
        "episode": f"{key.rule}-1",
        "kind": NoticeKind.FIRED,
        "severity": Severity.CRITICAL,
        "created_at": NOW,
        "not_before": NOW,
        "content": "{}",
    }
    return Notice(target=target, key=key, **{**values, **fields})


def reading(value: float | None, after: timedelta, key: AlertKey = KEY, **fields: Any) -> Evaluation:
    """A reading so long after NOW."""
    return Evaluation(key=key, at=NOW + after, value=value, **fields)


def named(notices: Sequence[Notice]) -> str:
    """A batch's name: of its first notice."""
    return f"batch-{notices[0].notice_id}"
