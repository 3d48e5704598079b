"""The checks of both logs: what each side's runs, failed records and calls tell."""

from __future__ import annotations

from core.facts import CauseFact, RunFact
from core.i18n import N_, Message, counted
from core.records import Side
from health.diagnosis.check import Case, Check, Outcome
from health.diagnosis.texts import NEXT_STEPS, TITLES
from health.indicator import window_facts
from health.words import say, shortened

_BY_RECORDS = ("record_failure_ratio", "run_failure_ratio", "consecutive_failures")
KEYS = {Side.TARGET: "target_log", Side.SOURCE: "source_log"}


def log_check(case: Case, side: Side) -> Check:
    """Whether the sources that look at one side tell of errors now."""
    key = KEYS[side]
    run, records = _run_error(case, side), _cause(case, side)
    found = run or records or _calls(case, side)
    if found is not None:
        # A few failed records that no rule minds are worth a look, but they explain nothing else.
        mild = run is None and records is not None and not case.bad_readings(*_BY_RECORDS)
        return Check(key, Outcome.FAIL, TITLES[key], found, NEXT_STEPS[key], mild)
    sources = case.sources_of(side)
    if not sources:
        text = N_("No source looks at this side, so its errors are not seen")
        return Check(key, Outcome.UNKNOWN, TITLES[key], say(text))
    if not any(case.is_seen(source) for source in sources):
        return Check(key, Outcome.UNKNOWN, TITLES[key], say(N_("This side is not seen at the moment")))
    return Check(key, Outcome.PASS, TITLES[key], _nothing(side))


def _nothing(side: Side) -> Message:
    if side is Side.TARGET:
        return say(N_("Butterboard's side tells of no error"))
    return say(N_("The other system's side tells of no error"))


def failed_run(case: Case, side: Side) -> RunFact | None:
    """The newest run of a source on this side, where it failed."""
    names = {source.name for source in case.sources_of(side)}
    return next((run for run in case.last_failures() if run.source in names), None)


def worst_cause(case: Case, side: Side) -> CauseFact | None:
    """The cause with the most failed records that this side told of."""
    return next((cause for cause in case.causes if cause.side is side), None)


def _run_error(case: Case, side: Side) -> Message | None:
    run = failed_run(case, side)
    if run is None:
        return None
    error = shortened(run.error_message)
    if not error:
        return say(N_("The run that ended at {time} failed"), time=run.finished_at)
    return say(N_("The run that ended at {time} failed: {error}"), time=run.finished_at, error=error)


def _cause(case: Case, side: Side) -> Message | None:
    cause = worst_cause(case, side)
    if cause is None:
        return None
    error = shortened(cause.message) or cause.error_code or cause.error_class.value
    return counted(
        "{count} record failed: {error}", "{count} records failed: {error}", cause.records, error=error
    )


def _calls(case: Case, side: Side) -> Message | None:
    """The calls of this side that failed, where a rule warns of its integration's calls."""
    names = {source.name for source in case.sources_of(side)}
    for one in case.bad_readings("api_error_ratio"):
        window = one.rule.effective_window
        calls = window_facts(case.facts, window).calls
        failed = sum(
            count
            for (source, status), count in calls.items()
            if source in names and case.context.source(source).is_error(status)
        )
        total = sum(count for (source, status), count in calls.items() if source in names and status)
        if failed:
            return counted(
                "{failed} of {count} API call failed within {window}",
                "{failed} of {count} API calls failed within {window}",
                total,
                failed=failed,
                window=window,
            )
    return None
