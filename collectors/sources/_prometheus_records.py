"""Makes runs and readings of limits of samples (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from collectors.expressions import ExpressionError, compile_expression
from collectors.mapping import RunMapping
from collectors.problems import Problems
from collectors.sources._prometheus_answer import Sample
from collectors.sources._prometheus_notes import without_label
from collectors.sources._prometheus_settings import CallsQuery, QuotaQuery, RunsQuery
from collectors.views import truthy
from core.records import QuotaReading, SyncRun

_UTC = ZoneInfo("UTC")


def item_of(sample: Sample) -> dict[str, object]:
    """What expressions see: the labels by name, all of them as `labels`, `value` and `time` (epoch seconds)."""
    value = sample.value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return {**sample.labels, "labels": dict(sample.labels), "value": value, "time": sample.at.timestamp()}


def wanted(
    query: CallsQuery | RunsQuery | QuotaQuery,
    samples: Iterable[Sample],
    integration: str,
    name: str,
    problems: Problems,
) -> list[Sample]:
    """The samples that `where` lets pass and that belong to this integration."""
    passes = compile_expression(query.where) if query.where is not None else None
    label, found = query.integration, []
    for sample in samples:
        if label is not None and sample.labels.get(label) != integration:
            if not sample.labels.get(label):
                said = f"{without_label(label)}; it is passed over, as nothing tells whose it is"
                problems.add("missing_label", f"{name}: {label}", said)
            continue
        try:
            if passes is None or truthy(passes(item_of(sample))):
                found.append(sample)
        except ExpressionError as error:
            problems.add("bad_expression", f"{name}: where", str(error))
    return found


def runs_of(query: RunsQuery, samples: Sequence[Sample], name: str, problems: Problems) -> list[SyncRun]:
    """The runs, each once: of several values about one, the latest."""
    mapping = RunMapping.compile(query.fields, query.status_map, _UTC)
    found: dict[tuple[str, str], SyncRun] = {}
    for sample in sorted(samples, key=lambda one: one.at):
        run = mapping.run(item_of(sample), problems, name)
        if run is not None:
            found[run.job, run.external_id] = run
    return list(found.values())


def quotas_of(
    query: QuotaQuery,
    samples: Iterable[Sample],
    limits: Sequence[Sample],
    scope: str,
    observed_at: datetime | None,
    name: str,
    problems: Problems,
) -> list[QuotaReading]:
    """The readings. limits: what a `limit` in PromQL found; observed_at: our clock, None for each value's time."""
    limit_of = _limits(query, limits)
    found: dict[tuple[str, datetime], QuotaReading] = {}
    for sample in samples:
        if isinstance(sample.value, str):
            problems.add("bad_number", name, f"got {sample.value[:50]}; expected a number")
            continue
        limit, remaining = _told(query, sample.value, limit_of(sample))
        one = QuotaReading(
            scope=scope,
            quota=sample.labels.get(query.quota, query.quota),
            observed_at=observed_at or sample.at,
            limit=limit,
            remaining=remaining,
            window_seconds=query.window.total_seconds() if query.window is not None else None,
        )
        other = found.get((one.quota, sample.at))
        if other is not None:
            said = "several series are one limit, and the one nearest to its end is kept; write in `quota` the label that tells them apart"
            problems.add("same_limit", f"{name}: {one.quota}", said)
        if other is None or _nearness(one) < _nearness(other):
            found[one.quota, sample.at] = one
    return list(found.values())


def _nearness(reading: QuotaReading) -> float:
    """How much is left, of the limit where it is known."""
    left = reading.remaining if reading.remaining is not None else float("inf")
    return left / reading.limit if reading.limit else left


def fixed_limit(query: QuotaQuery) -> float | None:
    """The limit where it is written as a number; None for PromQL and for none."""
    try:
        return float(query.limit) if query.limit is not None else None
    except ValueError:
        return None


def _told(query: QuotaQuery, value: float, limit: float | None) -> tuple[float | None, float | None]:
    """Limit and remaining."""
    match query.value:
        case "remaining":
            return limit, max(0.0, value)
        case "used":
            return limit, None if limit is None else max(0.0, limit - value)
        case "used_ratio":
            whole = limit if limit is not None else 1.0
            return whole, max(0.0, whole * (1.0 - value))


def _limits(query: QuotaQuery, limits: Sequence[Sample]) -> Callable[[Sample], float | None]:
    """Finds the limit of a sample: the fixed one, that with the same labels, or the only one there is."""
    fixed = fixed_limit(query)
    known = {_labels(one.labels): one.value for one in limits if isinstance(one.value, float)}

    def limit_of(sample: Sample) -> float | None:
        if fixed is not None:
            return fixed
        found = known.get(_labels(sample.labels))
        return next(iter(known.values())) if found is None and len(known) == 1 else found

    return limit_of


def _labels(labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset((name, text) for name, text in labels.items() if name != "__name__")
