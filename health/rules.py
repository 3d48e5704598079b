"""Rules: from which reading on an integration is degraded or failing, built in and configured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.units import Threshold, Window
from health.built_in import COLLECTOR_BLIND, DEFAULT_RULES
from health.indicators.error_budget_burn import fastest
from health.registry import indicators
from health.rule import Rule

if TYPE_CHECKING:
    from core.alerting import ThresholdOverride
    from core.settings import Integration, RuleSettings

__all__ = [
    "COLLECTOR_BLIND",
    "DEFAULT_RULES",
    "Rule",
    "of_settings",
    "rules_for",
    "tuned",
    "volumes_of",
    "windows_of",
]


def of_settings(settings: RuleSettings, notified: tuple[str, ...] = ()) -> Rule:
    """A rule as the configuration has it; what it leaves open is as in the first built-in one.

    notified: the channels told where the rule names none.
    """
    built_in = next((rule for rule in DEFAULT_RULES if rule.indicator == settings.indicator), None)
    open_as = built_in or Rule("", "", settings.indicator)
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
        resolve=settings.resolve,
        hold=open_as.hold if settings.hold is None else settings.hold,
        keep_firing_for=(
            open_as.keep_firing_for if settings.keep_firing_for is None else settings.keep_firing_for
        ),
        no_data=settings.no_data or open_as.no_data,
        repeat=open_as.repeat if settings.repeat is None else settings.repeat,
        notify=notified if settings.notify is None else settings.notify,
    )


def rules_for(
    integration: Integration,
    alerts: Iterable[RuleSettings] = (),
    defaults: Sequence[Rule] = DEFAULT_RULES,
    notified: tuple[str, ...] = (),
) -> tuple[Rule, ...]:
    """The rules that judge one integration: the configured ones that cover it, then the built-in ones.

    A configured rule takes the place of every built-in rule on its indicator, and of one with its key,
    for the integrations it covers and for no other. notified: the channels told by rules that name none.
    """
    configured = tuple(of_settings(rule, notified) for rule in alerts if rule.covers(integration))
    replaced = {rule.indicator for rule in configured}
    keys = {rule.key for rule in configured}
    scheduled = integration.schedule is not None
    built_in = (
        replace(rule, notify=notified) if notified else rule
        for rule in defaults
        if rule.indicator not in replaced
        and rule.key not in keys
        and not (rule.unless_scheduled and scheduled)
        and not (rule.if_promised and not _can_burn(rule, integration))
    )
    return _by_indicator((*configured, *built_in), defaults)


def tuned(
    rules: Iterable[Rule], overrides: Iterable[ThresholdOverride], integration: str
) -> tuple[Rule, ...]:
    """The rules of an integration under the thresholds that people tuned on the page.

    One for the integration goes before one for all, a later one before an earlier one. An override that
    cannot be read in the unit of its rule leaves the rule as it is.
    """
    chosen: dict[str, ThresholdOverride] = {}
    for one in sorted(overrides, key=lambda one: (bool(one.integration), one.override_id)):
        if one.integration in ("", integration) and one.reverted_at is None:
            chosen[one.rule] = one
    return tuple(_tuned(rule, chosen[rule.key]) if rule.key in chosen else rule for rule in rules)


def _tuned(rule: Rule, override: ThresholdOverride) -> Rule:
    unit = indicators()[rule.indicator].unit
    try:
        warning, critical, resolve = (
            Threshold.parse(text, unit) if text else None
            for text in (override.warning, override.critical, override.resolve)
        )
    except ValueError:
        return rule
    if warning is None and critical is None:
        return rule
    return replace(rule, warning=warning, critical=critical, resolve=resolve)


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


def _by_indicator(rules: Sequence[Rule], defaults: Sequence[Rule]) -> tuple[Rule, ...]:
    """Causes before effects, as the built-in rules stand; indicators without one come last."""
    order = {rule.indicator: place for place, rule in reversed(list(enumerate(defaults)))}
    return tuple(sorted(rules, key=lambda rule: order.get(rule.indicator, len(order))))
