"""Turns an integration's verdict into what the machine steps on: one sighting per alert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from alerts.machine import Seen, SeenKind
from alerts.readings import Readings, Sighting
from assess.plan import Watch
from core.alert_states import AlertKey, Severity
from core.facts import Facts
from core.routing import UNROUTED
from core.said import kept
from core.units import format_duration
from health.context import IndicatorContext
from health.registry import indicators
from health.sight import BLIND_AFTER, Blind, blind_sources, feeding


@dataclass(frozen=True, slots=True)
class Look:
    """What one evaluation looks with. begun: since when somebody has been looking without a break.

    shared: names of sources that feed several integrations, whose blindness is one alert on `unrouted`.
    """

    now: datetime
    begun: datetime
    shared: frozenset[str] = frozenset()


def sightings(watch: Watch, facts: Facts, look: Look, known: Readings | None = None) -> list[Sighting]:
    """What is seen of an integration; nothing where it is not judged, or not all looked at yet.

    One rule that cannot be judged does not keep the others from it. known: what was read before.
    """
    unrouted = watch.integration.key == UNROUTED
    if not unrouted and (watch.integration.stage != "live" or watch.integration.paused):
        return []
    context = watch.context.at(look.now)
    blind = blind_sources(facts, context)
    blindness = _blindness(watch, facts, context, blind, look)
    if unrouted:
        return list(blindness)
    readings = (known or Readings()).of(watch, facts, context)
    return [*(_by_sight(readings, facts, context, blind) if blind else readings), *blindness]


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


def _by_sight(
    readings: Iterable[Sighting], facts: Facts, context: IndicatorContext, blind: tuple[Blind, ...]
) -> Iterator[Sighting]:
    """The readings, less those whose sources are not seen: where only a part is not, bad news still counts."""
    blinded = {source.source for source in blind}
    fed: dict[str, frozenset[str]] = {}
    for one in readings:
        kind = indicators()[one.rule.indicator].reads
        if kind not in fed:
            fed[kind] = feeding(kind, facts, context)
        fed_by = fed[kind]
        unseen = fed_by & blinded
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
