"""Alerting itself as Prometheus metrics: what fires, whether it is looked at, and whether messages leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from api.exposition import Sample, family, known, number

_Document = Mapping[str, object]


def alert_exposition(alerts: _Document) -> str:
    """Metrics of an `alerts --json` document. What is not known has no sample. Format: Prometheus text 0.0.4."""
    lines: list[str] = []
    firing = cast(_Document, alerts["firing"])
    lines += family(
        "integration_monitor_alerts_firing",
        "Alerts that fire, silenced ones too.",
        known([({"severity": severity}, number(count)) for severity, count in firing.items()]),
    )
    evaluation = cast(_Document, alerts["evaluation"] or {})
    outbox = cast(_Document, alerts["outbox"])
    for name, text, value in (
        ("alert_evaluation_age_seconds", "Since alerts were last evaluated.", evaluation.get("age_seconds")),
        (
            "alert_evaluation_duration_seconds",
            "How long the last evaluation took.",
            evaluation.get("duration_seconds"),
        ),
        ("outbox_waiting", "Messages that wait to leave.", outbox["waiting"]),
        ("outbox_dead", "Messages given up: dead letters.", outbox["dead"]),
        ("outbox_oldest_seconds", "How long the oldest waits.", outbox["oldest_waiting_seconds"]),
    ):
        lines += family(f"integration_monitor_{name}", text, known([({}, number(value))]))
    return "\n".join(lines + _channels(cast(Sequence[_Document], alerts["channels"]))) + "\n"


def _channels(channels: Sequence[_Document]) -> list[str]:
    deliveries: list[Sample] = [
        ({"channel": str(one["key"]), "outcome": outcome}, number(one[outcome]) or 0.0)
        for one in channels
        for outcome in ("delivered", "failed", "dead")
    ]
    return [
        *family(
            "integration_monitor_deliveries_total",
            "Messages that arrived, attempts that failed and will be repeated, messages given up.",
            deliveries,
            kind="counter",
        ),
        *family(
            "integration_monitor_channel_enabled",
            "0 while a channel is disabled, after an error that repeating does not mend.",
            [({"channel": str(one["key"])}, float(bool(one["enabled"]))) for one in channels],
        ),
    ]
