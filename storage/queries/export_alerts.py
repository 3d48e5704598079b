"""Alerts as `export` writes them: each firing once, from its beginning to its end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from core.alert_states import AlertEvent, EventKind, Severity
from core.i18n import SOURCE_LANGUAGE, translator
from core.said import said
from storage.alert_rows import event_of, events_query
from storage.queries.export_fields import Exported
from storage.queries.exporting import Records, integration_ids
from storage.schema import alert_event

ALERT_FIELDS = [
    "integration",
    "rule",
    "label",
    "episode",
    "severity",
    "reason",
    "text",
    "started_at",
    "fired_at",
    "ended_at",
    "ended_as",
    "duration_seconds",
    "value",
    "threshold",
    "acknowledged_by",
    "acknowledged_at",
    "note",
]
_ENDINGS = frozenset({EventKind.RECOVERED, EventKind.VANISHED})


def export_alerts(
    connection: sa.Connection, integration_key: str | None = None, since: datetime | None = None
) -> Records:
    """ALERT_FIELDS of every firing that ended at or after `since`, and of those that still stand.

    severity: the worst it had; reason, text, value, threshold: when it fired; ended_as: recovered or
    vanished (no longer watched); duration_seconds: from started_at to ended_at; the acknowledgement is the
    last one.
    """
    for owner in integration_ids(connection, integration_key):
        event = alert_event.c
        query = events_query().where(event.integration_id == owner).order_by(event.at, event.id)
        episodes: dict[str, list[AlertEvent]] = {}
        for row in connection.execute(query):
            episodes.setdefault(row.episode, []).append(event_of(row))
        for events in episodes.values():
            record = _episode(events)
            if record is not None and not _over_before(record, since):
                yield record


def _over_before(record: Exported, since: datetime | None) -> bool:
    ended_at = record["ended_at"]
    return since is not None and isinstance(ended_at, str) and datetime.fromisoformat(ended_at) < since


def _episode(events: Iterable[AlertEvent]) -> Exported | None:
    """One firing; None where its beginning is not stored any more."""
    by_kind = {one.kind: one for one in events}
    fired = by_kind.get(EventKind.FIRED)
    if fired is None:
        return None
    started_at = fired.since or fired.at
    ending = next((one for one in events if one.kind in _ENDINGS), None)
    taken = by_kind.get(EventKind.ACKNOWLEDGED)
    worst = Severity.CRITICAL if any(one.severity is Severity.CRITICAL for one in events) else fired.severity
    return {
        "integration": fired.key.integration,
        "rule": fired.key.rule,
        "label": fired.key.label or None,
        "episode": fired.episode,
        "severity": None if worst is None else worst.value,
        "reason": fired.reason.value,
        "text": translator(SOURCE_LANGUAGE).render(said(fired.detail)) if fired.detail else None,
        "started_at": started_at.isoformat(),
        "fired_at": fired.at.isoformat(),
        "ended_at": ending.at.isoformat() if ending else None,
        "ended_as": ending.kind.value if ending else None,
        "duration_seconds": (ending.at - started_at).total_seconds() if ending else None,
        "value": fired.value,
        "threshold": fired.threshold or None,
        "acknowledged_by": taken.by if taken else None,
        "acknowledged_at": taken.at.isoformat() if taken else None,
        "note": (taken.note or None) if taken else None,
    }
