"""The probable first steps: each known fact about an integration as a check, the failed ones first; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.facts import Facts
from core.i18n import N_, Message
from core.records import PollResult
from health.status import Judgement, Level, RuleReading


class Outcome(StrEnum):
    """How a check stands. `unknown` is said, never taken for a pass."""

    FAIL = "fail"
    WARN = "warn"
    UNKNOWN = "unknown"
    PASS = "pass"  # noqa: S105 - not a password


@dataclass(frozen=True, slots=True)
class Step:
    """One check. title, advice: message ids; evidence: what was seen; advice: only for what is not right."""

    outcome: Outcome
    title: str
    evidence: Message
    advice: str = ""


_OUTCOME = {
    Level.CRITICAL: Outcome.FAIL,
    Level.WARNING: Outcome.WARN,
    Level.NO_DATA: Outcome.UNKNOWN,
    Level.OK: Outcome.PASS,
}

ADVICE = {
    "credential_invalid": N_(
        "Ask the customer for a new key, put it where the integration reads it, then look again."
    ),
    "credential_expires_in_seconds": N_("Agree with the customer on the day when the key is replaced."),
    "quota_used_ratio": N_("See who spends the limit; move large batches to after its reset."),
    "missed_runs": N_("Check that the scheduler on the customer's side is running and was not moved."),
    "consecutive_failures": N_("Open the last failed run below: its error says which side to look at."),
    "run_failure_ratio": N_("Compare the failed runs below: one cause, or many?"),
    "zero_records": N_("Check that the source still delivers data: an empty input often looks like success."),
    "record_failure_ratio": N_("Open the failed records: they are grouped by cause."),
    "api_error_ratio": N_("Open API below: 4xx points to the caller, 5xx to the side that answers."),
    "api_latency_p95_seconds": N_("Open API below and find the slow endpoint; tell the side that answers."),
    "run_staleness_seconds": N_("Ask the customer whether the integration is still meant to run."),
    "run_duration_p95_seconds": N_("Compare the number of records: more data, or a slower side?"),
    "poll_staleness_seconds": N_("See the collectors on System: what cannot be seen cannot be judged."),
}
"""What to do first, by indicator."""

_COLLECTORS = N_("Collectors see their sources")
_SEEN = N_("Every source answered when last looked at")
_COLLECTOR_ADVICE = N_("See the collectors on System: the error says what to mend.")


def steps_of(facts: Facts, judgement: Judgement) -> list[Step]:
    """The checks for which there are facts, the worst first, otherwise in the order of likely causes."""
    found = [*_collectors(facts, judgement), *_readings(judgement)]
    return sorted(found, key=lambda step: list(Outcome).index(step.outcome))


def _collectors(facts: Facts, judgement: Judgement) -> Iterator[Step]:
    if judgement.blind:
        yield Step(Outcome.FAIL, _COLLECTORS, judgement.blind[0].reason, _COLLECTOR_ADVICE)
        return
    for source in facts.sources.values():
        if source.last_result is PollResult.FAILED:
            evidence = Message("{source}: {error}", {"source": source.name, "error": source.last_error or ""})
            yield Step(Outcome.WARN, _COLLECTORS, evidence, _COLLECTOR_ADVICE)
            return
    if any(source.last_poll_at for source in facts.sources.values()):
        yield Step(Outcome.PASS, _COLLECTORS, Message(_SEEN))


def _readings(judgement: Judgement) -> Iterator[Step]:
    """One check for each rule with data; of several rules on one indicator only the worst."""
    worst: dict[str, RuleReading] = {}
    order = [Level.CRITICAL, Level.WARNING, Level.OK, Level.NO_DATA]
    for one in judgement.readings:
        known = worst.get(one.rule.indicator)
        if known is None or order.index(one.level) < order.index(known.level):
            worst[one.rule.indicator] = one
    for one in worst.values():
        outcome = _OUTCOME[one.level]
        if outcome is Outcome.UNKNOWN:
            continue
        advice = "" if outcome is Outcome.PASS else ADVICE.get(one.rule.indicator, "")
        yield Step(outcome, one.rule.name, one.reading.detail, advice)
