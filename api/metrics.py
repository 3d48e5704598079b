"""The status document as Prometheus metrics (text exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from api.exposition import family, known, number

HEALTH_VALUES = ("healthy", "degraded", "failing", "unknown")

_Document = Mapping[str, object]


def exposition(status: _Document) -> str:
    """Metrics of every integration and source of a `status --json` document.

    What is not known has no sample: an absent metric, never a 0. Format: Prometheus text 0.0.4.
    """
    integrations = cast(Sequence[_Document], status["integrations"])
    as_of = datetime.fromisoformat(cast(str, status["as_of"])).timestamp()
    lines: list[str] = []
    lines += family("integration_monitor_status_timestamp_seconds", "When this was judged.", [({}, as_of)])
    lines += family(
        "integration_monitor_health",
        "1 for the integration's health, 0 for the other words.",
        [
            ({"integration": _key(one), "health": word}, float(one["health"] == word))
            for one in integrations
            for word in HEALTH_VALUES
        ],
    )
    for field, name, text in (
        ("late", "integration_monitor_late", "1 while a run is later than its schedule and grace."),
        ("runs_24h", "integration_monitor_runs_24h", "Counted runs that ended in the last 24 hours."),
        ("failed_runs_24h", "integration_monitor_failed_runs_24h", "Failed runs in the last 24 hours."),
        (
            "run_failure_ratio_24h",
            "integration_monitor_run_failure_ratio_24h",
            "Failed to counted runs, 0 to 1.",
        ),
        ("failed_records_open", "integration_monitor_failed_records_open", "Failed records nobody resolved."),
        ("api_calls_24h", "integration_monitor_api_calls_24h", "API calls in the last 24 hours."),
        ("api_errors_24h", "integration_monitor_api_errors_24h", "API calls that were errors, 24 hours."),
        ("api_error_ratio_24h", "integration_monitor_api_error_ratio_24h", "API errors to calls, 0 to 1."),
    ):
        samples = [({"integration": _key(one)}, number(one.get(field))) for one in integrations]
        lines += family(name, text, known(samples))
    lines += _quotas(integrations) + _sources(integrations)
    return "\n".join(lines) + "\n"


def _quotas(integrations: Sequence[_Document]) -> list[str]:
    samples = [
        (
            {"integration": _key(one), "scope": str(quota["scope"]), "quota": str(quota["quota"])},
            number(quota.get("used_ratio")),
        )
        for one in integrations
        for quota in cast(Sequence[_Document], one.get("quotas") or ())
    ]
    return family(
        "integration_monitor_quota_used_ratio", "Used part of a rate limit, 0 to 1.", known(samples)
    )


def _sources(integrations: Sequence[_Document]) -> list[str]:
    samples = [
        ({"integration": _key(one), "source": str(source["name"])}, number(source.get("age_seconds")))
        for one in integrations
        for source in cast(Sequence[_Document], one.get("sources") or ())
    ]
    return family(
        "integration_monitor_source_age_seconds", "Since the source was last read well.", known(samples)
    )


def _key(integration: _Document) -> str:
    return str(integration["key"])
