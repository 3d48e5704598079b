"""The alerts document on a terminal, and the exit code that goes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from rich.markup import escape

from reports.terminal import console, table

_Document = Mapping[str, object]
_STYLES = {"critical": "red", "warning": "yellow"}
_MARKS = {"critical": "✖", "warning": "▲"}


STALE_SECONDS = 900
"""When alerts have not been evaluated for so long, nobody knows that nothing fires."""


def exit_code(document: _Document) -> int:
    """0 nothing fires, 1 a warning does, 2 a critical alert does, silenced ones too; 3 it is not known."""
    firing = cast(Mapping[str, int], document["firing"])
    if any(firing.values()):
        return 2 if firing["critical"] else 1
    age = _age(document)
    return 3 if age is None or age > STALE_SECONDS else 0


def _age(document: _Document) -> float | None:
    """Seconds since alerts were evaluated; None before the first time."""
    evaluation = cast(_Document | None, document["evaluation"])
    return None if evaluation is None else cast(float, evaluation["age_seconds"])


def show_alerts(document: _Document) -> None:
    """Every alert on a line, the worst first, with who was told; then what keeps messages from leaving."""
    out, rows = console(), cast(Sequence[_Document], document["alerts"])
    shown = table("", "integration", "alert", "since", "reading", "threshold", "marks", "told")
    for one in rows:
        severity = str(one["severity"] or "")
        label = f" · {one['label']}" if one["label"] else ""
        shown.add_row(
            f"[{_STYLES.get(severity, 'default')}]{_MARKS.get(severity, '·')}[/]",
            escape(str(one["integration_name"])),
            escape(f"{one['rule_name']}{label}"),
            str(one["since"] or "—"),
            escape(str(one["text"] or "—")),
            escape(str(one["threshold"] or "—")),
            ", ".join(_marks(one)),
            escape(", ".join(_told(one))) or "nobody",
        )
    if rows:
        out.print(shown)
    for one in cast(Sequence[_Document], document["ended"]):
        text = (
            f"{one['kind']} {one['ended_at']}: {one['integration']}, {one['rule_name']}, since {one['since']}"
        )
        out.print(escape(text), soft_wrap=True)
    for text in _troubles(document):
        out.print(escape(text), soft_wrap=True)
    firing = cast(Mapping[str, int], document["firing"])
    said = ", ".join(f"{count} {severity}" for severity, count in firing.items() if count)
    out.print(f"as of {document['as_of']}: {said + ' firing' if said else 'nothing fires'}")


def _marks(alert: _Document) -> list[str]:
    marks = [] if alert["phase"] == "firing" else [str(alert["phase"])]
    marks += [name for name in ("silenced", "maintenance", "flapping") if alert[name]]
    taken = cast(_Document | None, alert["acknowledged"])
    return [*marks, f"acknowledged by {escape(str(taken['by']))}"] if taken else marks


def _told(alert: _Document) -> list[str]:
    return [
        f"{one['contact'] or one['channel']}" + ("" if one["state"] == "delivered" else f" ({one['state']})")
        for one in cast(Sequence[_Document], alert["told"])
    ]


def _troubles(document: _Document) -> list[str]:
    """What a reader must know before trusting the list."""
    outbox, found = cast(_Document, document["outbox"]), []
    age = _age(document)
    if age is None:
        found.append("alerts have not been evaluated yet; is the worker running?")
    elif age > STALE_SECONDS:
        found.append(f"alerts have not been evaluated for {age / 60:.0f} minutes; is the worker running?")
    if outbox["dead"]:
        found.append(f"{outbox['dead']} messages were given up; see the Alerts page to send them again")
    for one in cast(Sequence[_Document], document["channels"]):
        if not one["enabled"]:
            found.append(f"the channel {one['key']} is disabled: {one['disabled_why']}")
    return found
