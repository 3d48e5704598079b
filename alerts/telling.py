"""What one target is still to be told of one alert: how it stands, against what it was last told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.addressees import AT_ONCE
from alerts.windows import Muting
from core.alert_states import AlertState, Phase, Reason, Severity
from core.alerting import Notice, NoticeKind, NoticeState
from core.settings import ChannelSettings
from health.rule import Rule

CLOSING = frozenset({NoticeKind.RECOVERED, NoticeKind.PASSED, NoticeKind.CLOSED})
"""The kinds after which there is nothing more to tell of an episode."""

OVERDUE = timedelta(minutes=2)
"""A notice that has waited so long past its time has met trouble, even if nobody tried to send it."""

LIVE = (Phase.FIRING, Phase.RECOVERING)


@dataclass(frozen=True, slots=True)
class Want:
    """One thing to tell. severity: what the reader shall know of from then on."""

    kind: NoticeKind
    severity: Severity


@dataclass(slots=True)
class Told:
    """What one target was told of one episode, or is about to be. waiting: oldest first."""

    episode: str
    delivered: Notice | None = None
    dead: Notice | None = None
    waiting: list[Notice] = field(default_factory=list)

    def add(self, notice: Notice) -> None:
        """Take in a stored notice; of those delivered and those dead the newest counts."""
        if notice.state is NoticeState.WAITING:
            self.waiting.append(notice)
        elif notice.state is NoticeState.DELIVERED:
            self.delivered = _newer(self.delivered, notice)
        elif notice.state is NoticeState.DEAD:
            self.dead = _newer(self.dead, notice)

    @property
    def answered(self) -> Notice | None:
        """The newest that is done with, whether it arrived or not."""
        return _newer(self.delivered, self.dead)

    def in_flight(self, now: datetime) -> bool:
        """Whether one of them may be leaving at this very moment: then nothing can be decided yet."""
        return any(one.leased_until is not None and one.leased_until > now for one in self.waiting)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alert stands, as far as its messages go. muting: false where nothing holds them back."""

    rule: Rule
    state: AlertState
    muting: Muting
    now: datetime

    @property
    def live(self) -> bool:
        """Whether it is announced, and not over."""
        return self.state.phase in LIVE and self.state.fired_at is not None


def of_live(standing: Standing, told: Told, channel: ChannelSettings, after: timedelta | None) -> Want | None:
    """What is to be told of an alert that fires. after: the target's delay, None = it is no longer one."""
    state, answered = standing.state, told.answered
    severity = state.severity
    if standing.muting or after is None or severity is None:
        return None
    if answered is None or answered.kind is NoticeKind.FLAPPING:
        if state.phase is Phase.RECOVERING and not told.waiting:
            return None  # it is well at this moment: who was told nothing until now need not be alarmed
        return _first(standing, severity, channel, after)
    if answered.severity is not severity:
        if told.delivered is None:
            return _first(standing, severity, channel, after)
        worse = severity is Severity.CRITICAL
        return Want(NoticeKind.WORSENED if worse else NoticeKind.EASED, severity)
    if _to_be_repeated(standing, answered) and _heard(severity, channel):
        return Want(NoticeKind.REPEATED, severity)
    return None


def _first(standing: Standing, severity: Severity, channel: ChannelSettings, after: timedelta) -> Want | None:
    state = standing.state
    if not _heard(severity, channel) or state.fired_at is None or standing.now < state.fired_at + after:
        return None
    if after == AT_ONCE:
        return Want(NoticeKind.FIRED, severity)
    still = state.phase is Phase.FIRING and state.acknowledged is None and state.reason is not Reason.VANISHED
    return Want(NoticeKind.ESCALATED, severity) if still else None


def _to_be_repeated(standing: Standing, answered: Notice) -> bool:
    state = standing.state
    if state.phase is not Phase.FIRING or state.acknowledged is not None or state.reason is Reason.VANISHED:
        return False
    return standing.now - (answered.finished_at or answered.created_at) >= standing.rule.repeat


def _heard(severity: Severity, channel: ChannelSettings) -> bool:
    return severity is Severity.CRITICAL or channel.min_severity is Severity.WARNING


def of_ended(standing: Standing, told: Told, channel: ChannelSettings) -> Want | None:
    """What is to be told of an episode that is over.

    The recovery of what arrived, even while muted; one message of all of it where its beginning did not
    arrive; nothing where nothing had been tried yet.
    """
    answered = told.answered
    if answered is not None and answered.kind in CLOSING:
        return None
    under_way = next((one for one in told.waiting if one.kind in CLOSING), None)
    if told.delivered is not None:
        if not channel.send_recovered:
            return None
        closed = standing.state.episode == told.episode and standing.state.reason is Reason.VANISHED
        kind = NoticeKind.CLOSED if closed else NoticeKind.RECOVERED
        return Want(under_way.kind if under_way else kind, told.delivered.severity or Severity.WARNING)
    if standing.muting:
        return None
    if under_way is not None:
        return Want(under_way.kind, under_way.severity or Severity.WARNING)
    tried = told.dead or next((one for one in told.waiting if _tried(one, standing.now)), None)
    return Want(NoticeKind.PASSED, tried.severity or Severity.WARNING) if tried else None


def _tried(notice: Notice, now: datetime) -> bool:
    return notice.attempts > 0 or bool(notice.batch) or now - notice.not_before > OVERDUE


def of_flapping(standing: Standing, all_told: Sequence[Told], after: timedelta | None) -> Want | None:
    """The one message of an alert that flaps; none for those who have had it since it last stood still."""
    newest = newest_answered(all_told)
    if standing.muting or (newest is not None and newest.kind is NoticeKind.FLAPPING):
        return None
    if newest is None and after != AT_ONCE:
        return None
    known = standing.state.severity or (newest.severity if newest is not None else None)
    return Want(NoticeKind.FLAPPING, known or Severity.WARNING)


def superseded(told: Told, all_told: Sequence[Told]) -> bool:
    """Whether an ended episode needs no closing of its own, since its target heard of a later one that flapped,
    or it was itself told as flapping and something was told since."""
    answered, newest = told.answered, newest_answered(all_told)
    if answered is None or newest is None or newest is answered:
        return False
    return newest.kind is NoticeKind.FLAPPING or answered.kind is NoticeKind.FLAPPING


def newest_answered(all_told: Sequence[Told]) -> Notice | None:
    """The newest notice of a target that is done with, of whatever episode."""
    newest: Notice | None = None
    for told in all_told:
        newest = _newer(newest, told.answered)
    return newest


def _newer(one: Notice | None, other: Notice | None) -> Notice | None:
    if one is None or other is None:
        return one or other
    return other if (other.notice_id or 0) >= (one.notice_id or 0) else one
