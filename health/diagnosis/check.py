"""One check of the list, and what all checks look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from core.facts import CauseFact, Facts, RootFact, RunFact, SourceFacts
from core.i18n import Message
from core.records import ErrorClass, RunStatus, Side
from health.context import IndicatorContext
from health.status import Judgement, Level, RuleReading

LOOKS_BACK = timedelta(hours=36)
"""How old the failed records of a diagnosis may be: a daily sync that comes a little late leaves no gap."""


class Outcome(StrEnum):
    """How a check stands. `unknown` is said, never taken for a pass."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    PASS = "pass"  # noqa: S105 - not a password


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the FAQ, answered. key: its stable word; title, next_step: message ids.

    evidence: what was seen; next_step: what to do first, "" where nothing is to be done; mild: it fails, but
    does no more than degrade the integration.
    """

    key: str
    outcome: Outcome
    title: str
    evidence: Message
    next_step: str = ""
    mild: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known. causes, roots: of LOOKS_BACK, the most records first."""

    facts: Facts
    judgement: Judgement
    context: IndicatorContext
    causes: tuple[CauseFact, ...] = ()
    roots: tuple[RootFact, ...] = ()

    def sources_of(self, side: Side) -> list[SourceFacts]:
        """The sources that look at one side."""
        return [source for source in self.facts.sources.values() if source.side is side]

    def is_seen(self, source: SourceFacts) -> bool:
        """Whether the source was ever read, and is not blind now."""
        blind = {one.source for one in self.judgement.blind}
        return source.last_ok_at is not None and source.name not in blind

    def last_failures(self) -> Iterator[RunFact]:
        """The newest counted run of each source, where it is a failure."""
        seen: set[str] = set()
        for run in self.facts.recent:
            counted = run.status in (RunStatus.SUCCEEDED, RunStatus.PARTIAL, RunStatus.FAILED)
            if counted and run.source not in seen:
                seen.add(run.source)
                if self.context.is_failure(run.status):
                    yield run

    def causes_of(self, *kinds: ErrorClass) -> list[CauseFact]:
        """The causes of these classes."""
        return [cause for cause in self.causes if cause.error_class in kinds]

    def bad_readings(self, *indicators: str) -> list[RuleReading]:
        """Readings of these indicators that a rule warns of, the worst first."""
        found = [
            one
            for one in self.judgement.readings
            if one.rule.indicator in indicators and one.level in (Level.CRITICAL, Level.WARNING)
        ]
        return sorted(found, key=lambda one: one.level is not Level.CRITICAL)
