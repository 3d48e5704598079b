"""The built-in rules, which hold until a person writes their own."""

from __future__ import annotations

from datetime import timedelta

from core.alert_states import BLIND_RULE
from core.i18n import N_
from core.units import Threshold, Window
from health.registry import indicators
from health.rule import NoData, Rule


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
    resolve: str | None = None,
    hold: timedelta = timedelta(0),
    keep: timedelta = timedelta(0),
    no_data: NoData = "keep",
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
        resolve=Threshold.parse(resolve, unit) if resolve else None,
        hold=hold,
        keep_firing_for=keep,
        no_data=no_data,
    )


# Ratios over a window wander about their threshold: they must last a little before anybody is told, and
# be well over before it counts as recovered. docs/alerts.md tells them; a test holds that table to this.
_LASTS = timedelta(minutes=5)
_STAYS = timedelta(minutes=10)

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
        hold=_LASTS,
    ),
    _rule(
        "failed-runs-lately",
        N_("Failed runs in six hours"),
        "run_failure_ratio",
        "6h",
        warning="> 20%",
        critical="> 50%",
        min_events=5,
        resolve="<= 10%",
        hold=_LASTS,
        keep=_STAYS,
    ),
    _rule(
        "failed-runs",
        N_("Failed runs among the last ten"),
        "run_failure_ratio",
        "10 runs",
        warning="> 20%",
        min_events=5,
        resolve="<= 10%",
        hold=_LASTS,
        keep=_STAYS,
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
        resolve="< 3%",
        hold=_LASTS,
        keep=_STAYS,
    ),
    _rule(
        "unusual-volume",
        N_("Unusual number of records"),
        "record_volume_deviation",
        warning="> 80%",
        min_events=3,
        resolve="< 60%",
        hold=_LASTS,
    ),
    _rule(
        "quota-used",
        N_("Rate limit running out"),
        "quota_used_ratio",
        warning="> 80%",
        critical="> 95%",
        resolve="< 70%",
    ),
    _rule(
        "quota-runs-out",
        N_("Rate limit used up soon"),
        "quota_exhausted_in_seconds",
        warning="< 1h",
        min_events=3,
        resolve="> 2h",
        hold=_LASTS,
        no_data="ok",
    ),
    _rule(
        "api-errors",
        N_("API errors in an hour"),
        "api_error_ratio",
        "1h",
        warning="> 5%",
        critical="> 25%",
        min_events=20,
        resolve="< 3%",
        hold=_LASTS,
        keep=_STAYS,
    ),
    _rule(
        "api-errors-day",
        N_("API errors in a day"),
        "api_error_ratio",
        "24h",
        warning="> 20%",
        critical="> 50%",
        min_events=5,
        resolve="< 15%",
        hold=_LASTS,
        keep=_STAYS,
    ),
    _rule(
        "slow-api",
        N_("Slow API"),
        "api_latency_p95_seconds",
        warning="> 5s",
        critical="> 30s",
        min_events=20,
        resolve="< 4s",
        hold=_LASTS,
        keep=_STAYS,
    ),
    _rule(
        "key-expires",
        N_("Key expires soon"),
        "credential_expires_in_seconds",
        warning="< 14d",
        critical="< 3d",
        no_data="ok",
    ),
    _rule(
        "budget-1h",
        N_("Error budget burns, one hour"),
        "error_budget_burn",
        "1h",
        critical="> 14.4",
        min_events=10,
        if_promised=True,
        keep=_STAYS,
    ),
    _rule(
        "budget-6h",
        N_("Error budget burns, six hours"),
        "error_budget_burn",
        "6h",
        critical="> 6",
        min_events=20,
        if_promised=True,
        keep=_STAYS,
    ),
    _rule(
        "budget-1d",
        N_("Error budget burns, one day"),
        "error_budget_burn",
        "24h",
        warning="> 3",
        min_events=20,
        if_promised=True,
        keep=_STAYS,
    ),
    _rule(
        "budget-3d",
        N_("Error budget burns, three days"),
        "error_budget_burn",
        "72h",
        warning="> 1",
        min_events=20,
        if_promised=True,
        keep=_STAYS,
    ),
    _rule(
        "no-success",
        N_("No success for long"),
        "run_staleness_seconds",
        warning="> 8d",
        unless_scheduled=True,
    ),
)

COLLECTOR_BLIND = _rule(
    BLIND_RULE,
    N_("A source cannot be read"),
    "poll_staleness_seconds",
    warning="> 3m",
    hold=timedelta(minutes=2),
)
"""The alert on a required source that has not been read for three of its polls, one for each source.

It judges no integration (`health.sight` does that: such a one is unknown, not degraded), so it is not among
DEFAULT_RULES; its threshold is shown only. No rule of the configuration may take its key.
"""
