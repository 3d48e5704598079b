"""What the pages read of alerts: how they stand with what mutes them, what happened, and who was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.windows import Mutes, Muting, mutes_at, muting
from assess.feeding import completed
from assess.overview import BoardRow
from core.alert_states import AlertEvent, AlertKey, AlertState, Phase, Severity
from core.alerting import Notice, NoticeState
from core.muting import MaintenanceWindow, Silence
from core.settings import Settings
from core.units import Unit
from dashboard import reads, rule_reads
from dashboard.viewer import Viewer
from health.rule import Rule
from health.status import Health
from storage import queries
from storage.queries import Connection, Page

SEPARATOR = "~"
"""Between the parts of an alert's reference in an address: no key contains it."""

MOST = 200
_STANDING = (Phase.FIRING, Phase.RECOVERING, Phase.PENDING)
_PLACE = {Phase.FIRING: 0, Phase.RECOVERING: 1, Phase.PENDING: 2}


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as it stands, with its rule (None where that is gone), what mutes it, and who was told.

    told: the newest message of this firing to each target, the last told first.
    """

    state: AlertState
    rule: Rule | None
    muting: Muting
    told: tuple[Notice, ...] = ()

    @property
    def reference(self) -> str:
        """How an address names it."""
        return reference(self.state.key)

    @property
    def rule_name(self) -> str:
        """What its rule is called: a message id, or the words of the configuration."""
        return self.rule.name if self.rule else rule_reads.rule_name(self.state.key.rule)

    @property
    def unit(self) -> Unit | None:
        """What its reading is measured in; None where the rule is gone."""
        return rule_reads.unit_of_rule(self.state.key.rule) if self.rule else None

    @property
    def tunable(self) -> bool:
        """Whether its thresholds can be tuned: those of a source that cannot be read follow its interval."""
        return self.rule is not None and not self.state.key.label


@dataclass(frozen=True, slots=True)
class Standing:
    """How alerting itself does. evaluated_at: None before the first evaluation; disabled: channels.

    waiting: messages that have not left; waiting_since: when the oldest of them was made.
    """

    evaluated_at: datetime | None
    disabled: tuple[str, ...]
    waiting: int
    waiting_since: datetime | None


def reference(key: AlertKey) -> str:
    """How an address names an alert."""
    return SEPARATOR.join(part for part in key if part)


def key_of(text: str) -> AlertKey | None:
    """The alert that an address names; None where that is no name of one."""
    rule, _, rest = text.partition(SEPARATOR)
    integration, _, label = rest.partition(SEPARATOR)
    return AlertKey(rule, integration, label) if rule and integration else None


def alerts(now: datetime) -> Sequence[Alert]:
    """Every alert that fires, recovers or is about to fire, the worst first."""
    return reads.shared("alerts", lambda connection: _alerts(connection, now))


def alert(text: str, now: datetime) -> Alert | None:
    """The alert that an address names, over or not; None where nothing is known of it."""
    key = key_of(text)
    return (
        None if key is None else reads.shared(f"alert {text}", lambda connection: _one(connection, key, now))
    )


def firing(now: datetime) -> Sequence[Alert]:
    """Those that fire."""
    return [one for one in alerts(now) if one.state.phase is Phase.FIRING]


def since_of(row: BoardRow, now: datetime) -> datetime | None:
    """Since when an integration has been as bad as it is; None where it is healthy, or nothing tells.

    Some readings do not tell when they became bad; the alert that watches them has seen it.
    """
    judged = row.verdict.judgement
    if judged.health is Health.HEALTHY or judged.since is not None:
        return None if judged.health is Health.HEALTHY else judged.since
    so_bad = {Severity.CRITICAL} if judged.health is Health.FAILING else set(Severity)
    seen = (
        one.state.since
        for one in alerts(now)
        if one.state.key.integration == row.verdict.integration.key
        and one.state.phase is not Phase.RECOVERING
        and one.state.severity in so_bad
    )
    return min((at for at in seen if at is not None), default=None)


def mute_flags(now: datetime) -> Mapping[str, Sequence[str]]:
    """By integration whether all its messages are held back: `muted`, `maintenance`."""

    def read(connection: Connection) -> Mapping[str, Sequence[str]]:
        mutes = mutes_at(queries.silences(connection, now), queries.maintenance(connection, now), now)
        if not (mutes.silences or mutes.maintenance):
            return {}
        whole = {
            one.key: muting(mutes, "", one) for one in completed(connection, reads.settings()).integrations
        }
        return {key: _mute_flags(held) for key, held in whole.items() if held}

    return reads.shared("mute flags", read)


def _mute_flags(held: Muting) -> Sequence[str]:
    flags = {"muted": held.silence is not None, "maintenance": held.maintenance is not None}
    return [flag for flag, so in flags.items() if so]


def _alerts(connection: Connection, now: datetime) -> Sequence[Alert]:
    settings = completed(connection, reads.settings())
    mutes = mutes_at(queries.silences(connection, now), queries.maintenance(connection, now), now)
    rows = queries.alerts(connection, phases=_STANDING)
    return sorted((_alert(settings, mutes, row.state, row.notices) for row in rows), key=_worst_first)


def _one(connection: Connection, key: AlertKey, now: datetime) -> Alert | None:
    settings = completed(connection, reads.settings())
    mutes = mutes_at(queries.silences(connection, now), queries.maintenance(connection, now), now)
    rows = queries.alerts(connection, phases=tuple(Phase), key=key)
    if rows:
        return _alert(settings, mutes, rows[0].state, rows[0].notices)
    if queries.alert_events(connection, key=key, limit=1).items:
        return _alert(settings, mutes, AlertState(key=key), ())
    return None


def _alert(settings: Settings, mutes: Mutes, state: AlertState, told: tuple[Notice, ...]) -> Alert:
    one = settings.integration(state.key.integration)
    held = muting(mutes, state.key.rule, one) if one is not None else Muting()
    return Alert(state, rule_reads.rule_in(settings, state.key.rule, state.key.integration), held, told)


def _worst_first(one: Alert) -> tuple[int, bool, bool, float]:
    state = one.state
    taken = state.acknowledged is not None or bool(one.muting)
    began = state.fired_at or state.since
    return _PLACE[state.phase], state.severity is not Severity.CRITICAL, taken, -began.timestamp() if began else 0.0  # fmt: skip


def standing(now: datetime) -> Standing:
    """How alerting itself does."""
    return reads.shared("alerting", lambda connection: _standing(connection))


def _standing(connection: Connection) -> Standing:
    evaluated, counts = queries.last_evaluated(connection), queries.outbox_counts(connection)
    known = reads.settings().channels
    disabled = (one.channel for one in queries.channel_states(connection) if one.disabled_at)
    return Standing(
        evaluated_at=evaluated.at if evaluated else None,
        disabled=tuple(sorted(key for key in disabled if key in known)),
        waiting=counts.by_state.get(NoticeState.WAITING, 0),
        waiting_since=counts.oldest_waiting_at,
    )


def events(integration: str | None, since: datetime, name: str) -> Page[AlertEvent]:
    """The newest turns since then; name: of that stretch."""

    def read(connection: Connection) -> Page[AlertEvent]:
        page = queries.alert_events(connection, integration=integration, since=since, limit=MOST)
        return Page(tuple(row.event for row in page.items), page.next)

    return reads.shared(f"alert events {integration} {name}", read)


def events_of(key: AlertKey) -> Sequence[AlertEvent]:
    """The newest turns of one alert."""

    def read(connection: Connection) -> Sequence[AlertEvent]:
        return [row.event for row in queries.alert_events(connection, key=key, limit=20).items]

    return reads.shared(f"events of {reference(key)}", read)


def silences(now: datetime) -> Sequence[Silence]:
    """Those that are not over."""
    return reads.shared("silences", lambda connection: queries.silences(connection, now))


def maintenance(now: datetime) -> Sequence[MaintenanceWindow]:
    """Those that are not over for good."""
    return reads.shared("maintenance", lambda connection: queries.maintenance(connection, now))


def name_of_rule(viewer: Viewer, key: AlertKey) -> str:
    """What an alert is called, with its label."""
    name = viewer.text(rule_reads.rule_name(key.rule))
    return f"{name}: {key.label}" if key.label else name
