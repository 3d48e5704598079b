"""The verdict on one integration: the worst reading of its rules, with the reason and three flags.

Health, lateness and the last outcome are three facts. A known failure outweighs not knowing, and not
knowing outweighs healthy: failing, degraded, unknown, healthy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from core.facts import Facts, RunFact
from core.i18n import N_, Message
from core.records import COUNTED_STATUSES
from health.context import IndicatorContext
from health.indicator import Reading
from health.indicators._runs import last_start
from health.registry import indicators
from health.rules import Rule
from health.schedule import Lateness, lateness
from health.sight import Blind, blind_sources, known_age, runs_seen_until
from health.words import say


class Health(StrEnum):
    """How an integration stands."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    FAILING = "failing"
    UNKNOWN = "unknown"


class Level(StrEnum):
    """What one reading means by its rule's thresholds."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    NO_DATA = "no_data"


class RuleReading(msgspec.Struct, frozen=True):
    """One rule's reading; the value is None where there is no data, or too few events."""

    rule: Rule
    reading: Reading
    level: Level


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict. reason: why, for a person; since: from when on a reading has been so
    bad, where one tells.

    late: None without a schedule, or where the runs were never looked at; late_by, missed_runs,
    next_due_at: see Lateness; last_run: the newest ended run, whatever its status; blind: required
    sources not seen; known_age: how old the oldest news is, None where a required source has none.
    """

    health: Health
    reason: Message
    since: datetime | None
    readings: tuple[RuleReading, ...]
    lateness: Lateness | None
    last_run: RunFact | None
    blind: tuple[Blind, ...]
    known_age: timedelta | None
    paused: bool

    @property
    def late(self) -> bool | None:
        """Whether a scheduled run has not started in time; None where that is not judged."""
        return self.lateness.late if self.lateness else None

    @property
    def late_by(self) -> timedelta | None:
        """How long the first missed run has been due; None unless late."""
        return self.lateness.late_by if self.lateness else None


def judge(rules: Iterable[Rule], facts: Facts, context: IndicatorContext) -> Judgement:
    """The verdict on one integration at `context.now`, by its rules (`health.rules.rules_for`)."""
    readings = () if context.paused else tuple(read_rule(rule, facts, context) for rule in rules)
    blind = () if context.paused else blind_sources(facts, context)
    late = None if context.paused else _lateness(facts, context)
    health, reason, since = _verdict(readings, facts, context, blind, late)
    return Judgement(
        health=health,
        reason=reason,
        since=since,
        readings=readings,
        lateness=late,
        last_run=facts.recent[0] if facts.recent else None,
        blind=blind,
        known_age=known_age(facts, context),
        paused=context.paused,
    )


def read_rule(rule: Rule, facts: Facts, context: IndicatorContext) -> RuleReading:
    """One rule's reading and level; fewer events than the rule wants are no data."""
    reading = indicators()[rule.indicator].read(facts, rule.effective_window, context)
    if reading.value is not None and reading.events < rule.min_events:
        reading = msgspec.structs.replace(reading, value=None)
    return RuleReading(rule, reading, level_of(rule, reading.value))


def level_of(rule: Rule, value: float | None) -> Level:
    """What a value means by the rule's thresholds."""
    if value is None:
        return Level.NO_DATA
    if rule.critical is not None and rule.critical.met(value):
        return Level.CRITICAL
    if rule.warning is not None and rule.warning.met(value):
        return Level.WARNING
    return Level.OK


def _lateness(facts: Facts, context: IndicatorContext) -> Lateness | None:
    seen_until = runs_seen_until(facts, context)
    if seen_until is None:
        return None
    return lateness(
        context.timetable,
        last_start=last_start(facts, context.now),
        known_since=facts.known_since,
        now=context.now,
        seen_until=seen_until,
    )


def _verdict(
    readings: tuple[RuleReading, ...],
    facts: Facts,
    context: IndicatorContext,
    blind: tuple[Blind, ...],
    late: Lateness | None,
) -> tuple[Health, Message, datetime | None]:
    if context.paused:
        return Health.UNKNOWN, say(N_("Paused: not watched and not judged")), None
    for level, health in ((Level.CRITICAL, Health.FAILING), (Level.WARNING, Health.DEGRADED)):
        met = [one.reading for one in readings if one.level is level]
        if met:
            # The first names the cause; how long it has been so bad, the reading that has known it longest.
            known = [one.since for one in met if one.since is not None]
            return health, met[0].detail, min(known, default=None)
    if blind:
        return Health.UNKNOWN, blind[0].reason, blind[0].since
    unknown = _nothing_to_go_by(facts, context, late)
    if unknown is not None:
        return Health.UNKNOWN, unknown, None
    return Health.HEALTHY, say(N_("No problem found")), None


def _nothing_to_go_by(facts: Facts, context: IndicatorContext, late: Lateness | None) -> Message | None:
    """Why no verdict can be given although every source is seen; None where one can."""
    if not facts.sources and not context.sources:
        return say(N_("Nothing watches this integration: it has no source"))
    if facts.recent and not any(run.status in COUNTED_STATUSES for run in facts.recent):
        return say(N_("No run of late ended with an outcome that counts"))
    if context.timetable is not None and not (facts.recent or facts.open_runs or facts.last_started_at):
        if late is not None and late.next_due_at is not None:
            return say(N_("No run has been seen yet; the next is due at {time}"), time=late.next_due_at)
        return say(N_("No run has been seen yet"))
    return None
