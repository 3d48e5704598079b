"""What the pages read of rules: their thresholds and readings, what people tuned, and backtests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import streamlit as st

from alerts.backtest import Backtest
from alerts.backtest import backtest as replayed
from assess.feeding import completed
from assess.history import Series, series
from assess.plan import plan_of
from core.alert_states import Severity
from core.alerting import ThresholdOverride
from core.routing import UNROUTED
from core.settings import Settings
from core.units import Unit
from dashboard import board_reads, reads, tuning
from dashboard.house import house
from dashboard.tuning import Wanted
from health.registry import indicators
from health.rule import Rule
from health.rules import COLLECTOR_BLIND, DEFAULT_RULES, of_settings, rules_for
from health.status import Level, RuleReading
from storage import queries

_BAD = (Level.CRITICAL, Level.WARNING, Level.OK, Level.NO_DATA)

HISTORY_LASTS = timedelta(minutes=2)
"""For how long one reading of history serves several tries of thresholds."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule; of one integration also its reading now.

    tuned: whether a person tuned it (there); covers: how many integrations it judges; example: the key of
    one of them, the worst; held: how bad its alert is that still fires, None where none does.
    """

    rule: Rule
    tuned: bool
    covers: int
    example: str
    reading: RuleReading | None = None
    held: Severity | None = None

    @property
    def lingers(self) -> bool:
        """Whether its alert fires although the reading is back within the thresholds: not yet resolved."""
        return self.held is not None and self.reading is not None and self.reading.level is Level.OK


def rule_name(key: str) -> str:
    """What a rule is called: a message id, or the words of the configuration; its key where it is gone."""
    return _names().get(key, key)


def rule_keys() -> Sequence[str]:
    """The keys of all rules, configured ones first."""
    return list(_names())


def unit_of_rule(key: str) -> Unit | None:
    """What a rule's reading is measured in; None where it is gone."""
    rule = _rules().get(key)
    return tuning.unit_of(rule) if rule else None


def title_of(rule: Rule) -> str:
    """What its indicator is called: a message id."""
    return indicators()[rule.indicator].title


def _names() -> Mapping[str, str]:
    return {key: rule.name for key, rule in _rules().items()}


def _rules() -> Mapping[str, Rule]:
    configured = {rule.key: of_settings(rule) for rule in reads.settings().alerts}
    built_in = {rule.key: rule for rule in (*DEFAULT_RULES, COLLECTOR_BLIND)}
    return {**configured, **{key: rule for key, rule in built_in.items() if key not in configured}}


def rule_in(settings: Settings, key: str, integration: str) -> Rule | None:
    """A rule as it judges an integration under these settings; None where it does not."""
    watch = plan_of(settings).watches.get(integration)
    if watch is None:
        return None
    if key == watch.blind.key:
        return watch.blind
    return next((rule for rule in watch.rules if rule.key == key), None)


def rule_of(key: str, integration: str) -> Rule | None:
    """A rule as it judges an integration now, with what people tuned."""
    return reads.shared(
        f"rule {key} {integration}",
        lambda connection: rule_in(completed(connection, reads.settings()), key, integration),
    )


def own_rule(key: str, integration: str) -> Rule | None:
    """A rule as the configuration has it, or as it is built in; integration: "" = on any."""
    if not integration:
        return _rules().get(key)
    one = reads.settings().integration(integration)
    if one is None:
        return None
    return next((rule for rule in rules_for(one, reads.settings().alerts) if rule.key == key), None)


def overrides() -> Sequence[ThresholdOverride]:
    """What people tuned and nobody has undone, the newest first."""
    found = reads.shared("overrides", queries.overrides)
    return sorted(found, key=lambda one: one.at, reverse=True)


def override_of(key: str, integration: str) -> ThresholdOverride | None:
    """What holds on an integration: one for it goes before one for all."""
    for wanted in (integration, ""):
        found = next((one for one in overrides() if one.rule == key and one.integration == wanted), None)
        if found is not None:
            return found
    return None


def rules(integration: str | None, now: datetime) -> Sequence[RuleRow]:
    """The rules of one integration with their readings, the worst first, or all that judge any."""
    board = board_reads.board(now)
    tuned = {(one.rule, one.integration) for one in overrides()}
    covered: dict[str, RuleRow] = {}
    for row in board.rows:
        key = row.verdict.integration.key
        if integration not in (None, key) or key == UNROUTED:
            continue
        for reading in row.verdict.judgement.readings:
            rule = reading.rule
            known = covered.get(rule.key)
            here = bool({(rule.key, ""), (rule.key, key)} & tuned)
            if known is None:
                covered[rule.key] = RuleRow(rule, here, 1, key, reading)
            else:
                covered[rule.key] = replace(known, covers=known.covers + 1, tuned=known.tuned or here)
    order = {rule.key: place for place, rule in enumerate(DEFAULT_RULES)}
    causes_first = sorted(covered.values(), key=lambda row: order.get(row.rule.key, -1))
    if integration is None:
        return causes_first
    held = _held(integration)
    with_alerts = [replace(row, held=held.get(row.rule.key)) for row in causes_first]
    return sorted(with_alerts, key=_worst_first)


def _worst_first(row: RuleRow) -> tuple[int, bool]:
    return _BAD.index(row.reading.level) if row.reading else len(_BAD), not row.lingers


def _held(integration: str) -> Mapping[str, Severity]:
    """How bad the alerts of an integration are that fire, or recover, by rule."""
    found = reads.shared(
        f"held {integration}", lambda connection: queries.alerts(connection, integration=integration)
    )
    return {row.state.key.rule: row.state.severity for row in found if row.state.severity is not None}


def backtest(rule: Rule, integration: str, wanted: Wanted, days: int, now: datetime) -> Backtest:
    """The rule as it stands, and with these thresholds, over the last so many days."""
    until = now.replace(second=0, microsecond=0)
    known = (rule.indicator, str(rule.effective_window), rule.min_events)
    key = (str(id(house())), reads.settings().digest, integration, rule.key, *map(str, (days, *known)))
    read, read_until = _remembered(key, lambda: (_history(rule, integration, days, until), until))
    return replayed(rule, tuning.tuned(rule, wanted), read, read_until)


def _history(rule: Rule, integration: str, days: int, until: datetime) -> Series:
    with house().open_store().read() as connection:
        settings = completed(connection, reads.settings())
        return series(connection, settings, integration, rule, until - timedelta(days=days), until)


@st.cache_resource(ttl=HISTORY_LASTS, max_entries=20, show_spinner=False)
def _remembered(
    key: tuple[str, ...], _read_now: Callable[[], tuple[Series, datetime]]
) -> tuple[Series, datetime]:
    return _read_now()
