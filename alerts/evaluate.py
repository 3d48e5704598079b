"""Evaluates: reads the facts, steps every alert and decides its messages, all of it in one transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from time import perf_counter
from typing import Protocol

import structlog
from msgspec.structs import replace

from alerts.addressees import shared_contacts
from alerts.decide import Scene, decide
from alerts.machine import SeenKind
from alerts.readings import Readings, Sighting
from alerts.seeing import Look, ready, sightings
from assess.feeding import completed
from assess.plan import Plan, plan_of
from assess.snapshot import facts_at
from core.alert_states import AlertKey
from core.alerting import AlertInputs, AlertOutcome
from core.records import Json
from core.routing import UNROUTED
from core.settings import Integration, Settings
from storage import queries

log = structlog.get_logger(__name__)

TICK = timedelta(seconds=10)
"""How often everything is evaluated."""

GAP = 6 * TICK
"""When more than this passed between two evaluations nobody was looking."""

LATELY = timedelta(seconds=15)
"""What was evaluated so lately, because something of it changed, a round of everything may leave out."""

ACTOR = "monitor"
"""Who the audit trail says it was: the program itself."""


class Reader(Protocol):
    """A database to read."""

    def read(self) -> AbstractContextManager[queries.Connection]:
        """A connection for a short read."""


class Keeper(Protocol):
    """Where alerts are kept."""

    def evaluate(self, decide: Callable[[AlertInputs], AlertOutcome], now: datetime) -> AlertOutcome:
        """Hand the inputs to `decide` and store what it answers, in one transaction."""

    def record_action(self, actor: str, action: str, subject: str, detail: Json, now: datetime) -> None:
        """Note what was done, or left undone."""


class Evaluator:
    """Evaluates by the configuration at work. One thread at a time."""

    def __init__(
        self, settings: Callable[[], Settings], store: Reader, keeper: Keeper, begun: datetime
    ) -> None:
        """begun: since when this process has been looking at its sources."""
        self._settings, self._store, self._keeper = settings, store, keeper
        self._begun = begun
        self._last: datetime | None = None
        self._broken: dict[AlertKey, str] = {}
        self._evaluated: dict[str, datetime] = {}
        self._judged_by: Settings | None = None
        self._readings = Readings()

    def evaluate(
        self,
        now: datetime,
        integrations: Collection[str] | None = None,
        *,
        unless_within: timedelta = timedelta(),
        certainly: frozenset[str] = frozenset(),
    ) -> AlertOutcome:
        """Evaluate these integrations (None: all) as of now, and store what changed.

        unless_within: of all, those are left out that were evaluated so short a time before, by the same
        configuration, and are not among `certainly`. Raises StorageError when our own database cannot be read or written: then nothing has changed.
        """
        if self._last is not None and now - self._last > GAP:
            self._begun = now
        started = perf_counter()
        chosen = None if integrations is None else frozenset(integrations)
        scene = self._scene(now, chosen, unless_within, certainly)
        missed: list[datetime] = []

        def decided(inputs: AlertInputs) -> AlertOutcome:
            if inputs.evaluated_at is not None and now - inputs.evaluated_at > GAP:
                missed.append(inputs.evaluated_at)
            outcome = decide(scene, inputs)
            return replace(outcome, duration_seconds=perf_counter() - started)

        outcome = self._keeper.evaluate(decided, now)
        self._last = now
        self._evaluated.update(dict.fromkeys(scene.looked, now))
        if missed:
            self._note_the_miss(missed[-1], now)
        return outcome

    def _scene(
        self,
        now: datetime,
        integrations: frozenset[str] | None,
        unless_within: timedelta,
        certainly: frozenset[str],
    ) -> Scene:
        settings = self._settings()
        with self._store.read() as connection:
            whole = completed(connection, settings)
            plan = plan_of(whole)
            if whole is not self._judged_by:
                self._evaluated, self._judged_by, self._readings = {}, whole, Readings()
            wanted = _only(plan, integrations)
            if integrations is None and unless_within:
                wanted = _only(plan, self._not_within(plan, now, unless_within) | certainly)
            facts = facts_at(connection, wanted, now)
        shared = frozenset(source.name for source in settings.sources)
        look = Look(now=now, begun=self._begun, shared=shared)
        looked = [key for key, watch in wanted.watches.items() if ready(watch, facts[key], look)]
        seen: list[Sighting] = []
        for key in looked:
            seen += sightings(wanted.watches[key], facts[key], look, self._readings)
        self._tell_of_broken(seen)
        return Scene(
            now=now,
            gap=GAP,
            sightings=seen,
            integrations=_integrations(plan, shared),
            looked=frozenset(looked),
            whole=integrations is None,
            contacts=whole.contacts,
            channels=whole.channels,
        )

    def _not_within(self, plan: Plan, now: datetime, lately: timedelta) -> frozenset[str]:
        """The integrations that were not evaluated in the last so many seconds; a clock set back counts as none."""
        known = self._evaluated
        return frozenset(
            key for key in plan.watches if key not in known or not timedelta() <= now - known[key] < lately
        )

    def _tell_of_broken(self, seen: Sequence[Sighting]) -> None:
        """Log each rule that cannot be judged, once, until it can or fails otherwise."""
        broken = [one for one in seen if one.seen.kind is SeenKind.ERROR]
        if self._broken:
            still = {key for key, _, _ in broken}
            for key, _, _ in seen:
                if key not in still:
                    self._broken.pop(key, None)
        for key, _, one in broken:
            if self._broken.get(key) != one.detail:
                self._broken[key] = one.detail
                log.error("rule not judged", rule=key.rule, integration=key.integration, error=one.detail)

    def _note_the_miss(self, since: datetime, now: datetime) -> None:
        log.warning("nothing was evaluated for a while", since=since.isoformat())
        detail: Json = {
            "from": since.isoformat(),
            "until": now.isoformat(),
            "seconds": (now - since).total_seconds(),
        }
        self._keeper.record_action(ACTOR, "evaluation missed", "alerts", detail, now)


def _only(plan: Plan, integrations: frozenset[str] | None) -> Plan:
    if integrations is None:
        return plan
    return dataclasses.replace(
        plan, watches={key: one for key, one in plan.watches.items() if key in integrations}
    )


def _integrations(plan: Plan, shared: frozenset[str]) -> dict[str, Integration]:
    """All that are watched; the row `unrouted` has the contacts of all that its shared sources feed."""
    found = {key: watch.integration for key, watch in plan.watches.items()}
    if UNROUTED in found:
        fed = [one for one in found.values() if any(source.name in shared for source in one.sources)]
        found[UNROUTED] = found[UNROUTED].model_copy(update={"contacts": shared_contacts(fed)})
    return found
