"""The status document as Prometheus metrics (text exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

HEALTH_VALUES = ("healthy", "degraded", "failing", "unknown")

_Sample = tuple[Mapping[str, str], float]
_Document = Mapping[str, object]


def exposition(status: _Document) -> str:
    """Metrics of every integration and source of a `status --json` document.

    What is not known has no sample: an absent metric, never a 0. Format: Prometheus text 0.0.4.
    """
    integrations = cast(Sequence[_Document], status["integrations"])
    as_of = datetime.fromisoformat(cast(str, status["as_of"])).timestamp()
    lines: list[str] = []
    lines += _family("integration_monitor_status_timestamp_seconds", "When this was judged.", [({}, as_of)])
    lines += _family(
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
        samples = [({"integration": _key(one)}, _number(one.get(field))) for one in integrations]
        lines += _family(name, text, _known(samples))
    lines += _quotas(integrations) + _sources(integrations)
    return "\n".join(lines) + "\n"


def _quotas(integrations: Sequence[_Document]) -> list[str]:
    samples = [
        (
            {"integration": _key(one), "scope": str(quota["scope"]), "quota": str(quota["quota"])},
            _number(quota.get("used_ratio")),
        )
        for one in integrations
        for quota in cast(Sequence[_Document], one.get("quotas") or ())
    ]
    return _family(
        "integration_monitor_quota_used_ratio", "Used part of a rate limit, 0 to 1.", _known(samples)
    )


def _sources(integrations: Sequence[_Document]) -> list[str]:
    samples = [
        ({"integration": _key(one), "source": str(source["name"])}, _number(source.get("age_seconds")))
        for one in integrations
        for source in cast(Sequence[_Document], one.get("sources") or ())
    ]
    return _family(
        "integration_monitor_source_age_seconds", "Since the source was last read well.", _known(samples)
    )


def _family(name: str, text: str, samples: Iterable[_Sample]) -> list[str]:
    rows = [f"{name}{_labels(labels)} {value:.17g}" for labels, value in samples]
    return [f"# HELP {name} {text}", f"# TYPE {name} gauge", *rows] if rows else []


def _known(samples: Iterable[tuple[Mapping[str, str], float | None]]) -> list[_Sample]:
    return [(labels, value) for labels, value in samples if value is not None]


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items()) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, bool | int | float) else None


def _key(integration: _Document) -> str:
    return str(integration["key"])
