"""The words of alerting: an alert's key and state, what happened to it, its messages, and what mutes them.

Storage keeps these and `alerts` decides by them; neither knows the other, so the words stand here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self

import msgspec


class Phase(StrEnum):
    """Where an alert stands in its life."""

    NORMAL = "normal"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"


class Severity(StrEnum):
    """How bad: a warning makes an integration degraded, a critical one failing."""

    WARNING = "warning"
    CRITICAL = "critical"


class Reason(StrEnum):
    """Why an alert stands as it does.

    threshold: by its reading; no_data: nothing to read for longer than the rule allows; error: the
    reading itself failed; vanished: rule, integration or label is no longer watched.
    """

    THRESHOLD = "threshold"
    NO_DATA = "no_data"
    ERROR = "error"
    VANISHED = "vanished"


BLIND_RULE = "collector-blind"
"""The key of the alert on sources that cannot be read. It goes by each source's own polls: nothing to tune."""


class AlertKey(NamedTuple):
    """What an alert is about: a rule on an integration, and on one of its sources or limits where told."""

    rule: str
    integration: str
    label: str = ""


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has taken it up. severity: how bad it was then; worse than that it counts no longer."""

    by: str
    at: datetime
    severity: Severity
    note: str = ""


class AlertState(msgspec.Struct, frozen=True, kw_only=True):
    """One alert as it stands; without a row in storage it is normal.

    episode: names this firing, from `pending` to its end, for good: the next firing has another.
    severity: None unless firing or recovering (and of `pending` what it is about to become).
    since: when the trouble began (first reading beyond the threshold), as told to people; phase_since:
    when `phase` began, moved on by the time that we were down, so that such time counts for nothing.
    fired_at: when it began to fire, None before. evaluated_at: the newest evaluation; read_at: the newest
    one that had a value. value, threshold, unit: the newest reading beside what it is held against.
    detail: the reading's text (`core.said`). After its end a state keeps episode, since, fired_at and reason,
    and phase_since is when it ended. changes: instants of its latest turns
    between firing and normal, newest last, at most 20; flapping: many of them in a short while.
    """

    key: AlertKey
    phase: Phase = Phase.NORMAL
    severity: Severity | None = None
    reason: Reason = Reason.THRESHOLD
    episode: str = ""
    since: datetime | None = None
    phase_since: datetime | None = None
    fired_at: datetime | None = None
    evaluated_at: datetime | None = None
    read_at: datetime | None = None
    value: float | None = None
    threshold: str = ""
    detail: str = ""
    acknowledged: Acknowledgement | None = None
    changes: tuple[datetime, ...] = ()
    flapping: bool = False


class EventKind(StrEnum):
    """What happened to an alert, or was done about it."""

    FIRED = "fired"
    WORSENED = "worsened"
    EASED = "eased"
    RECOVERED = "recovered"
    VANISHED = "vanished"
    FLAPPING = "flapping"
    STEADY = "steady"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"


class AlertEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of an alert. at: by our clock; since: of the trouble; by, note: of a person's action."""

    key: AlertKey
    episode: str
    kind: EventKind
    at: datetime
    severity: Severity | None = None
    reason: Reason = Reason.THRESHOLD
    since: datetime | None = None
    value: float | None = None
    threshold: str = ""
    detail: str = ""
    by: str = ""
    note: str = ""

    @classmethod
    def of(cls, state: AlertState, kind: EventKind, at: datetime, by: str = "", note: str = "") -> Self:
        """What happened to an alert that stands (or stood) like this."""
        return cls(
            key=state.key,
            episode=state.episode,
            kind=kind,
            at=at,
            severity=state.severity,
            reason=state.reason,
            since=state.since,
            value=state.value,
            threshold=state.threshold,
            detail=state.detail,
            by=by,
            note=note,
        )


