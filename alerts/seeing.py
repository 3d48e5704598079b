"""Turns an integration's verdict into what the machine steps on: one sighting per alert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from alerts.machine import Seen, SeenKind
from assess.plan import Watch
from core.alerting import AlertKey, Severity
from core.errors import MonitorError
from core.facts import Facts
from core.routing import UNROUTED
from core.said import kept
from core.units import format_duration
from health.context import IndicatorContext
from health.registry import indicators
from health.rule import Rule
from health.sight import BLIND_AFTER, Blind, blind_sources, feeding
from health.status import Level, RuleReading, read_rule

BROKEN = (ArithmeticError, AttributeError, LookupError, MonitorError, RuntimeError, TypeError, ValueError)
"""What a judgement of strange facts may raise: it is that rule's trouble alone."""

_SEVERITY = {Level.WARNING: Severity.WARNING, Level.CRITICAL: Severity.CRITICAL}


class Sighting(NamedTuple):
    """What one evaluation sees of one alert."""

    key: AlertKey
    rule: Rule
    seen: Seen


@dataclass(frozen=True, slots=True)
class Look:
    """What one evaluation looks with. begun: since when somebody has been looking without a break.

    shared: names of sources that feed several integrations, whose blindness is one alert on `unrouted`.
    """

    now: datetime
    begun: datetime
    shared: frozenset[str] = frozenset()


def sightings(watch: Watch, facts: Facts, look: Look) -> Iterator[Sighting]:
    """What is seen of an integration; nothing where it is not judged, or not all looked at yet.

    One rule that cannot be judged does not keep the others from it.
    """
    context = replace(watch.context, now=look.now)
    judged = watch.integration.stage == "live" and not watch.integration.paused
    if watch.integration.key != UNROUTED and judged:
        blind = blind_sources(facts, context)
        readings = _readings(watch, facts, context)
        yield from _by_sight(readings, facts, context, blind) if blind else readings
        yield from _blindness(watch, facts, context, blind, look)
    elif watch.integration.key == UNROUTED:
        yield from _blindness(watch, facts, context, blind_sources(facts, context), look)


def ready(watch: Watch, facts: Facts, look: Look) -> bool:
    """Whether every source has been looked at since we began, or has had its time for it.

    Nothing fires before: what we know is as old as our absence.
    """
    for name, view in watch.context.sources.items():
        source = facts.sources.get(name)
        if source is not None and source.last_poll_at is not None and source.last_poll_at >= look.begun:
            continue
        begun = look.begun if source is None else max(look.begun, source.known_since)
        if look.now - begun <= view.every * BLIND_AFTER:
            return False
    return True


def _readings(watch: Watch, facts: Facts, context: IndicatorContext) -> Iterator[Sighting]:
    key = watch.integration.key
    for rule in watch.rules:
        yield Sighting(AlertKey(rule.key, key), rule, _alone(rule, facts, context))


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


def _by_sight(
    readings: Iterable[Sighting], facts: Facts, context: IndicatorContext, blind: tuple[Blind, ...]
) -> Iterator[Sighting]:
    """The readings, less those whose sources are not seen: where only a part is not, bad news still counts."""
    for one in readings:
        fed_by = feeding(indicators()[one.rule.indicator].reads, facts, context)
        unseen = fed_by & {source.source for source in blind}
        trusted = not unseen or (one.seen.severity is not None and unseen != fed_by)
        yield one if trusted else one._replace(seen=Seen(SeenKind.INHIBITED))


def _blindness(
    watch: Watch, facts: Facts, context: IndicatorContext, blind: tuple[Blind, ...], look: Look
) -> Iterator[Sighting]:
    """One sighting per required source: for how long it has not been seen, 0 where it is."""
    rule, key = watch.blind, watch.integration.key
    unseen = {one.source: one for one in blind}
    severity = Severity.WARNING if rule.warning is not None else Severity.CRITICAL
    for name, view in context.sources.items():
        if not view.required or (name in look.shared) is not (key == UNROUTED):
            continue
        seen, one = _IN_SIGHT, unseen.get(name)
        if one is not None:
            source = facts.sources.get(name)
            last = one.since or (source.known_since if source is not None else look.now)
            seen = Seen(
                SeenKind.VALUE,
                value=max(0.0, (look.now - last).total_seconds()),
                events=1,
                severity=severity,
                threshold=f"> {format_duration(view.every * BLIND_AFTER)}",
                detail=kept(one.reason),
                since=one.since,
            )
        yield Sighting(AlertKey(rule.key, key, name), rule, seen)


_IN_SIGHT = Seen(SeenKind.VALUE, value=0.0, events=1, cleared=True)
