"""The words of alerting: what is told of alerts and whom, and what an evaluation starts from and decides.

Storage keeps these and `alerts` decides by them; neither knows the other, so the words stand here.
Those of one alert stand in `alert_states`, those of what mutes it in `muting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from core.alert_states import AlertEvent, AlertKey, AlertState, Evaluation, Severity
from core.muting import MaintenanceWindow, Silence


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
