"""What was promised against what happened: the success ratio of a window, and the error budget left."""

from __future__ import annotations

from dataclasses import dataclass

from core.facts import WindowFacts
from core.records import COUNTED_STATUSES, RunStatus
from health.indicators.record_failure_ratio import records_in


@dataclass(frozen=True, slots=True)
class SloReading:
    """One promise over its window.

    success: in [0, 1], None without events; objective: what was promised, in [0, 1]; events, failures:
    counted runs, or records; budget_left: the part of the allowed failures not used yet, 1 = untouched,
    0 = used up, below 0 = overdrawn; None without events. A promise of 100 % has no budget: it is 1
    until the first failure, then 0. met: whether the promise holds so far; None without events.
    """

    objective: float
    events: int
    failures: int
    success: float | None
    budget_left: float | None

    @property
    def met(self) -> bool | None:
        """Whether the promise holds so far."""
        return None if self.success is None else self.success >= self.objective


def of_runs(sums: WindowFacts, objective: float, *, partial_is_failure: bool = False) -> SloReading:
    """The promise on runs: counted runs are succeeded, partial and failed."""
    events = sum(count for status, count in sums.runs.items() if status in COUNTED_STATUSES)
    failures = sums.runs.get(RunStatus.FAILED, 0)
    if partial_is_failure:
        failures += sums.runs.get(RunStatus.PARTIAL, 0)
    return reading(objective, events, failures)


def of_records(sums: WindowFacts, objective: float) -> SloReading:
    """The promise on records; no run told how many failed = no events."""
    if sums.records_failed is None:
        return reading(objective, 0, 0)
    return reading(objective, records_in(sums), sums.records_failed)


def reading(objective: float, events: int, failures: int) -> SloReading:
    """The reading of so many events with so many failures among them."""
    if events <= 0:
        return SloReading(objective, 0, 0, None, None)
    allowed = (1 - objective) * events
    left = 1 - failures / allowed if allowed > 0 else float(failures == 0)
    return SloReading(objective, events, failures, 1 - failures / events, left)
