"""How states are called, drawn and coloured: always a word and a shape, never a colour alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.i18n import N_
from core.records import ErrorClass, ErrorOrigin, PollResult, RunStatus, Side
from health.status import Health


@dataclass(frozen=True, slots=True)
class Look:
    """One state. word: a message id; mark: one plain character, for tables; icon: a material icon.

    color: the theme's name of it, for badges and texts; light, dark: the same for drawings.
    """

    word: str
    mark: str
    icon: str
    color: str
    light: str
    dark: str

    def paint(self, dark: bool) -> str:
        """The colour for drawings in this theme."""
        return self.dark if dark else self.light


_RED = ("red", "#c62828", "#ee6c6c")
_AMBER = ("orange", "#b45f06", "#dca43a")
_GREEN = ("green", "#1b7f43", "#3da568")
_GRAY = ("gray", "#5b6b80", "#94a3b8")
_BLUE = ("blue", "#1d4ed8", "#60a5fa")

HEALTH = {
    Health.FAILING: Look(N_("Failing"), "✕", "error", *_RED),
    Health.UNKNOWN: Look(N_("Unknown"), "?", "help", *_GRAY),
    Health.DEGRADED: Look(N_("Degraded"), "▲", "warning", *_AMBER),
    Health.HEALTHY: Look(N_("Healthy"), "✓", "check_circle", *_GREEN),
}
"""The states of an integration, in the order in which they matter."""

FLAGS = {
    "late": Look(N_("Late"), "◷", "schedule", *_AMBER),
    "muted": Look(N_("Silenced"), "⌀", "notifications_off", *_GRAY),
    "maintenance": Look(N_("Maintenance"), "⚒", "engineering", *_GRAY),
    "paused": Look(N_("Paused"), "‖", "pause_circle", *_GRAY),
    "requested": Look(N_("Requested"), "◇", "flag", *_BLUE),
    "assessed": Look(N_("Assessed"), "◇", "flag", *_BLUE),
    "agreed": Look(N_("Agreed"), "◇", "flag", *_BLUE),
    "testing": Look(N_("Testing"), "◇", "science", *_BLUE),
    "unrouted": Look(N_("Unrouted"), "◇", "alt_route", *_BLUE),
    "retired": Look(N_("Retired"), "◇", "inventory_2", *_GRAY),
}
"""What may stand beside a state; a stage is told only where it is not live."""

RUN = {
    RunStatus.SUCCEEDED: Look(N_("Succeeded"), "✓", "check_circle", *_GREEN),
    RunStatus.PARTIAL: Look(N_("Partial"), "▲", "warning", *_AMBER),
    RunStatus.FAILED: Look(N_("Failed"), "✕", "error", *_RED),
    RunStatus.RUNNING: Look(N_("Running"), "▸", "play_circle", *_BLUE),
    RunStatus.QUEUED: Look(N_("Queued"), "…", "hourglass_empty", *_BLUE),
    RunStatus.CANCELLED: Look(N_("Cancelled"), "⊘", "cancel", *_GRAY),
    RunStatus.SKIPPED: Look(N_("Skipped"), "»", "skip_next", *_GRAY),
    RunStatus.UNKNOWN: Look(N_("Not recognised"), "?", "help", *_GRAY),
}

POLL = {
    PollResult.OK: Look(N_("Answered"), "✓", "check_circle", *_GREEN),
    PollResult.FAILED: Look(N_("Failed"), "✕", "error", *_RED),
    PollResult.DEFERRED: Look(N_("Asked to wait"), "◷", "schedule", *_AMBER),
}

NEVER_POLLED = Look(N_("Not yet"), "…", "hourglass_empty", *_GRAY)
OVERDUE = Look(N_("Overdue"), "?", "help", *_GRAY)
"""It answered, but so long ago that nobody knows whether it still would."""

SIDE = {Side.SOURCE: N_("Customer's system"), Side.TARGET: N_("Butterboard")}

METHOD = {"api": N_("API"), "csv": N_("CSV files"), "custom": N_("Custom"), "partner": N_("Partner")}

METHOD_SHORT = {"api": N_("API"), "csv": N_("CSV"), "custom": N_("custom"), "partner": N_("partner")}
"""The same where there is little room."""

CRITICALITY = {"low": N_("Low"), "normal": N_("Normal"), "high": N_("High")}

STAGE = {
    "requested": N_("Requested"),
    "assessed": N_("Assessed"),
    "agreed": N_("Agreed"),
    "testing": N_("Testing"),
    "live": N_("Live"),
    "retired": N_("Retired"),
}

GROUP_STATE = {
    "open": N_("Open"),
    "acknowledged": N_("Acknowledged"),
    "resolved": N_("Resolved"),
    "ignored": N_("Ignored"),
}

AUDIT = {
    "configuration taken over": N_("Configuration taken over"),
    "configuration refused": N_("Configuration refused"),
    "push refused": N_("What was pushed was refused"),
    "evaluation missed": N_("Alerts not evaluated for a while"),
    "channel.enable": N_("Channel switched on"),
    "channel.disable": N_("Channel switched off"),
    "outbox.resend": N_("Message sent again"),
    "alert.acknowledge": N_("Alert acknowledged"),
    "alert.unacknowledge": N_("Alert given back"),
    "silence.add": N_("Silenced"),
    "silence.end": N_("Silence ended"),
    "maintenance.add": N_("Maintenance planned"),
    "maintenance.end": N_("Maintenance ended"),
    "threshold.override": N_("Threshold tuned"),
    "threshold.revert": N_("Tuned threshold undone"),
}
"""What the audit calls by a name of its own; other actions stand as they are written."""

ORIGIN = {
    ErrorOrigin.SOURCE: N_("Customer's system"),
    ErrorOrigin.BUTTERBOARD: N_("Butterboard"),
    ErrorOrigin.NETWORK: N_("Network"),
    ErrorOrigin.MONITOR: N_("This monitor"),
    ErrorOrigin.UNKNOWN: N_("Unknown origin"),
}

ERROR_CLASS = {
    ErrorClass.AUTHENTICATION: N_("Key refused"),
    ErrorClass.PERMISSION: N_("Not permitted"),
    ErrorClass.VALIDATION: N_("Invalid data"),
    ErrorClass.MISSING_REFERENCE: N_("Missing reference"),
    ErrorClass.DUPLICATE: N_("Duplicate"),
    ErrorClass.MAPPING: N_("Mapping"),
    ErrorClass.RATE_LIMIT: N_("Rate limit"),
    ErrorClass.TIMEOUT: N_("Time-out"),
    ErrorClass.CONNECTION: N_("No connection"),
    ErrorClass.SERVER_ERROR: N_("Server error"),
    ErrorClass.TOO_LARGE: N_("Too large"),
    ErrorClass.PARSE: N_("Unreadable"),
    ErrorClass.SCHEDULE: N_("Schedule"),
    ErrorClass.UNKNOWN: N_("Unclassified"),
}

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


_LINK_STARTS = re.compile(r"(https?)(://)|(www)(\.)|(@)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def plain(text: str) -> str:
    """Text from outside made safe for labels and Markdown: every sign stands for itself.

    Streamlit makes links of bare addresses after Markdown's escapes are gone, so an invisible joiner
    parts what a link begins with: a foreign text is never something to click on.
    """
    parted = _LINK_STARTS.sub(
        lambda found: (found[1] or found[3] or "@") + _WORD_JOINER + (found[2] or found[4] or ""), text
    )
    return _MARKDOWN.sub(r"\\\1", " ".join(parted.split()))


def verbatim(text: str) -> str:
    """The same for facts that people copy: what would become a link is code, sign for sign as it was written."""
    shown = plain(text)
    if _WORD_JOINER not in shown:
        return shown
    fence = "`" * (max((len(found) for found in re.findall(r"`+", text)), default=0) + 1)
    return f"{fence} {' '.join(text.split())} {fence}" if "`" in text else f"`{' '.join(text.split())}`"
