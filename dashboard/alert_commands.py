"""What a person does about alerts, each through one command of the writer; for callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.alert_states import AlertKey
from core.alerting import ThresholdOverride
from core.muting import MaintenanceWindow, Silence
from dashboard import actions
from dashboard.actions import ACTOR
from dashboard.alert_reads import Alert
from dashboard.tuning import Wanted
from dashboard.viewer import Viewer
from storage.writer import Writer

Where = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Recurring:
    """When planned work begins each time, and how long it takes."""

    cron: str
    timezone: str
    length: timedelta


def acknowledge(viewer: Viewer, alert: Alert, note: str) -> None:
    """Take an alert up."""
    key = alert.state.key
    done = viewer.text("Acknowledged: no repeats and no escalation until it is over or gets worse")
    actions.perform(viewer, done, lambda writer, now: writer.acknowledge(key, ACTOR, note.strip(), now))


def give_back(viewer: Viewer, alert: Alert) -> None:
    """Nobody has taken it up after all."""
    key = alert.state.key
    actions.perform(
        viewer,
        viewer.text("No longer acknowledged"),
        lambda writer, now: writer.unacknowledge(key, ACTOR, "", now),
    )


def silence_alert(viewer: Viewer, alert: Alert, length: timedelta, note: str, *, whole: bool = False) -> None:
    """No messages about this alert, or (whole) about all of its integration, from now on for so long."""
    key = alert.state.key
    silence(viewer, alone(key) if not whole else {"integration": (key.integration,)}, length, note)


def silence(viewer: Viewer, where: Where, length: timedelta | datetime, note: str) -> None:
    """No messages about what this matches, from now by our clock on, for so long or until then."""

    def act(writer: Writer, now: datetime) -> None:
        until = length if isinstance(length, datetime) else now + length
        writer.silence(where, now, until, ACTOR, note.strip(), now)

    actions.perform(viewer, viewer.text("Silenced: evaluation goes on, messages do not leave"), act)


def end_silence(viewer: Viewer, one: Silence) -> None:
    """Messages leave again."""
    done = viewer.text("The silence is over: messages leave again")
    actions.perform(viewer, done, lambda writer, now: writer.end_silence(one.silence_id, ACTOR, now))


def plan_once(viewer: Viewer, name: str, where: Where, start: datetime, end: datetime, note: str) -> None:
    """Planned work between two instants."""

    def act(writer: Writer, now: datetime) -> None:
        writer.plan_maintenance(name, where, ACTOR, note.strip(), now, starts_at=start, ends_at=end)

    actions.perform(viewer, viewer.text("Planned"), act)


def plan_again(viewer: Viewer, name: str, where: Where, again: Recurring, note: str) -> None:
    """Planned work that comes again and again."""

    def act(writer: Writer, now: datetime) -> None:
        writer.plan_maintenance(
            name, where, ACTOR, note.strip(), now,
            cron=again.cron, timezone=again.timezone, duration=again.length,
        )  # fmt: skip

    actions.perform(viewer, viewer.text("Planned"), act)


def end_maintenance(viewer: Viewer, one: MaintenanceWindow) -> None:
    """The planned work is over, and will not come again."""
    done = viewer.text("The maintenance window is taken out")
    actions.perform(viewer, done, lambda writer, now: writer.end_maintenance(one.maintenance_id, ACTOR, now))


def tune(viewer: Viewer, rule: str, integration: str, wanted: Wanted, note: str) -> bool:
    """Judge by these thresholds from now on; integration: "" = all that the rule covers."""
    return actions.perform(
        viewer,
        viewer.text("Saved: health and alerts go by the new threshold from the next look on"),
        lambda writer, now: writer.override_threshold(
            rule, integration, wanted.warning, wanted.critical, wanted.resolve, ACTOR, note.strip(), now
        ),
    )


def undo(viewer: Viewer, one: ThresholdOverride) -> None:
    """Judge by the rule's own thresholds again."""
    done = viewer.text("Undone: the rule's own threshold holds again")
    actions.perform(viewer, done, lambda writer, now: writer.revert_override(one.override_id, ACTOR, now))


def resend(viewer: Viewer, batch: str) -> None:
    """Try a message again that was given up."""
    done = viewer.text("It is sent again, under the name it had")
    actions.perform(viewer, done, lambda writer, now: writer.resend(batch, ACTOR, now))


def enable(viewer: Viewer, channel: str) -> None:
    """Use a channel again that was switched off after a lasting fault."""
    done = viewer.text("Switched on again: what waits for it leaves now")
    actions.perform(viewer, done, lambda writer, now: writer.enable_channel(channel, ACTOR, now))


def alone(key: AlertKey) -> Where:
    """What matches this one alert, and those of the other labels of its rule."""
    return {"rule": (key.rule,), "integration": (key.integration,)}
