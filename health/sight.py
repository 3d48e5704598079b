"""How well an integration is seen: blind sources, the age of what we know, how far runs are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.facts import Facts, SourceFacts
from core.i18n import N_, Message
from core.records import PollResult
from health.context import IndicatorContext
from health.words import say, shortened

BLIND_AFTER = 3
"""A required source without a successful poll for so many times its `every` is not seen any more."""


LONGEST_WAIT = timedelta(hours=1)
"""What answered and asked us to wait longer is not seen meanwhile, and that is said."""


@dataclass(frozen=True, slots=True)
class Blind:
    """A required source that is not seen. since: its last successful poll, None if there was none."""

    source: str
    since: datetime | None
    reason: Message


def blind_sources(facts: Facts, context: IndicatorContext) -> tuple[Blind, ...]:
    """The required sources that nobody has seen for too long, or ever; the stalest first."""
    blind = []
    for name in {*facts.sources, *context.sources}:
        source, view = facts.sources.get(name), context.source(name)
        last_ok_at = source.last_ok_at if source else None
        seen = last_ok_at is not None and (
            context.now - last_ok_at <= view.every * BLIND_AFTER
            or (source is not None and waits(source, view.every, context.now))
        )
        if view.required and not seen:
            blind.append(Blind(name, last_ok_at, _reason(name, source, last_ok_at)))
    blind.sort(key=lambda one: one.source)
    return tuple(sorted(blind, key=lambda one: (one.since is not None, one.since)))


class Looked(Protocol):
    """How a source was last looked at."""

    @property
    def last_result(self) -> PollResult | None:
        """Of the last look."""

    @property
    def last_ok_at(self) -> datetime | None:
        """When a look last succeeded."""

    @property
    def not_before(self) -> datetime | None:
        """Until when we were asked to wait."""


def waits(source: Looked, every: timedelta, now: datetime) -> bool:
    """Whether it answered, asked us to wait a while (`Retry-After`), and is not overdue after that."""
    if source.last_result is not PollResult.OK or source.not_before is None or source.last_ok_at is None:
        return False
    return source.not_before - source.last_ok_at <= LONGEST_WAIT and now <= source.not_before + every


def known_age(facts: Facts, context: IndicatorContext) -> timedelta | None:
    """How old the oldest news is that the verdict rests on; None where a required source has none."""
    names = [name for name in {*facts.sources, *context.sources} if context.source(name).required]
    seen = [facts.sources[name].last_ok_at if name in facts.sources else None for name in names]
    if not seen or any(at is None for at in seen):
        return None
    return max(context.now - min(at for at in seen if at is not None), timedelta())


def runs_seen_until(facts: Facts, context: IndicatorContext) -> datetime | None:
    """Up to when the runs are known: the last successful poll of the sources that bring them.

    Those that have brought runs, else all that may. None: none of them was ever seen, or not the required one
    that may have brought what nobody else did. Facts without any source are taken as seen now.
    """
    if not facts.sources:
        return context.now
    brought = {run.source for run in (*facts.recent, *facts.open_runs)} & set(facts.sources)
    may = {name for name in facts.sources if _may_bring_runs(name, context)}
    seen = {name: facts.sources[name].last_ok_at for name in brought or may}
    if not brought and any(at is None and context.source(name).required for name, at in seen.items()):
        return None
    return min((at for at in seen.values() if at is not None), default=None)


def feeding(kind: str, facts: Facts, context: IndicatorContext) -> frozenset[str]:
    """The sources whose records of a kind (a word of `brings`) are known here, else those that may bring some.

    "" is no kind: nothing feeds it.
    """
    known = {*facts.sources, *context.sources}
    brought = _brought(kind, facts) & known
    if brought or not kind:
        return frozenset(brought)
    views = {name: context.source(name).brings for name in known}
    return frozenset(name for name, brings in views.items() if brings is None or kind in brings)


def _brought(kind: str, facts: Facts) -> set[str]:
    match kind:
        case "runs":
            return {run.source for run in (*facts.recent, *facts.open_runs)}
        case "calls":
            return {source for sums in facts.windows.values() for source, _ in sums.calls}
        case "quotas":
            return {fact.source for fact in facts.quotas}
        case "credentials":
            return {fact.source for fact in facts.credentials}
        case "files":
            return {fact.source for fact in facts.files}
    return set()


def _may_bring_runs(name: str, context: IndicatorContext) -> bool:
    brings = context.source(name).brings
    return brings is None or "runs" in brings


def _reason(name: str, source: SourceFacts | None, last_ok_at: datetime | None) -> Message:
    error = shortened(source.last_error) if source else ""
    if source is not None and source.last_result is PollResult.DEFERRED and source.not_before is not None:
        return say(
            N_("{source} has asked us not to come back before {time}"), source=name, time=source.not_before
        )
    if source is not None and source.type == "push" and not error:
        if last_ok_at is None:
            return say(N_("{source} has sent nothing yet"), source=name)
        return say(N_("{source} has sent nothing since {time}"), source=name, time=last_ok_at)
    if last_ok_at is None:
        if error:
            return say(N_("{source} has never been read: {error}"), source=name, error=error)
        return say(N_("{source} has not been read yet"), source=name)
    if error:
        text = N_("{source} has not been read since {time}: {error}")
        return say(text, source=name, time=last_ok_at, error=error)
    return say(N_("{source} has not been read since {time}"), source=name, time=last_ok_at)