class Evaluation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One reading as it was evaluated. value: None = no data; events: what it rests on (see `min_events`)."""

    key: AlertKey
    at: datetime
    value: float | None
    events: int = 0
    severity: Severity | None = None


class NoticeKind(StrEnum):
    """What one notice tells its reader."""

    FIRED = "fired"
    WORSENED = "worsened"
    EASED = "eased"
    RECOVERED = "recovered"
    PASSED = "passed"
    REPEATED = "repeated"
    ESCALATED = "escalated"
    FLAPPING = "flapping"
    CLOSED = "closed"


class Target(NamedTuple):
    """Who is told: a channel, and the contact on whose behalf ("" where a rule names the channel itself)."""

    channel: str
    contact: str = ""


class NoticeState(StrEnum):
    """How far a notice has come. collapsed: never sent, since a later one says all of it."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    COLLAPSED = "collapsed"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell one target about one alert: a row of the outbox.

    notice_id: None until stored. Notices of one target and integration that are due together leave as one
    message, their `batch`, named once and for all when it is first leased: its dedup key.
    content: what its text is made from, as JSON (`alerts.content`); not_before: when it may leave;
    attempts: of its batch, failed so far; leased_until: another worker may take it from then on.
    """

    target: Target
    key: AlertKey
    episode: str
    kind: NoticeKind
    severity: Severity | None
    created_at: datetime
    not_before: datetime
    content: str
    notice_id: int | None = None
    state: NoticeState = NoticeState.WAITING
    batch: str = ""
    attempts: int = 0
    leased_until: datetime | None = None
    error: str | None = None
    finished_at: datetime | None = None


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """Notices that leave as one message, the oldest first. name: its dedup key, the same at each attempt.

    integration: that all of them are about; attempts: failed so far; first_at: when the oldest was made.
    """

    name: str
    target: Target
    integration: str
    notices: tuple[Notice, ...]
    attempts: int
    first_at: datetime


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """No messages for a while about what it matches; evaluation goes on.

    where: as a rule's (`integration method tag criticality system`) and `rule`; all must match.
    provisioned: it stands in the configuration and is changed there. ended_at: ended early.
    """

    silence_id: int
    where: Mapping[str, tuple[str, ...]]
    starts_at: datetime
    ends_at: datetime
    by: str
    note: str = ""
    provisioned: bool = False
    ended_at: datetime | None = None


class MaintenanceWindow(msgspec.Struct, frozen=True, kw_only=True):
    """Planned work: once (starts_at, ends_at), or recurring (cron in a zone, with a duration in seconds)."""

    maintenance_id: int
    name: str
    where: Mapping[str, tuple[str, ...]]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    cron: str = ""
    timezone: str = ""
    duration_seconds: int = 0
    by: str = ""
    note: str = ""
    provisioned: bool = False
    ended_at: datetime | None = None


class ThresholdOverride(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold that a person tuned on the page.

    rule: key of a built-in or configured rule; integration: "" = on all that the rule covers; warning,
    critical, resolve: as in the configuration (`> 5%`), "" = none. reverted_at: it holds no longer.
    """

    override_id: int
    rule: str
    integration: str = ""
    warning: str = ""
    critical: str = ""
    resolve: str = ""
    by: str = ""
    at: datetime
    note: str = ""
    reverted_at: datetime | None = None
    reverted_by: str = ""


class AlertInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What an evaluation starts from, as it stands inside its transaction.

    states: every alert that is not plainly normal, and those with turns within 48 h; notices: of each
    (alert, episode, target) the newest delivered and the newest dead one, of episodes still alive or ended
    within 48 h, and every one that still waits, oldest first;
    last_sent: when a message last left, by (target, integration); silences, maintenance: not ended yet.
    evaluated_at: the evaluation before this one, None at the very first.
    """

    states: Mapping[AlertKey, AlertState]
    notices: tuple[Notice, ...] = ()
    last_sent: Mapping[tuple[Target, str], datetime] = {}
    silences: tuple[Silence, ...] = ()
    maintenance: tuple[MaintenanceWindow, ...] = ()
    evaluated_at: datetime | None = None


class AlertOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an evaluation decided: only what changed. collapsed: ids of notices that are not sent any more.

    evaluations: every reading, storage chooses which to keep; duration_seconds: how long reading and
    deciding took, None = not measured.
    """

    states: tuple[AlertState, ...] = ()
    events: tuple[AlertEvent, ...] = ()
    notices: tuple[Notice, ...] = ()
    collapsed: tuple[int, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    duration_seconds: float | None = None
