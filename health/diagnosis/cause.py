"""The whole list of checks, the one probable cause that follows from it, and who has to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.i18n import N_, Message
from core.records import ErrorClass, ErrorOrigin, RunStatus, Side
from health.diagnosis import checks
from health.diagnosis.check import Case, Check, Outcome
from health.diagnosis.logs import KEYS, failed_run, log_check, worst_cause
from health.diagnosis.texts import ADVICE, NOT_SEEN
from health.status import Level, RuleReading
from health.taxonomy import classify
from health.taxonomy_rules import MESSAGES
from health.words import say, shortened


class Party(StrEnum):
    """Who has to mend it."""

    CUSTOMER = "customer"
    BUTTERBOARD = "butterboard"
    NETWORK = "network"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The checks, those that fail first. cause, party: None where nothing fails, or nobody can tell.

    next_step: what to do first about the cause (a message id), "" where nothing is to be done.
    """

    checks: tuple[Check, ...]
    cause: Message | None = None
    party: Party | None = None
    next_step: str = ""


_ASKED: tuple[Callable[[Case], Check], ...] = (
    lambda case: log_check(case, Side.TARGET),
    lambda case: log_check(case, Side.SOURCE),
    checks.key_valid,
    checks.limits_respected,
    checks.file_as_agreed,
    checks.schedule_kept,
    checks.manager_known,
    checks.collector_sighted,
)
_COVERED = frozenset(
    {
        "credential_invalid",
        "quota_used_ratio",
        "quota_exhausted_in_seconds",
        "file_contract_violations",
        "files_too_frequent",
        "missed_runs",
        "poll_staleness_seconds",
    }
)
_BY_LOGS = frozenset({"consecutive_failures", "run_failure_ratio", "record_failure_ratio", "api_error_ratio"})
_BAD = (Level.CRITICAL, Level.WARNING)
_NO_ANSWER = frozenset({ErrorClass.SERVER_ERROR, ErrorClass.TIMEOUT, ErrorClass.CONNECTION})
"""A whole run that ended so says nothing of limits, files or records: nobody answered it properly."""
_GRAVE_ONLY = frozenset({"limits_respected", "collector_sighted", *KEYS.values()})
"""Checks that explain the rest only where they do more than degrade the integration."""

_OF_ORIGIN = {
    ErrorOrigin.SOURCE: Party.CUSTOMER,
    ErrorOrigin.BUTTERBOARD: Party.BUTTERBOARD,
    ErrorOrigin.NETWORK: Party.NETWORK,
    ErrorOrigin.MONITOR: Party.MONITOR,
}
_OF_SIDE = {Side.SOURCE: Party.CUSTOMER, Side.TARGET: Party.BUTTERBOARD}


def diagnose(case: Case) -> Diagnosis:
    """The eight questions of the FAQ, what else a rule warns of, and what follows from them."""
    asked = [check(case) for check in _ASKED]
    found = {check.key: check for check in asked}
    others = list(_others(case, found))
    order = list(Outcome)
    listed = sorted([*asked, *others], key=lambda check: order.index(check.outcome))
    leading = _leading(case, found, others)
    cause, party = _cause(case, leading)
    return Diagnosis(tuple(listed), cause, party, leading.next_step if leading else "")


def _others(case: Case, found: dict[str, Check]) -> Iterator[Check]:
    """What rules warn of beyond the FAQ; of several on one indicator the worst."""
    log_fails = any(found[key].outcome is Outcome.FAIL for key in KEYS.values())
    told: set[str] = set()
    bad = [one for one in case.judgement.readings if one.level in _BAD]
    for one in sorted(bad, key=lambda one: _BAD.index(one.level)):
        name = one.rule.indicator
        if name in told or name in _COVERED or (name in _BY_LOGS and log_fails):
            continue
        told.add(name)
        yield _of_reading(one)


