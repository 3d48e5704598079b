"""What a rule would have done over a stretch of the past: its readings replayed through the state machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.machine import Seen, SeenKind, step
from assess.history import Sample, Series
from core.alert_states import AlertEvent, AlertKey, AlertState, EventKind, Phase, Severity
from health.rule import Rule
from health.status import Level, level_of

UNWATCHED = timedelta(minutes=65)
"""A reading is kept at least once an hour while anybody looks: a longer silence means that nobody did."""

_SEVERITY = {Level.WARNING: Severity.WARNING, Level.CRITICAL: Severity.CRITICAL}
_TELLING = frozenset({EventKind.FIRED, EventKind.WORSENED, EventKind.EASED, EventKind.RECOVERED})


@dataclass(frozen=True, slots=True)
class Firing:
    """One firing. until: None = it still fires at the end of the stretch; severity: the worst of it."""

    since: datetime
    until: datetime | None
    severity: Severity


@dataclass(frozen=True, slots=True)
class Replay:
    """What a rule would have done.

    firing_for: the time during which it fired; messages: to one reader of every severity if nobody takes
    the alert up, repeats among them; a flapping alert tells of it once and is silent until it is steady.
    """

    firings: tuple[Firing, ...] = ()
    firing_for: timedelta = timedelta()
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Backtest:
    """The rule as it stands and as proposed, over the same readings."""

    series: Series
    until: datetime
    present: Replay
    proposed: Replay


def backtest(present: Rule, proposed: Rule, series: Series, until: datetime) -> Backtest:
    """Both rules over readings that are the same for both: they differ in thresholds and times only."""
    return Backtest(
        series, until, replay(present, series.samples, until), replay(proposed, series.samples, until)
    )


def replay(rule: Rule, samples: Sequence[Sample], until: datetime) -> Replay:
    """What the rule would have done by these readings, rising in time; between two the first holds on."""
    ledger = _Ledger(rule.repeat)
    state = AlertState(key=AlertKey(rule.key, ""))
    for place, sample in enumerate(samples):
        seen = seen_of(rule, sample)
        state, events = step(rule, state, seen, sample.at, gap=UNWATCHED)
        ledger.take(events)
        after = samples[place + 1].at if place + 1 < len(samples) else until
        due = _due(rule, state)
        if due is not None and sample.at < due < min(after, sample.at + UNWATCHED):
            state, events = step(rule, state, seen, due, gap=UNWATCHED)
            ledger.take(events)
    return ledger.closed(until)


def seen_of(rule: Rule, sample: Sample) -> Seen:
    """A reading of the past as the machine takes it."""
    if sample.value is None:
        return Seen(SeenKind.NO_DATA, events=sample.events)
    severity = _SEVERITY.get(level_of(rule, sample.value))
    cleared = rule.resolve.met(sample.value) if rule.resolve is not None else severity is None
    return Seen(SeenKind.VALUE, sample.value, sample.events, severity, cleared and severity is None)


def _due(rule: Rule, state: AlertState) -> datetime | None:
    """When a state that waits for its time has waited long enough."""
    waits = {Phase.PENDING: rule.hold, Phase.RECOVERING: rule.keep_firing_for}.get(state.phase)
    return state.phase_since + waits if waits and state.phase_since else None


@dataclass(slots=True)
class _Ledger:
    """Firings and messages as they come."""

    repeat: timedelta
    firings: list[Firing] = field(default_factory=list)
    messages: int = 0
    told_at: datetime | None = None
    fired_at: datetime | None = None
    worst: Severity = Severity.WARNING
    silent: bool = False

    def take(self, events: Sequence[AlertEvent]) -> None:
        """Enter what happened at one reading."""
        for event in events:
            self._repeats(event.at)
            if event.kind is EventKind.FLAPPING:
                self.messages, self.silent, self.told_at = self.messages + 1, True, event.at
            elif event.kind is EventKind.STEADY:
                self.silent, self.told_at = False, event.at
            elif event.kind in _TELLING and not self.silent:
                self.messages, self.told_at = self.messages + 1, event.at
            self._turn(event)

    def closed(self, until: datetime) -> Replay:
        """All of it; what still fires has no end."""
        self._repeats(until)
        lasted = sum(((one.until or until) - one.since for one in self.firings), timedelta())
        if self.fired_at is not None:
            self.firings.append(Firing(self.fired_at, None, self.worst))
            lasted += until - self.fired_at
        return Replay(tuple(self.firings), lasted, self.messages)

    def _turn(self, event: AlertEvent) -> None:
        if event.kind is EventKind.FIRED:
            self.fired_at, self.worst = event.at, event.severity or Severity.WARNING
        elif event.kind is EventKind.WORSENED:
            self.worst = Severity.CRITICAL
        elif event.kind in (EventKind.RECOVERED, EventKind.VANISHED) and self.fired_at is not None:
            self.firings.append(Firing(self.fired_at, event.at, self.worst))
            self.fired_at = None

    def _repeats(self, until: datetime) -> None:
        """The repeats that fall due before an instant, while it fires."""
        if self.fired_at is None or self.told_at is None or self.silent or not self.repeat:
            return
        count = max(0, (until - self.told_at) // self.repeat)
        self.messages += count
        self.told_at += self.repeat * count
