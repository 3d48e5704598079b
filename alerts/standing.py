"""The document of `alerts --json`: every alert as it stands, who was told, and how alerting itself does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from alerts.windows import Mutes, mutes_at, muting
from assess.feeding import completed
from assess.plan import Plan, plan_of
from core.alert_states import AlertEvent, AlertKey, EventKind, Phase, Severity
from core.alerting import Notice, NoticeState
from core.i18n import SOURCE_LANGUAGE, Translator, translator
from core.records import Json
from core.said import said
from core.settings import Settings
from health.rules import COLLECTOR_BLIND
from storage import queries
from storage.queries.alert_rows import AlertRow, ChannelState
from storage.queries.export_fields import iso

Document = dict[str, Json]

ENDED_LATELY = timedelta(hours=24)
_ENDINGS = (EventKind.RECOVERED, EventKind.VANISHED)
_STANDING = (Phase.FIRING, Phase.RECOVERING)


def alerts_document(
    connection: queries.Connection,
    settings: Settings,
    now: datetime,
    language: str = SOURCE_LANGUAGE,
    zone: tzinfo = UTC,
    *,
    everything: bool = False,
    integration: str | None = None,
) -> Document:
    """{as_of, firing, alerts, ended, evaluation, outbox, channels} as of now.

    firing: number of alerts by severity; alerts: those that fire or have not been well for long enough,
    the worst first, and with `everything` those about to fire; ended: with `everything` those that ended
    in the last 24 hours, the last first; evaluation: of all alerts, null before the first. Times are ISO
    8601 in UTC (in a text: of the zone), values in the unit of their indicator, null where nothing is known.
    """
    plan, says = plan_of(completed(connection, settings)), translator(language, zone)
    phases = (*_STANDING, Phase.PENDING) if everything else _STANDING
    rows = queries.alerts(connection, phases=phases, integration=integration)
    mutes = mutes_at(queries.silences(connection, now), queries.maintenance(connection, now), now)
    firing = [row.state.severity for row in rows if row.state.phase in _STANDING]
    root = settings.address.rstrip("/")
    return {
        "as_of": iso(now),
        "firing": {severity.value: firing.count(severity) for severity in Severity},
        "alerts": [_alert(row, plan, mutes, says, root) for row in rows],
        "ended": _ended(connection, plan, says, now, integration) if everything else [],
        "evaluation": _evaluation(connection, now),
        "outbox": _outbox(connection, now),
        "channels": _channels(settings, queries.channel_states(connection)),
    }


def _alert(row: AlertRow, plan: Plan, mutes: Mutes, says: Translator, root: str) -> Document:
    state, key = row.state, row.state.key
    watch, taken = plan.watches.get(key.integration), row.state.acknowledged
    held = muting(mutes, key.rule, watch.integration) if watch else None
    return {
        **_subject(key, plan, says),
        "integration_name": row.integration_name,
        "phase": state.phase.value,
        "severity": None if state.severity is None else state.severity.value,
        "reason": state.reason.value,
        "text": says.render(said(state.detail)) if state.detail else "",
        "since": iso(state.since),
        "fired_at": iso(state.fired_at),
        "value": state.value,
        "threshold": state.threshold or None,
        "silenced": bool(held and held.silence),
        "maintenance": bool(held and held.maintenance),
        "muted_until": iso(held.until) if held else None,
        "acknowledged": None
        if taken is None
        else {"by": taken.by, "at": iso(taken.at), "note": taken.note or None},
        "flapping": state.flapping,
        "told": [_told(one) for one in row.notices],
        "episode": state.episode,
        "link": f"{root}/integration?integration={key.integration}",
    }


def _ended(
    connection: queries.Connection, plan: Plan, says: Translator, now: datetime, integration: str | None
) -> list[Json]:
    page = queries.alert_events(
        connection, integration=integration, kinds=_ENDINGS, since=now - ENDED_LATELY, limit=1000
    )
    return [_ending(row.event, plan, says) for row in page.items]


def _ending(event: AlertEvent, plan: Plan, says: Translator) -> Document:
    return {
        **_subject(event.key, plan, says),
        "kind": event.kind.value,
        "severity": None if event.severity is None else event.severity.value,
        "since": iso(event.since),
        "ended_at": iso(event.at),
        "episode": event.episode,
    }


def _subject(key: AlertKey, plan: Plan, says: Translator) -> Document:
    return {
        "rule": key.rule,
        "rule_name": says.text(name_of(key, plan)),
        "integration": key.integration,
        "label": key.label or None,
    }


def name_of(key: AlertKey, plan: Plan) -> str:
    """The name of an alert's rule (a message id, or the configuration's words); its key where it is gone."""
    if key.rule == COLLECTOR_BLIND.key:
        return COLLECTOR_BLIND.name
    watch = plan.watches.get(key.integration)
    return next((rule.name for rule in watch.rules if rule.key == key.rule), key.rule) if watch else key.rule


def _told(notice: Notice) -> Document:
    return {
        "channel": notice.target.channel,
        "contact": notice.target.contact or None,
        "kind": notice.kind.value,
        "state": notice.state.value,
        "at": iso(notice.finished_at),
        "error": notice.error,
    }


def _evaluation(connection: queries.Connection, now: datetime) -> Document | None:
    found = queries.last_evaluated(connection)
    if found is None:
        return None
    return {
        "at": iso(found.at),
        "age_seconds": max(0.0, (now - found.at).total_seconds()),
        "duration_seconds": found.duration_seconds,
    }


def _outbox(connection: queries.Connection, now: datetime) -> Document:
    counts = queries.outbox_counts(connection)
    oldest = counts.oldest_waiting_at
    return {
        "waiting": counts.by_state[NoticeState.WAITING],
        "retrying": counts.retrying,
        "dead": counts.by_state[NoticeState.DEAD],
        "oldest_waiting_seconds": None if oldest is None else max(0.0, (now - oldest).total_seconds()),
    }


def _channels(settings: Settings, states: Sequence[ChannelState]) -> list[Json]:
    """Those of the configuration, in its order; what others did stays in the database."""
    known: Mapping[str, ChannelState] = {one.channel: one for one in states}
    return [
        _channel(channel.type, known.get(key) or ChannelState(channel=key))
        for key, channel in settings.channels.items()
    ]


def _channel(kind: str, state: ChannelState) -> Document:
    return {
        "key": state.channel,
        "type": kind,
        "enabled": state.disabled_at is None,
        "disabled_why": state.disabled_why or None,
        "last_delivered_at": iso(state.last_delivered_at),
        "last_error": state.last_error,
        "delivered": state.delivered,
        "failed": state.failed,
        "dead": state.dead,
    }
