"""Rules: from which reading on an integration is degraded or failing, built in and configured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from core.i18n import N_
from core.units import Threshold, Window
from health.indicators.error_budget_burn import fastest
from health.registry import indicators

if TYPE_CHECKING:
    from core.settings import Integration, RuleSettings


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. window: None = the indicator's own; where: see `RuleSettings`; configured: by a person.

    warning, critical: from where on degraded and failing; fewer than min_events events are no data.
    unless_scheduled: only for integrations without a schedule; if_promised: only for those with an `slo`
    under which its thresholds can be reached at all.
    """

    key: str
    name: str
    indicator: str
    window: Window | None = None
    warning: Threshold | None = None
    critical: Threshold | None = None
    min_events: int = 1
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unless_scheduled: bool = False
    if_promised: bool = False
    configured: bool = False

    @property
    def effective_window(self) -> Window | None:
        """The window it looks back over; None where its indicator looks at none."""
        return self.window or indicators()[self.indicator].default_window


def _rule(
    key: str,
    name: str,
    indicator: str,
    window: str | None = None,
    *,
    warning: str | None = None,
    critical: str | None = None,
    min_events: int = 1,
    unless_scheduled: bool = False,
    if_promised: bool = False,
) -> Rule:
    unit = indicators()[indicator].unit
    return Rule(
        key=key,
        name=name,
        indicator=indicator,
        window=Window.parse(window) if window else indicators()[indicator].default_window,
        warning=Threshold.parse(warning, unit) if warning else None,
        critical=Threshold.parse(critical, unit) if critical else None,
        min_events=min_events,
        unless_scheduled=unless_scheduled,
        if_promised=if_promised,
    )


# Likely causes stand before their effects: of several readings equally bad the first is the reason
# shown. docs/health.md tells why each number is as it is; a test holds that table to this one.
DEFAULT_RULES: tuple[Rule, ...] = (
    _rule("invalid-key", N_("Invalid key"), "credential_invalid", critical=">= 1"),
    _rule("missed-runs", N_("Missed runs"), "missed_runs", warning=">= 1", critical=">= 2"),
    _rule("file-not-as-agreed", N_("File not as agreed"), "file_contract_violations", warning=">= 1"),
    _rule("files-too-often", N_("Files come too often"), "files_too_frequent", warning=">= 1"),
    _rule(
        "failures-in-a-row",
        N_("Failures in a row"),
        "consecutive_failures",
        warning=">= 1",
        critical=">= 2",
    ),
    _rule(
        "failed-runs-lately",
        N_("Failed runs in six hours"),
        "run_failure_ratio",
        "6h",
        warning="> 20%",
        critical="> 50%",
        min_events=5,
    ),
    _rule(
        "failed-runs",
        N_("Failed runs among the last ten"),
        "run_failure_ratio",
        "10 runs",
        warning="> 20%",
        min_events=5,
    ),
    _rule(
        "runs-without-records", N_("Runs without records"), "zero_records", warning=">= 1", critical=">= 3"
    ),
    _rule(
        "failed-records",
        N_("Failed records"),
        "record_failure_ratio",
        warning="> 5%",
        critical="> 25%",
        min_events=10,
    ),
    _rule(
        "unusual-volume",
        N_("Unusual number of records"),
        "record_volume_deviation",
        warning="> 80%",
        min_events=3,
    ),
    _rule("quota-used", N_("Rate limit running out"), "quota_used_ratio", warning="> 80%", critical="> 95%"),
    _rule(
        "quota-runs-out",
        N_("Rate limit used up soon"),
        "quota_exhausted_in_seconds",
        warning="< 1h",
        min_events=3,
    ),
    _rule(
        "api-errors",
        N_("API errors in an hour"),
        "api_error_ratio",
        "1h",
        warning="> 5%",
        critical="> 25%",
        min_events=20,
    ),
    _rule(
        "api-errors-day",
        N_("API errors in a day"),
        "api_error_ratio",
        "24h",
        warning="> 20%",
        critical="> 50%",
        min_events=5,
    ),
    _rule(
        "slow-api",
        N_("Slow API"),
        "api_latency_p95_seconds",
        warning="> 5s",
        critical="> 30s",
        min_events=20,
    ),
    _rule(
        "key-expires",
        N_("Key expires soon"),
        "credential_expires_in_seconds",
        warning="< 14d",
        critical="< 3d",
    ),
    _rule(
        "budget-1h",
        N_("Error budget burns, one hour"),
        "error_budget_burn",
        "1h",
        critical="> 14.4",
        min_events=10,
        if_promised=True,
    ),
    _rule(
        "budget-6h",
        N_("Error budget burns, six hours"),
        "error_budget_burn",
        "6h",
        critical="> 6",
        min_events=20,
        if_promised=True,
    ),
    _rule(
        "budget-1d",
        N_("Error budget burns, one day"),
        "error_budget_burn",
        "24h",
        warning="> 3",
        min_events=20,
        if_promised=True,
    ),
    _rule(
        "budget-3d",
        N_("Error budget burns, three days"),
        "error_budget_burn",
        "72h",
        warning="> 1",
        min_events=20,
        if_promised=True,
    ),
    _rule(
        "no-success",
        N_("No success for long"),
        "run_staleness_seconds",
        warning="> 8d",
        unless_scheduled=True,
    ),
)


