"""The alerts document on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import cast

from rich.markup import escape

from core.i18n import N_, Translator, translator
from reports.alerts import STALE_SECONDS, age_seconds
from reports.terminal import console, table

_Document = Mapping[str, object]
_STYLES = {"critical": "red", "warning": "yellow"}
_MARKS = {"critical": "✖", "warning": "▲"}
_PHASES = {"pending": N_("about to fire"), "recovering": N_("recovering")}
_FLAGS = {"silenced": N_("silenced"), "maintenance": N_("maintenance"), "flapping": N_("flapping")}
_STATES = {
    "waiting": N_("{who} (waiting)"),
    "dead": N_("{who} (given up)"),
    "collapsed": N_("{who} (no longer needed)"),
}
_ENDS = {
    "recovered": N_("{time}: {alert} of {integration} is back to normal"),
    "vanished": N_("{time}: {alert} of {integration} is no longer watched"),
}


def show_alerts(document: _Document, language: str, zone: tzinfo) -> None:
    """Every alert on a line, the worst first, with who was told; then what keeps messages from leaving."""
    out, says = console(), translator(language, zone)
    text = says.text
    alerts = cast(Sequence[_Document], document["alerts"])
    titles = (
        N_("Integration"),
        N_("Alert"),
        N_("Since"),
        N_("Reading"),
        N_("Threshold"),
        N_("Flags"),
        N_("Told"),
    )
    rows = table("", *(text(title) for title in titles))
    for one in alerts:
        rows.add_row(*_row(one, says))
    if alerts:
        out.print(rows)
    for line in (*_ended(document, says), *_troubles(document, says)):
        out.print(escape(line), soft_wrap=True)
    as_of = text(N_("As of {time}"), time=_instant(document["as_of"]))
    out.print(f"{escape(as_of)}: {escape(_sum(document, says))}")


def _row(alert: _Document, says: Translator) -> tuple[str, ...]:
    severity = str(alert["severity"] or "")
    label = f" · {alert['label']}" if alert["label"] else ""
    since = _instant(alert["since"])
    return (
        f"[{_STYLES.get(severity, 'default')}]{_MARKS.get(severity, '·')}[/]",
        escape(str(alert["integration_name"])),
        escape(f"{alert['rule_name']}{label}"),
        escape(says.value(since)) if since else "—",
        escape(str(alert["text"] or "—")),
        escape(str(alert["threshold"] or "—")),
        escape(", ".join(_flags(alert, says))),
        escape(", ".join(_told(alert, says)) or says.text(N_("nobody"))),
    )


def _flags(alert: _Document, says: Translator) -> list[str]:
    flags = [says.text(_PHASES[phase]) for phase in [str(alert["phase"])] if phase in _PHASES]
    flags += [says.text(word) for name, word in _FLAGS.items() if alert[name]]
    taken = cast(_Document | None, alert["acknowledged"])
    return [*flags, says.text(N_("acknowledged by {who}"), who=taken["by"])] if taken else flags


def _told(alert: _Document, says: Translator) -> list[str]:
    found = []
    for one in cast(Sequence[_Document], alert["told"]):
        who, state = str(one["contact"] or one["channel"]), str(one["state"])
        found.append(says.text(_STATES[state], who=who) if state in _STATES else who)
    return list(dict.fromkeys(found))


def _ended(document: _Document, says: Translator) -> list[str]:
    return [
        says.text(
            _ENDS[str(one["kind"])],
            time=_instant(one["ended_at"]),
            alert=one["rule_name"],
            integration=one["integration"],
        )
        for one in cast(Sequence[_Document], document["ended"])
    ]


def _troubles(document: _Document, says: Translator) -> list[str]:
    """What a reader must know before trusting the list."""
    outbox, found, age = cast(_Document, document["outbox"]), list[str](), age_seconds(document)
    if age is None:
        found.append(says.text(N_("Alerts have not been evaluated yet: is the worker running?")))
    elif age > STALE_SECONDS:
        text = N_("Alerts have not been evaluated for {duration}: is the worker running?")
        found.append(says.text(text, duration=timedelta(seconds=round(age))))
    if dead := cast(int, outbox["dead"]):
        text = says.plural(
            "{count} message was given up: send it again on the Alerts page",
            "{count} messages were given up: send them again on the Alerts page",
            dead,
        )
        found.append(text)
    for channel in cast(Sequence[_Document], document["channels"]):
        if not channel["enabled"]:
            text = N_("The channel {channel} is disabled: {reason}")
            found.append(says.text(text, channel=channel["key"], reason=channel["disabled_why"]))
    return found


def _sum(document: _Document, says: Translator) -> str:
    firing = cast(Mapping[str, int], document["firing"])
    if not any(firing.values()):
        return says.text(N_("nothing fires"))
    text = N_("firing: {critical} critical, {warning} warnings")
    return says.text(text, critical=firing["critical"], warning=firing["warning"])


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