def _of_reading(one: RuleReading) -> Check:
    name = one.rule.indicator
    mild = one.level is Level.WARNING
    return Check(name, Outcome.FAIL, one.rule.name, one.reading.detail, ADVICE.get(name, ""), mild)


def _leading(case: Case, found: dict[str, Check], others: Sequence[Check]) -> Check | None:
    """The check that all else follows from, None where none fails.

    Causes before effects: a refused key makes errors in both logs and missed runs, not the other way. But
    while whole runs get no answer, a limit or a record that waits for another one is not what stops them;
    nor do a few such records explain anything where no rule finds that runs, records or calls fail.
    """
    before_others = ["limits_respected", "file_as_agreed"]
    if any(one.level in _BAD and one.rule.indicator in _BY_LOGS for one in case.judgement.readings):
        before_others.append("manager_known")
    silent = [
        key
        for side, key in KEYS.items()
        if (run := failed_run(case, side))
        and run.status is RunStatus.FAILED
        and run.error_class in _NO_ANSWER
    ]
    of_logs = (KEYS[Side.TARGET], KEYS[Side.SOURCE])
    for key in ("key_valid", *silent, *before_others, *of_logs, "schedule_kept", "collector_sighted"):
        check = found[key]
        if check.outcome is Outcome.FAIL and not (key in _GRAVE_ONLY and check.mild):
            return check
    rest = (*others, found["limits_respected"], found["manager_known"], *(found[key] for key in of_logs))
    return next((check for check in rest if check.outcome is Outcome.FAIL), None)


def _cause(case: Case, check: Check | None) -> tuple[Message | None, Party | None]:
    """What the leading check means, and whose it is to mend."""
    match check.key if check else None:
        case None:
            return None, None
        case "key_valid":
            return say(N_("The key is no longer accepted")), Party.CUSTOMER
        case "limits_respected" if check and not check.mild:
            return say(N_("More calls are made than the limit allows")), Party.CUSTOMER
        case "file_as_agreed":
            return say(N_("The file does not come as agreed")), Party.CUSTOMER
        case "manager_known":
            return _of_roots(case), Party.CUSTOMER
        case "schedule_kept":
            return say(N_("The scheduler of the customer's side did not start the run")), Party.CUSTOMER
        case "collector_sighted":
            return say(NOT_SEEN), Party.MONITOR
    for side in (Side.TARGET, Side.SOURCE):
        if check and check.key == KEYS[side]:
            return _of_log(case, side)
    return (check.evidence, Party.CUSTOMER) if check else (None, None)


def _of_roots(case: Case) -> Message:
    root = next((one.root_key for one in case.roots if one.root_key), None)
    if root is None:
        return say(N_("Records point to another one that is not there"))
    return say(N_("The record {root} is missing, and others wait for it"), root=root)


def _of_log(case: Case, side: Side) -> tuple[Message, Party]:
    """The cause by the class of the error that the side tells of, with its own words."""
    run, cause = failed_run(case, side), worst_cause(case, side)
    quote, kind, origin = "", ErrorClass.UNKNOWN, ErrorOrigin.UNKNOWN
    if run is not None:
        quote = shortened(run.error_message)
        kind = ErrorClass(run.error_class) if run.error_class else kind
        origin = classify(None, run.error_message, side).origin
    if cause is not None and kind is ErrorClass.UNKNOWN:
        quote, kind, origin = shortened(cause.message), cause.error_class, cause.error_origin
    party = _OF_ORIGIN.get(origin, _OF_SIDE[side])
    if kind is ErrorClass.UNKNOWN:
        text = (
            N_("Errors on Butterboard's side") if side is Side.TARGET else N_("Errors on the customer's side")
        )
        return (say(N_("{what}: {error}"), what=say(text), error=quote) if quote else say(text)), party
    meaning = say(MESSAGES[kind])
    return (say(N_("{what}: {error}"), what=meaning, error=quote) if quote else meaning), party