def of_settings(settings: RuleSettings) -> Rule:
    """A rule as the configuration has it; what it leaves open is as in the first built-in one."""
    built_in = next((rule for rule in DEFAULT_RULES if rule.indicator == settings.indicator), None)
    default_window = indicators()[settings.indicator].default_window
    default_events = built_in.min_events if built_in else 1
    if settings.window and settings.window.runs:
        default_events = min(default_events, settings.window.runs)
    return Rule(
        key=settings.key,
        name=settings.name,
        indicator=settings.indicator,
        window=settings.window or (built_in.window if built_in else default_window),
        warning=settings.warning,
        critical=settings.critical,
        min_events=default_events if settings.min_events is None else settings.min_events,
        where=settings.where,
        configured=True,
    )


def rules_for(
    integration: Integration,
    alerts: Iterable[RuleSettings] = (),
    defaults: Sequence[Rule] = DEFAULT_RULES,
) -> tuple[Rule, ...]:
    """The rules that judge one integration: the configured ones that cover it, then the built-in ones.

    A configured rule takes the place of every built-in rule on its indicator, and of one with its key,
    for the integrations it covers and for no other.
    """
    configured = tuple(of_settings(rule) for rule in alerts if rule.covers(integration))
    replaced = {rule.indicator for rule in configured}
    keys = {rule.key for rule in configured}
    scheduled = integration.schedule is not None
    built_in = (
        rule
        for rule in defaults
        if rule.indicator not in replaced
        and rule.key not in keys
        and not (rule.unless_scheduled and scheduled)
        and not (rule.if_promised and not _can_burn(rule, integration))
    )
    return _by_indicator((*configured, *built_in), defaults)


def windows_of(rules: Iterable[Rule]) -> frozenset[Window]:
    """The windows whose sums the rules need (`Facts.windows`)."""
    return frozenset(
        needed
        for rule in rules
        if indicators()[rule.indicator].needs_sums and (window := rule.effective_window) is not None
        for needed in indicators()[rule.indicator].also(window)
    )


def volumes_of(rules: Iterable[Rule]) -> frozenset[Window]:
    """The windows whose usual volume the rules need (`Facts.volumes`)."""
    return frozenset(
        window
        for rule in rules
        if indicators()[rule.indicator].needs_volumes and (window := rule.effective_window) is not None
    )


def _can_burn(rule: Rule, integration: Integration) -> bool:
    slo, wanted = integration.slo, rule.critical or rule.warning
    return slo is not None and wanted is not None and fastest(slo.success) > wanted.value


def never_met(rule: Rule, interval: timedelta) -> bool:
    """Whether a rule on runs can never have enough of them, with one run each `interval`."""
    window = rule.effective_window
    if rule.indicator not in {"run_failure_ratio", "run_duration_p95_seconds"} or window is None:
        return False
    if window.runs is not None:
        return rule.min_events > window.runs
    duration = window.duration or timedelta()
    return rule.configured and rule.min_events > duration / interval + 1


def _by_indicator(rules: Sequence[Rule], defaults: Sequence[Rule]) -> tuple[Rule, ...]:
    """Causes before effects, as the built-in rules stand; indicators without one come last."""
    order = {rule.indicator: place for place, rule in reversed(list(enumerate(defaults)))}
    return tuple(sorted(rules, key=lambda rule: order.get(rule.indicator, len(order))))
