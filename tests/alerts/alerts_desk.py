"""A desk for the tests of alerts: one alert or more, a clock of its own, and an outbox that can fail."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from alerts.decide import Scene, decide
from alerts.machine import Seen, SeenKind
from alerts.readings import Sighting
from core.alert_states import Acknowledgement, AlertEvent, AlertKey, AlertState, EventKind, Severity
from core.alerting import AlertInputs, Notice, NoticeState, Target
from core.muting import MaintenanceWindow, Silence
from core.settings import ChannelSettings, Contact, Integration
from core.units import Threshold, Unit
from health.rule import Rule

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TICK = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
GAP = MINUTE
KEY = AlertKey("failed-syncs", "crm")


def rule(**fields: Any) -> Rule:
    """A rule on failed runs: a warning above 5%, critical above 20%, no `for`, told to `chat`."""
    values: dict[str, Any] = {
        "key": KEY.rule,
        "name": "Failed syncs",
        "indicator": "run_failure_ratio",
        "warning": Threshold.parse("> 5%", Unit.RATIO),
        "critical": Threshold.parse("> 20%", Unit.RATIO),
        "notify": ("chat",),
    }
    return Rule(**{**values, **fields})


def seen(of: Rule, value: float | None, since: datetime | None = None, kind: SeenKind | None = None) -> Seen:
    """A reading of a rule; None = no data."""
    if kind is not None and kind is not SeenKind.VALUE:
        return Seen(kind)
    if value is None:
        return Seen(SeenKind.NO_DATA)
    severity = None
    if of.critical is not None and of.critical.met(value):
        severity = Severity.CRITICAL
    elif of.warning is not None and of.warning.met(value):
        severity = Severity.WARNING
    cleared = severity is None and (of.resolve is None or of.resolve.met(value))
    return Seen(
        SeenKind.VALUE,
        value=value,
        events=10,
        severity=severity,
        cleared=cleared,
        threshold=str(of.warning),
        since=since,
    )


def integration(key: str = "crm", **fields: Any) -> Integration:
    """An integration of that key."""
    values: dict[str, Any] = {"key": key, "name": key.upper(), "method": "api", "source_system": "HR"}
    return Integration(**{**values, **fields})


def channel(**fields: Any) -> ChannelSettings:
    """A channel that waits for nobody, unless told."""
    values: dict[str, Any] = {"type": "chat", "group_wait": timedelta(), "group_interval": timedelta()}
    return ChannelSettings(**{**values, **fields})


class Personal(ChannelSettings):
    """A channel that writes to each contact apart."""

    @property
    def personal(self) -> bool:
        return True


class Desk:
    """Evaluates what it is shown, keeps what is decided, and sends what is due.

    told: what has arrived, as (target's channel, kind); log: every event so far.
    """

    def __init__(
        self,
        one: Rule | None = None,
        *,
        channels: dict[str, ChannelSettings] | None = None,
        contacts: dict[str, Contact] | None = None,
        integrations: Iterable[Integration] | None = None,
    ) -> None:
        self.rule = one or rule()
        self.now = AT
        self.channels = channels if channels is not None else {"chat": channel()}
        self.contacts = contacts or {}
        self.integrations = {one.key: one for one in (integrations or [integration()])}
        self.states: dict[AlertKey, AlertState] = {}
        self.notices: list[Notice] = []
        self.log: list[AlertEvent] = []
        self.silences: tuple[Silence, ...] = ()
        self.maintenance: tuple[MaintenanceWindow, ...] = ()
        self.sent: list[Notice] = []
        self.last_sent: dict[tuple[Target, str], datetime] = {}

    def see(
        self, value: float | Seen | None, *, after: timedelta = TICK, **more: float | Seen | None
    ) -> Desk:
        """So much later, evaluate this reading of `crm` (None = no data), and others by integration."""
        self.now += after
        values: dict[str, float | Seen | None] = {"crm": value, **more}
        self.evaluate(
            {key: one if isinstance(one, Seen) else seen(self.rule, one) for key, one in values.items()}
        )
        return self

    def evaluate(self, readings: dict[str, Seen]) -> None:
        """Evaluate these readings, by integration, at the desk's hour."""
        sightings = [Sighting(AlertKey(self.rule.key, key), self.rule, one) for key, one in readings.items()]
        scene = Scene(
            now=self.now,
            gap=GAP,
            sightings=sightings,
            integrations=self.integrations,
            looked=frozenset(self.integrations),
            whole=True,
            contacts=self.contacts,
            channels=self.channels,
        )
        outcome = decide(scene, self._inputs())
        self.states.update((state.key, state) for state in outcome.states)
        self.log += outcome.events
        for number in outcome.collapsed:
            self._change(number, state=NoticeState.COLLAPSED, finished_at=self.now)
        for one in outcome.notices:
            self.notices.append(replace(one, notice_id=len(self.notices)))

    def for_(self, value: float | None, lasting: timedelta) -> Desk:
        """See the same reading on every tick for so long."""
        until = self.now + lasting
        while self.now < until:
            self.see(value)
        return self

    def deliver(self, *, fail: bool = False, dead: bool = False) -> list[str]:
        """Send all that is due; the kinds that arrived. fail: nothing arrives, and it is tried again."""
        arrived = []
        for one in self.waiting:
            if one.not_before > self.now:
                continue
            number = one.notice_id or 0
            if dead:
                self._change(number, state=NoticeState.DEAD, attempts=one.attempts + 1, finished_at=self.now)
            elif fail:
                again = self.now + 5 * TICK
                self._change(number, attempts=one.attempts + 1, not_before=again, batch=f"b{number}")
            else:
                self._change(number, state=NoticeState.DELIVERED, finished_at=self.now)
                self.last_sent[one.target, one.key.integration] = self.now
                self.sent.append(self.notices[number])
                arrived.append(one.kind.value)
        return arrived

    def claim(self, lasting: timedelta = MINUTE) -> None:
        """Take out all that is due, as a worker does before it sends."""
        for one in self.waiting:
            if one.not_before <= self.now:
                number = one.notice_id or 0
                self._change(number, batch=f"b{number}", leased_until=self.now + lasting)

    def acknowledge(self, key: AlertKey = KEY) -> None:
        """Somebody takes it up."""
        state = self.states[key]
        taken = Acknowledgement(by="local", at=self.now, severity=state.severity or Severity.WARNING)
        self.states[key] = replace(state, acknowledged=taken)

    @property
    def state(self) -> AlertState:
        """The alert as it stands."""
        return self.states.get(KEY) or AlertState(key=KEY)

    @property
    def waiting(self) -> list[Notice]:
        """Notices that have not left."""
        return [one for one in self.notices if one.state is NoticeState.WAITING]

    @property
    def events(self) -> list[str]:
        """Kinds of what happened, in order."""
        return [one.kind.value for one in self.log]

    @property
    def told(self) -> list[str]:
        """Kinds of what has arrived, in order."""
        return [one.kind.value for one in self.sent]

    def _inputs(self) -> AlertInputs:
        kept = {k: one for k, one in self.states.items() if one.phase != "normal" or one.changes}
        return AlertInputs(
            states=kept,
            notices=tuple(_newest(self.notices)),
            last_sent=self.last_sent,
            silences=self.silences,
            maintenance=self.maintenance,
        )

    def _change(self, number: int, **fields: Any) -> None:
        self.notices[number] = replace(self.notices[number], **fields)


def _newest(notices: list[Notice]) -> list[Notice]:
    """As storage hands them out: of each episode and target the newest of each end, and all that wait."""
    newest: dict[Any, Notice] = {}
    for one in notices:
        if one.state is NoticeState.WAITING:
            newest[one.notice_id] = one
        elif one.state is not NoticeState.COLLAPSED:
            newest[one.key, one.episode, one.target, one.state] = one
    return sorted(newest.values(), key=lambda one: one.notice_id or 0)


def kinds(events: Iterable[AlertEvent]) -> list[EventKind]:
    """What happened, in order."""
    return [one.kind for one in events]
