"""What the audit trail keeps of an action, as a sentence for people; what it has no words for stands as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from core.i18n import N_
from core.records import Json
from dashboard import words
from dashboard.viewer import Viewer

MOST_NAMED = 5
"""So many of a list are named; the others are counted."""

_NAMES = {
    "added": N_("sources added"),
    "removed": N_("sources removed"),
    "changed": N_("sources changed"),
    "fingerprint": N_("fingerprint"),
    "problems": N_("problems"),
    "from": N_("was"),
    "to": N_("is now"),
    "since": N_("begins"),
    "until": N_("ends"),
    "starts_at": N_("begins"),
    "ends_at": N_("ends"),
    "duration": N_("lasts"),
    "cron": N_("recurs"),
    "timezone": N_("time zone"),
    "reason": N_("reason"),
    "why": N_("reason"),
    "note": N_("note"),
    "name": N_("name"),
    "not_noted_before": N_("not noted before"),
    "warning": N_("warning"),
    "critical": N_("critical"),
    "resolve": N_("resolved"),
    "scope": N_("applies to"),
    "rule": N_("rule"),
    "integration": N_("integration"),
    "method": N_("method"),
}
_UNTOLD = frozenset({"id", "episode", "seconds"})
"""Numbers of our own, and what two others say already."""

_INSTANTS = frozenset({"starts_at", "ends_at"})
_EPOCH, _MICROSECOND = datetime.fromtimestamp(0, UTC), timedelta(microseconds=1)


def details(viewer: Viewer, detail: Json) -> str:
    """`sources added: zup/log; fingerprint: 1a2b`: what is empty is left out; "" where nothing is kept."""
    if not isinstance(detail, Mapping):
        return _value(viewer, "", detail)
    # A stretch of time and a change of state are both kept as "from".
    named = {("since" if name == "from" and "until" in detail else name): one for name, one in detail.items()}
    pairs = ((name, _value(viewer, name, one)) for name, one in named.items() if name not in _UNTOLD)
    return "; ".join(f"{_name(viewer, name)}: {said}" for name, said in pairs if said)


def _name(viewer: Viewer, name: str) -> str:
    return viewer.text(_NAMES.get(name, name))


def _value(viewer: Viewer, name: str, value: Json) -> str:
    match value:
        case None | "":
            return ""
        case str():
            try:
                return _text(viewer, name, value)
            except ValueError:
                return value
        case bool():
            return viewer.text("yes") if value else ""
        case int() if name == "duration":
            return viewer.duration(value * _MICROSECOND)
        case int() if name in _INSTANTS:
            return viewer.instant(_EPOCH + value * _MICROSECOND)
        case int() | float():
            return viewer.number(value, 2)
        case Mapping():
            return details(viewer, value)
    return _list(viewer, [_value(viewer, name, one) for one in value])


def _text(viewer: Viewer, name: str, value: str) -> str:
    match name:
        case "scope":
            wanted = json.loads(value)
            if not isinstance(wanted, Mapping):
                return value
            said = (f"{_name(viewer, kind)} {_value(viewer, kind, of)}" for kind, of in wanted.items() if of)
            return ", ".join(said) or viewer.text("all integrations")
        case "since" | "until":
            return viewer.instant(datetime.fromisoformat(value), seconds=True)
        case "from" | "to" if value in words.GROUP_STATE:
            return viewer.text(words.GROUP_STATE[value]).lower()
    return value


def _list(viewer: Viewer, named: Sequence[str]) -> str:
    left = len(named) - MOST_NAMED
    more = " " + viewer.plural("and {n} more", "and {n} more", left) if left > 0 else ""
    return ", ".join(named[:MOST_NAMED]) + more
