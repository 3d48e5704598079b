"""The verdict on one integration: health's judgement of its facts, within what its stage allows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from assess.numbers import DAY
from assess.plan import Watch, plan_of
from core.errors import MonitorError
from core.facts import Facts, WindowFacts
from core.i18n import N_, Message
from core.routing import UNROUTED
from core.settings import Integration, Settings
from health.context import IndicatorContext
from health.status import Health, Judgement
from health.status import judge as judged_by_rules

WORST_FIRST = (Health.FAILING, Health.UNKNOWN, Health.DEGRADED, Health.HEALTHY)
"""Across integrations: a known failure before a blind spot, a blind spot before a known weakness."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One integration as it stands.

    judgement: health with reason and since, lateness, last outcome, a reading per rule, blind sources and
    the age of what is known; counts: whether it weighs in the verdict on the whole (it is live and not
    paused); flags: `late`, `paused`, and its stage where that is not live.
    """

    integration: Integration
    judgement: Judgement
    counts: bool
    flags: tuple[str, ...] = ()

    @property
    def health(self) -> Health:
        """How it stands."""
        return self.judgement.health

    @property
    def reason(self) -> Message:
        """Why, for a person."""
        return self.judgement.reason


def judge(settings: Settings, facts: Facts, now: datetime) -> Verdict:
    """The verdict on the integration that the facts are of, as of now.

    Raises MonitorError where the configuration has no such integration.
    """
    watch = plan_of(settings).watches.get(facts.integration)
    if watch is None:
        raise MonitorError(f"the configuration has no integration {facts.integration!r}")
    return verdict_of(watch, facts, now)


def verdict_of(watch: Watch, facts: Facts, now: datetime) -> Verdict:
    """The same, with its rules at hand."""
    one = watch.integration
    context = watch.context.at(now)
    if one.key == UNROUTED:
        return _unrouted(watch, facts, context)
    if one.stage != "live":
        context = replace(context, paused=True)
    judgement = judged_by_rules(watch.rules, facts, context)
    if one.stage != "live" and not one.paused:
        reason = Message(N_("Not live yet (stage: {stage}): not judged"), {"stage": one.stage})
        if one.stage == "retired":
            reason = Message(N_("Retired: not judged"))
        judgement = replace(judgement, reason=reason, paused=False)
    elif judgement.health is Health.HEALTHY and not (facts.recent or facts.open_runs):
        judgement = replace(judgement, reason=_nothing_ran(facts, context))
    counts = one.stage == "live" and not one.paused
    return Verdict(one, judgement, counts, _flags(one, judgement))


def verdict_before(watch: Watch, facts: Facts) -> Verdict:
    """The verdict at the instant of older facts, for telling what has changed since.

    A source that was not configured yet could not be seen: it is not held against the integration, whose
    records may reach further back than our watching.
    """
    context = watch.context
    known = {
        name: view if name in facts.sources else replace(view, required=False)
        for name, view in context.sources.items()
    }
    return verdict_of(replace(watch, context=replace(context, sources=known)), facts, facts.as_of)


def worst(verdicts: list[Verdict]) -> Health:
    """The verdict on the whole: the worst of those that count; `unknown` where none does."""
    found = {one.health for one in verdicts if one.counts}
    return next((health for health in WORST_FIRST if health in found), Health.UNKNOWN)


def unrouted_records(facts: Facts) -> int:
    """How many runs, calls and open failed records the row `unrouted` holds: of runs and calls the recent."""
    recent = max((sum(sums.calls.values()) for sums in facts.windows.values()), default=0)
    return len(facts.recent) + len(facts.open_runs) + facts.failed_records_open + recent


def _unrouted(watch: Watch, facts: Facts, context: IndicatorContext) -> Verdict:
    """What matches no route is shown and never judged."""
    judgement = judged_by_rules((), facts, replace(context, paused=True))
    reason = Message(N_("Not judged: nothing is unrouted"))
    if unrouted_records(facts):
        day = facts.windows.get(DAY, WindowFacts())
        counts = {"runs": sum(day.runs.values()), "calls": sum(day.calls.values())}
        text = N_("Not judged; unrouted in the last 24 hours: runs {runs}, calls {calls}")
        reason = Message(text, counts)
    judgement = replace(judgement, reason=reason, paused=False)
    return Verdict(watch.integration, judgement, counts=False, flags=(UNROUTED,))


def _nothing_ran(facts: Facts, context: IndicatorContext) -> Message:
    """Healthy by what is seen, but say plainly when no run is among it."""
    if any(view.brings is not None and "runs" not in view.brings for view in context.sources.values()):
        return Message(N_("No problem found"))
    if any(sums.calls for sums in facts.windows.values()):
        return Message(N_("No problem found in its API calls; no runs are known"))
    return Message(N_("No problem found; no runs yet"))


def _flags(one: Integration, judgement: Judgement) -> tuple[str, ...]:
    flags = []
    if judgement.late:
        flags.append("late")
    if one.paused:
        flags.append("paused")
    if one.stage != "live":
        flags.append(one.stage)
    return tuple(flags)
