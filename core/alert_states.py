"""The words of one alert: what it is about, how it stands, and what happened to it."""

from __future__ import annotations

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
