"""Decides what one evaluation changes: pure, from what was seen and what is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from alerts.addressees import addressees
from alerts.grouping import Groups
from alerts.machine import Seen, SeenKind, Step, step
from alerts.notices import Reconciled, Telling, reconcile
from alerts.readings import Sighting
from alerts.telling import LIVE, Standing
from alerts.windows import mutes_at, muting
from core.alert_states import AlertEvent, AlertKey, AlertState, Evaluation, Phase
from core.alerting import AlertInputs, AlertOutcome, Notice
from core.settings import ChannelSettings, Contact, Integration
from health.rule import Rule

WRITTEN_EVERY = timedelta(minutes=1)
"""A firing alert that only goes on is written so often, with its newest reading."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What one evaluation saw.

    integrations: all that are watched, by key; looked: keys of those that were looked at now; whole: all
    of them were to be, so what is not among `integrations` is gone; gap: see `alerts.machine.step`.
    """

    now: datetime
    gap: timedelta
    sightings: Sequence[Sighting]
    integrations: Mapping[str, Integration]
    looked: frozenset[str]
    whole: bool
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    channels: Mapping[str, ChannelSettings] = field(default_factory=dict)


def decide(scene: Scene, inputs: AlertInputs) -> AlertOutcome:
    """The states that changed, what happened, the messages of it and the readings."""
    rules = {key: rule for key, rule, _ in scene.sightings}
    states, events = _stepped(scene, inputs, rules)
    told = _told(scene, inputs, {**inputs.states, **states}, rules)
    return AlertOutcome(
        states=tuple(new for key, new in states.items() if _to_write(inputs.states.get(key), new)),
        events=tuple(events),
        notices=told.notices,
        collapsed=told.collapsed,
        evaluations=_evaluations(scene),
    )


def _stepped(
    scene: Scene, inputs: AlertInputs, watched: Container[AlertKey]
) -> tuple[dict[AlertKey, AlertState], list[AlertEvent]]:
    """watched: the keys of what was seen."""
    states: dict[AlertKey, AlertState] = {}
    events: list[AlertEvent] = []
    known, no_data = inputs.states, SeenKind.NO_DATA
    for key, rule, seen in (*scene.sightings, *_gone(scene, inputs.states, watched)):
        before = known.get(key)
        if before is None:
            # Of all that is normal and stays so, which is nearly all, nothing is kept.
            if seen.severity is None and not (rule.no_data == "alert" and seen.kind is no_data):
                continue
            before = AlertState(key=key)
        after: Step = step(rule, before, seen, scene.now, gap=scene.gap)
        states[key] = after.state
        events += after.events
    return states, events


def _gone(scene: Scene, states: Iterable[AlertKey], watched: Container[AlertKey]) -> list[Sighting]:
    """Alerts of what is no longer watched."""
    return [
        Sighting(key, unknown_rule(key.rule), Seen(SeenKind.VANISHED))
        for key in states
        if key not in watched and _in_scope(scene, key)
    ]


def _in_scope(scene: Scene, key: AlertKey) -> bool:
    if key.integration in scene.integrations:
        return key.integration in scene.looked
    return scene.whole


def unknown_rule(key: str) -> Rule:
    """Stands for a rule that is no longer there; it tells nobody and has no thresholds."""
    return Rule(key, key, "")


def unknown_integration(key: str) -> Integration:
    """Stands for an integration that is no longer there."""
    return Integration(key=key, name=key, method="custom", source_system="-")


def _told(
    scene: Scene, inputs: AlertInputs, states: Mapping[AlertKey, AlertState], rules: Mapping[AlertKey, Rule]
) -> Reconciled:
    """What is told whom of the alerts looked at: those that live, flap, or were told of lately."""
    known: defaultdict[AlertKey, list[Notice]] = defaultdict(list)
    for notice in inputs.notices:
        known[notice.key].append(notice)
    telling = {key for key, state in states.items() if state.phase in LIVE or state.flapping} | set(known)
    mutes = mutes_at(inputs.silences, inputs.maintenance, scene.now)
    groups = Groups(inputs.notices, inputs.last_sent, scene.now)
    notices: list[Notice] = []
    collapsed: list[int] = []
    for key in sorted(key for key in telling if _in_scope(scene, key)):
        rule = rules.get(key) or unknown_rule(key.rule)
        integration = scene.integrations.get(key.integration) or unknown_integration(key.integration)
        standing = Standing(
            rule, states.get(key) or AlertState(key=key), muting(mutes, key.rule, integration), scene.now
        )
        to = addressees(rule, integration, scene.contacts, scene.channels)
        done = reconcile(Telling(standing, to, known[key]), scene.channels, groups)
        notices += done.notices
        collapsed += done.collapsed
    return Reconciled(tuple(notices), tuple(collapsed))


def _to_write(before: AlertState | None, after: AlertState) -> bool:
    if before is None:
        return after.phase is not Phase.NORMAL or bool(after.changes)
    same = replace(
        after,
        evaluated_at=before.evaluated_at,
        read_at=before.read_at,
        value=before.value,
        detail=before.detail,
    )
    if same != before or after.phase in (Phase.PENDING, Phase.RECOVERING):
        return True
    if after.phase is Phase.NORMAL or before.evaluated_at is None or after.evaluated_at is None:
        return False
    return after.value != before.value or after.evaluated_at - before.evaluated_at >= WRITTEN_EVERY


def _evaluations(scene: Scene) -> tuple[Evaluation, ...]:
    """Every reading that was one."""
    now, value, no_data = scene.now, SeenKind.VALUE, SeenKind.NO_DATA
    return tuple(
        [
            Evaluation(key=key, at=now, value=seen.value, events=seen.events, severity=seen.severity)
            for key, _, seen in scene.sightings
            if seen.kind is value or seen.kind is no_data
        ]
    )
