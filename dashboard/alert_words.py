"""How alerts, what happened to them and their messages are called, drawn and coloured."""

from __future__ import annotations

from core.alert_states import EventKind, Phase, Severity
from core.alerting import Notice, NoticeKind, NoticeState
from core.i18n import N_
from core.units import Threshold, Unit
from dashboard.formats import NOTHING
from dashboard.viewer import Viewer
from dashboard.words import Look
from health.status import Level

__all__ = ["NOTHING", "at_first", "delivery_of", "limit", "measured", "threshold"]

_RED = ("red", "#c62828", "#ee6c6c")
_AMBER = ("orange", "#b45f06", "#dca43a")
_GREEN = ("green", "#1b7f43", "#3da568")
_GRAY = ("gray", "#5b6b80", "#94a3b8")
_BLUE = ("blue", "#1d4ed8", "#60a5fa")

SEVERITY = {
    Severity.CRITICAL: Look(N_("Critical"), "✕", "error", *_RED),
    Severity.WARNING: Look(N_("Warning"), "▲", "warning", *_AMBER),
}

PHASE = {
    Phase.PENDING: Look(N_("Not yet firing"), "…", "hourglass_top", *_GRAY),
    Phase.FIRING: Look(N_("Firing"), "●", "notifications_active", *_RED),
    Phase.RECOVERING: Look(N_("Recovering"), "↻", "healing", *_BLUE),
    Phase.NORMAL: Look(N_("Over"), "✓", "check_circle", *_GREEN),
}

FLAGS = {
    "acknowledged": Look(N_("Acknowledged"), "☑", "assignment_ind", *_BLUE),
    "muted": Look(N_("Silenced"), "⌀", "notifications_off", *_GRAY),
    "maintenance": Look(N_("Maintenance"), "⚒", "engineering", *_GRAY),
    "flapping": Look(N_("Flapping"), "∿", "swap_vert", *_AMBER),
    "no_data": Look(N_("No data"), "?", "help", *_GRAY),
    "error": Look(N_("Not read"), "?", "help", *_GRAY),
    "vanished": Look(N_("No longer watched"), "◇", "visibility_off", *_GRAY),
}
"""What may stand beside an alert; the last three are reasons other than a threshold."""

EVENT = {
    EventKind.FIRED: Look(N_("Fired"), "●", "notifications_active", *_RED),
    EventKind.WORSENED: Look(N_("Got worse"), "↑", "trending_up", *_RED),
    EventKind.EASED: Look(N_("Eased"), "↓", "trending_down", *_AMBER),
    EventKind.RECOVERED: Look(N_("Recovered"), "✓", "check_circle", *_GREEN),
    EventKind.VANISHED: Look(N_("No longer watched"), "◇", "visibility_off", *_GRAY),
    EventKind.FLAPPING: Look(N_("Began to flap"), "∿", "swap_vert", *_AMBER),
    EventKind.STEADY: Look(N_("Steady again"), "–", "horizontal_rule", *_GRAY),
    EventKind.ACKNOWLEDGED: Look(N_("Acknowledged"), "☑", "assignment_ind", *_BLUE),
    EventKind.UNACKNOWLEDGED: Look(N_("No longer acknowledged"), "☐", "assignment_return", *_GRAY),
}

NOTICE = {
    NoticeKind.FIRED: N_("Fired"),
    NoticeKind.WORSENED: N_("Got worse"),
    NoticeKind.EASED: N_("Eased"),
    NoticeKind.RECOVERED: N_("Recovered"),
    NoticeKind.PASSED: N_("Came and went"),
    NoticeKind.REPEATED: N_("Repeated"),
    NoticeKind.ESCALATED: N_("Escalated"),
    NoticeKind.FLAPPING: N_("Flapping"),
    NoticeKind.CLOSED: N_("No longer watched"),
}

DELIVERY = {
    NoticeState.WAITING: Look(N_("Waiting"), "…", "hourglass_empty", *_BLUE),
    NoticeState.DELIVERED: Look(N_("Delivered"), "✓", "check_circle", *_GREEN),
    NoticeState.DEAD: Look(N_("Given up"), "✕", "error", *_RED),
    NoticeState.COLLAPSED: Look(N_("Not needed"), "–", "horizontal_rule", *_GRAY),
}

TRYING = Look(N_("Trying again"), "↻", "sync_problem", *_AMBER)
"""A message that waits after a failed attempt."""

CHANNEL = {
    "works": Look(N_("Works"), "✓", "check_circle", *_GREEN),
    "unused": Look(N_("Not used yet"), "…", "hourglass_empty", *_GRAY),
    "failing": Look(N_("Failing"), "▲", "sync_problem", *_AMBER),
    "disabled": Look(N_("Switched off"), "✕", "cloud_off", *_RED),
}

LEVEL = {
    Level.CRITICAL: Look(N_("Critical"), "✕", "error", *_RED),
    Level.WARNING: Look(N_("Warning"), "▲", "warning", *_AMBER),
    Level.OK: Look(N_("In order"), "✓", "check_circle", *_GREEN),
    Level.NO_DATA: Look(N_("No data"), "?", "help", *_GRAY),
}
"""What a reading means by its rule's thresholds."""

LINGERS = Look(N_("Not resolved yet"), "▲", "hourglass_bottom", *_AMBER)
"""A reading that is back within the thresholds, of an alert that fires until it passes the one to resolve."""

TUNED = Look(N_("Tuned"), "≠", "tune", *_BLUE)


def measured(viewer: Viewer, value: float | None, unit: Unit | None) -> str:
    """A reading in its unit; None is a dash."""
    match unit:
        case Unit.RATIO:
            return viewer.percent(value)
        case Unit.SECONDS:
            return viewer.duration(value)
    return viewer.number(value, 2)


def threshold(viewer: Viewer, text: str, unit: Unit | None) -> str:
    """A threshold as the configuration writes it, in the reader's words; as it is where it cannot be read."""
    if not text:
        return ""
    try:
        return limit(viewer, Threshold.parse(text, unit or Unit.COUNT))
    except ValueError:
        return text


def limit(viewer: Viewer, one: Threshold) -> str:
    """A threshold in the reader's words: whether there is any at all needs no sign and number."""
    if one.unit is Unit.COUNT and one.met(1.0) and not one.met(0.0):
        return viewer.text("any")
    if one.unit is Unit.COUNT and one.met(0.0) and not one.met(1.0):
        return viewer.number(0)
    return viewer.translator.threshold(one)


def at_first(text: str, unit: Unit | None) -> bool:
    """Whether the first thing that is counted meets a threshold, so that a reading of 1 says nothing more."""
    try:
        one = Threshold.parse(text, unit or Unit.COUNT)
    except ValueError:
        return False
    return one.unit is Unit.COUNT and one.met(1.0) and not one.met(0.0)


def delivery_of(notice: Notice) -> Look:
    """How far a message has come."""
    if notice.state is NoticeState.WAITING and notice.attempts:
        return TRYING
    return DELIVERY[notice.state]
