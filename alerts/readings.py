"""What the rules of an integration read from its facts, each only as often as its reading can change."""

from __future__ import annotations

from typing import NamedTuple

from alerts.machine import Seen, SeenKind
from assess.plan import Watch
from core.alert_states import AlertKey, Severity
from core.errors import MonitorError
from core.facts import Facts
from core.said import kept
from health.context import IndicatorContext
from health.registry import indicators
from health.rule import Rule
from health.status import Level, RuleReading, read_rule

BROKEN = (ArithmeticError, AttributeError, LookupError, MonitorError, RuntimeError, TypeError, ValueError)
"""What a judgement of strange facts may raise: it is that rule's trouble alone."""

_SEVERITY = {Level.WARNING: Severity.WARNING, Level.CRITICAL: Severity.CRITICAL}


class Sighting(NamedTuple):
    """What one evaluation sees of one alert."""

    key: AlertKey
    rule: Rule
    seen: Seen


class _Known(NamedTuple):
    """What was read last of an integration, by which rules and of which facts; ages: the places of what ages."""

    watch: Watch
    facts: Facts
    readings: list[Sighting]
    ages: tuple[int, ...]


class Readings:
    """Reads, and remembers of each integration what its newest facts read.

    Of the very same facts only those rules are read again whose readings change with the hour alone.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def of(self, watch: Watch, facts: Facts, context: IndicatorContext) -> list[Sighting]:
        """One for each rule, in their order. context: of the watch, as of now.

        A rule that cannot be judged does not keep the others from it.
        """
        known = self._known.get(watch.integration.key)
        if known is None or known.watch is not watch or known.facts is not facts:
            return self._read(watch, facts, context)
        found = known.readings.copy()
        for place in known.ages:
            key, rule, _ = found[place]
            found[place] = Sighting(key, rule, _alone(rule, facts, context))
        return found

    def _read(self, watch: Watch, facts: Facts, context: IndicatorContext) -> list[Sighting]:
        key, rules = watch.integration.key, watch.rules
        found = [Sighting(AlertKey(rule.key, key), rule, _alone(rule, facts, context)) for rule in rules]
        known = indicators()
        ages = tuple(place for place, rule in enumerate(rules) if known[rule.indicator].ages)
        self._known[key] = _Known(watch, facts, found, ages)
        return found


def _alone(rule: Rule, facts: Facts, context: IndicatorContext) -> Seen:
    """One rule's reading; that it cannot be judged is its own trouble."""
    try:
        return seen_of(read_rule(rule, facts, context))
    except BROKEN as error:
        return Seen(SeenKind.ERROR, detail=f"{type(error).__name__}: {error}")


def seen_of(one: RuleReading) -> Seen:
    """A rule's reading as the machine takes it."""
    rule, reading = one.rule, one.reading
    severity = _SEVERITY.get(one.level)
    if severity is None and reading.value is None:
        # Written out for those who look only if it fires by that.
        detail = kept(reading.detail) if rule.no_data == "alert" else ""
        return Seen(SeenKind.NO_DATA, events=reading.events, detail=detail, calm=reading.detail)
    calm = severity is None
    cleared = calm and (rule.resolve is None or rule.resolve.met(reading.value or 0.0))
    if cleared:
        return Seen(
            SeenKind.VALUE, value=reading.value, events=reading.events, cleared=True, calm=reading.detail
        )
    met = rule.critical if severity is Severity.CRITICAL else rule.warning or rule.critical
    return Seen(
        SeenKind.VALUE,
        value=reading.value,
        events=reading.events,
        severity=severity,
        threshold=str(met),
        detail=kept(reading.detail),
        since=None if calm else reading.since,
    )
