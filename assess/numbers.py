"""The numbers of the last 24 hours, counted as DESIGN §2 counts: shown beside a verdict, judged by none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.facts import CredentialFact, Facts, QuotaFact, RunFact, WindowFacts
from core.records import COUNTED_STATUSES
from core.units import Window
from health.context import IndicatorContext
from health.limits import holds

DAY = Window(duration=timedelta(hours=24))


@dataclass(frozen=True, slots=True)
class DayNumbers:
    """runs: counted ones (succeeded, partial, failed); failed: failures among them.

    calls: all API calls, also those whose status could not be read; errors: by each source's `errors`
    less `not_errors`; ratios in [0, 1], None without runs, or without calls of a readable status.
    """

    runs: int
    failed: int
    failure_ratio: float | None
    calls: int
    errors: int
    error_ratio: float | None

    @property
    def success_ratio(self) -> float | None:
        """1 less the failure ratio."""
        return None if self.failure_ratio is None else 1 - self.failure_ratio


def day_numbers(facts: Facts, context: IndicatorContext) -> DayNumbers:
    """The last 24 hours before the facts' instant."""
    day = facts.windows.get(DAY, WindowFacts())
    runs = sum(count for status, count in day.runs.items() if status in COUNTED_STATUSES)
    failed = sum(count for status, count in day.runs.items() if context.is_failure(status))
    readable = sum(count for (_, status), count in day.calls.items() if status)
    errors = sum(
        count for (source, status), count in day.calls.items() if context.source(source).is_error(status)
    )
    return DayNumbers(
        runs=runs,
        failed=failed,
        failure_ratio=failed / runs if runs else None,
        calls=sum(day.calls.values()),
        errors=errors,
        error_ratio=errors / readable if readable else None,
    )


def last_run(facts: Facts) -> RunFact | None:
    """The last outcome: the newest ended run, else the newest that is still open."""
    return next(iter((*facts.recent, *facts.open_runs)), None)


def quota_used(facts: Facts, now: datetime) -> QuotaFact | None:
    """The fullest limit whose reading still holds; None where there is none with a known share."""
    holding = [
        fact
        for fact in facts.quotas
        if holds(fact.reading, now) and (fact.reading.limited or fact.reading.used_ratio is not None)
    ]
    return max(holding, key=lambda fact: used_ratio(fact) or 0.0, default=None)


def used_ratio(fact: QuotaFact) -> float | None:
    """The used share in [0, 1]; a refusal for the limit counts as all of it."""
    return 1.0 if fact.reading.limited else fact.reading.used_ratio


def weakest_credential(facts: Facts) -> CredentialFact | None:
    """The key to worry about: an invalid one, else the one that expires first, else any."""
    return min(facts.credentials, key=_worry, default=None)


def _worry(fact: CredentialFact) -> tuple[bool, bool, float]:
    reading = fact.reading
    expires = reading.expires_at.timestamp() if reading.expires_at else 0.0
    return reading.valid is not False, reading.expires_at is None, expires
