"""What the configuration means for a judge: each integration's rules and context, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from core.same import Same
from core.settings import Integration, Settings
from core.units import Window
from health.context import IndicatorContext, context_of
from health.rules import COLLECTOR_BLIND, Rule, rules_for, tuned, volumes_of, windows_of

MEASURING = frozenset({"run_duration_p95_seconds", "api_latency_p95_seconds"})
"""The indicators that read histograms; all others count."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One integration with the rules that judge it. context: as of the epoch, to be brought up to now.

    blind: the rule of the alerts on sources that cannot be read; it judges nothing.
    windows, volumes: those whose sums, and whose usual volume, its rules need.
    """

    integration: Integration
    rules: tuple[Rule, ...]
    windows: frozenset[Window]
    context: IndicatorContext
    volumes: frozenset[Window] = frozenset()
    blind: Rule = COLLECTOR_BLIND


@dataclass(frozen=True, slots=True)
class Plan:
    """All integrations by key, in the order of the configuration, and every window their rules need.

    histograms: the windows of which a rule asks for durations or latencies; volumes: those of which a
    rule asks for the usual number of records.
    """

    watches: Mapping[str, Watch]
    windows: frozenset[Window]
    histograms: frozenset[Window]
    volumes: frozenset[Window] = frozenset()


def plan_of(settings: Settings) -> Plan:
    """The plan of a configuration; remembered for the few newest ones."""
    return _plan(Same(settings))


@lru_cache(maxsize=4)
def _plan(held: Same[Settings]) -> Plan:
    settings = held.held
    watches = {one.key: _watch(one, settings) for one in settings.integrations}
    windows = frozenset(window for watch in watches.values() for window in watch.windows)
    rules = [rule for watch in watches.values() for rule in watch.rules]
    histograms = windows_of(rule for rule in rules if rule.indicator in MEASURING)
    return Plan(watches, windows, histograms, volumes_of(rules))


def _watch(integration: Integration, settings: Settings) -> Watch:
    notified = settings.notified(integration)
    rules = tuned(
        rules_for(integration, settings.alerts, notified=notified), settings.overrides, integration.key
    )
    blind = replace(COLLECTOR_BLIND, notify=notified)
    epoch = datetime.fromtimestamp(0, tz=settings.zone)
    context = context_of(integration, epoch, settings.zone)
    return Watch(integration, rules, windows_of(rules), context, volumes_of(rules), blind)
