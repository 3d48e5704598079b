"""What the queries on alerts give back, besides the words of `core.alerting` themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from core.alert_states import AlertEvent, AlertState
from core.alerting import Notice, NoticeState


class AlertRow(msgspec.Struct, frozen=True, kw_only=True):
    """One alert as it stands. notices: the newest of this episode to each target, the last told first.

    Whether it is silenced or in maintenance now is decided by who reads (`alerts.windows`).
    """

    state: AlertState
    integration_name: str
    notices: tuple[Notice, ...] = ()


class AlertEventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of an alert; id: in the order of arrival."""

    id: int
    event: AlertEvent


class OutboxCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The outbox in sums of notices. oldest_waiting_at: when the oldest that waits was made, None = none waits.

    retrying: waiting ones whose delivery has failed at least once.
    """

    by_state: Mapping[NoticeState, int]
    retrying: int = 0
    oldest_waiting_at: datetime | None = None


class ChannelState(msgspec.Struct, frozen=True, kw_only=True):
    """How a channel does. disabled_at: nothing leaves by it since then, None = enabled.

    failures: since the last message that arrived; delivered, failed, dead: messages (attempts that failed,
    dead letters) since the beginning; last_error: None after one that arrived.
    """

    channel: str
    disabled_at: datetime | None = None
    disabled_why: str = ""
    disabled_by: str = ""
    last_delivered_at: datetime | None = None
    last_failed_at: datetime | None = None
    last_error: str | None = None
    failures: int = 0
    delivered: int = 0
    failed: int = 0
    dead: int = 0


class EvaluationState(msgspec.Struct, frozen=True, kw_only=True):
    """When alerts were last evaluated, and how long that took (None = not measured)."""

    at: datetime
    duration_seconds: float | None = None
