"""What is said of an alert wherever it is shown: how bad, why, since when, who has been told."""

from __future__ import annotations

from datetime import timedelta

from core.alert_states import Phase, Reason
from core.said import said
from dashboard import alert_words
from dashboard.alert_reads import Alert
from dashboard.delivery_reads import addressee
from dashboard.viewer import Viewer
from dashboard.words import Look, plain
from health.rule import Rule


def look_of(alert: Alert) -> Look:
    """The look of its severity while it fires, else of its phase."""
    state = alert.state
    if state.phase is Phase.FIRING and state.severity is not None:
        return alert_words.SEVERITY[state.severity]
    return alert_words.PHASE[state.phase]


def flags_of(alert: Alert) -> list[Look]:
    """What stands beside it."""
    state, flags = alert.state, alert_words.FLAGS
    held = {
        "acknowledged": state.acknowledged is not None,
        "muted": alert.muting.silence is not None,
        "maintenance": alert.muting.maintenance is not None,
        "flapping": state.flapping,
    }
    found = [flags[name] for name, so in held.items() if so]
    return found + ([flags[state.reason.value]] if state.reason is not Reason.THRESHOLD else [])


def badges(viewer: Viewer, alert: Alert) -> str:
    """Its state and flags as Markdown badges."""
    looks = [look_of(alert), *flags_of(alert)]
    return " ".join(f":{one.color}-badge[:material/{one.icon}: {viewer.text(one.word)}]" for one in looks)


def title(viewer: Viewer, alert: Alert) -> str:
    """The rule's name, and of which source or limit it is."""
    name = plain(viewer.text(alert.rule_name))
    return f"{name}: {plain(alert.state.key.label)}" if alert.state.key.label else name


def reason(viewer: Viewer, alert: Alert) -> str:
    """What was read, as a sentence; nothing where nothing was kept."""
    return plain(viewer.render(said(alert.state.detail))) if alert.state.detail else ""


def against(viewer: Viewer, alert: Alert) -> str:
    """The reading beside the threshold it is held against."""
    value = alert_words.measured(viewer, alert.state.value, alert.unit)
    limit = alert_words.threshold(viewer, alert.state.threshold, alert.unit)
    if not limit:
        return f"**{plain(value)}**"
    rule, reading = alert.rule, alert.state.value
    if rule is not None and rule.resolve is not None and reading is not None and not _meets(rule, reading):
        over = alert_words.limit(viewer, rule.resolve)
        return viewer.text("**{value}**, over from {threshold}", value=plain(value), threshold=plain(over))
    if alert_words.at_first(alert.state.threshold, alert.unit):
        first = viewer.text("fires at the first one")
        return first if reading == 1 else f"**{plain(value)}**, {first}"
    return viewer.text("**{value}**, threshold {threshold}", value=plain(value), threshold=plain(limit))


def _meets(rule: Rule, reading: float) -> bool:
    return any(one is not None and one.met(reading) for one in (rule.warning, rule.critical))


def since(viewer: Viewer, alert: Alert) -> str:
    """Since when, and of one that waits for its time how long it has to go."""
    state = alert.state
    if state.phase is Phase.PENDING and state.phase_since is not None and alert.rule is not None:
        left = max(state.phase_since + alert.rule.hold - viewer.now, timedelta())
        return viewer.text(
            "since {time}; fires in {left} if it goes on",
            time=viewer.instant(state.since),
            left=viewer.duration(left),
        )
    return viewer.text("since {time} ({ago})", time=viewer.instant(state.since), ago=viewer.ago(state.since))


def told(viewer: Viewer, alert: Alert) -> str:
    """Who has been told, each with how far that came."""
    if alert.state.phase is Phase.PENDING:
        return viewer.text("nobody is told before it fires")
    if not alert.told:
        if alert.muting:
            return viewer.text("nobody is told while it is silenced")
        return viewer.text("nobody is told")
    marks = []
    for notice in alert.told:
        look, who = alert_words.delivery_of(notice), addressee(notice.target)
        marks.append(f"{plain(who)} :{look.color}[:material/{look.icon}: {viewer.text(look.word)}]")
    return viewer.text("told: {who}", who=", ".join(marks))


def taken_up(viewer: Viewer, alert: Alert) -> str:
    """Who has taken it up, when and with which words; nothing where nobody has."""
    taken = alert.state.acknowledged
    if taken is None:
        return ""
    note = f": {plain(taken.note)}" if taken.note else ""
    return viewer.text(
        "Acknowledged by {who} {ago}{note}", who=plain(taken.by), ago=viewer.ago(taken.at), note=note
    )


def muted(viewer: Viewer, alert: Alert) -> str:
    """What holds its messages back, until when and why; nothing where nothing does."""
    muting = alert.muting
    if muting.silence is not None:
        one = muting.silence
        note = f": {plain(one.note)}" if one.note else ""
        return viewer.text(
            "Silenced by {who} until {time}{note}",
            who=plain(one.by),
            time=viewer.instant(one.ends_at),
            note=note,
        )
    if muting.maintenance is not None:
        name = plain(muting.maintenance.name)
        return viewer.text(
            "In maintenance until {time}: {name}", time=viewer.instant(muting.until), name=name
        )
    return ""
