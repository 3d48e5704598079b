"""The other checks of the FAQ: key, limits, file, schedule, references and collectors."""

from __future__ import annotations

from datetime import timedelta

from core.facts import SourceFacts
from core.i18n import N_, Message, counted
from core.records import ErrorClass, PollResult
from health.diagnosis.check import Case, Check, Outcome
from health.diagnosis.sources import first_unfit, of_items, of_source, refused, to_do_about
from health.diagnosis.texts import NEXT_STEPS, OF_ITEMS, TITLES
from health.indicators import (
    credential_invalid,
    file_contract_violations,
    files_too_frequent,
    missed_runs,
    quota_used_ratio,
)
from health.words import say, shortened

KEY_KNOWN_FOR = timedelta(hours=24)
_HOUR_OF_REFUSALS = timedelta(hours=1)


def _fail(key: str, evidence: Message, *, mild: bool = False) -> Check:
    return Check(key, Outcome.FAIL, TITLES[key], evidence, NEXT_STEPS[key], mild)


def _pass(key: str, evidence: Message) -> Check:
    return Check(key, Outcome.PASS, TITLES[key], evidence)


def _unknown(key: str, evidence: Message) -> Check:
    return Check(key, Outcome.UNKNOWN, TITLES[key], evidence)


def _told_of(case: Case, *kinds: ErrorClass) -> Message | None:
    """The last failed run, or failed records, of these classes."""
    for run in case.last_failures():
        if run.error_class in kinds:
            return say(
                N_("The last run failed: {error}"), error=shortened(run.error_message) or run.error_class
            )
    for cause in case.causes_of(*kinds):
        error = shortened(cause.message) or cause.error_code or cause.error_class.value
        return counted(
            "{count} record failed: {error}", "{count} records failed: {error}", cause.records, error=error
        )
    return None


def _unread(evidence: Message, source: SourceFacts | None, *, mild: bool = False) -> Check:
    key = "collector_sighted"
    step = (to_do_about(source) if source else "") or NEXT_STEPS[key]
    return Check(key, Outcome.FAIL, TITLES[key], evidence, step, mild)


def key_valid(case: Case) -> Check:
    """By the last look at each key, and by errors that say it is not accepted."""
    reading = credential_invalid.read(case.facts, None, case.context)
    if reading.value:
        return _fail("key_valid", reading.detail)
    told = _told_of(case, ErrorClass.AUTHENTICATION)
    if told is not None:
        return _fail("key_valid", told)
    known = [fact.reading.observed_at for fact in case.facts.credentials if fact.reading.valid]
    expired = [
        at for fact in case.facts.credentials if (at := fact.reading.expires_at) and at <= case.context.now
    ]
    if expired:
        return _fail("key_valid", say(N_("The key expired at {time}"), time=min(expired)))
    if not known:
        if (source := refused(case, ErrorClass.AUTHENTICATION, ErrorClass.PERMISSION)) is not None:
            text = N_(
                "No source looks at the key of the integration; the one of a source was refused: {what}"
            )
            return _unknown("key_valid", say(text, what=of_source(source)))
        return _unknown("key_valid", say(N_("No source looks at the key; a probe would")))
    if case.context.now - max(known) > KEY_KNOWN_FOR:
        return _unknown("key_valid", say(N_("The key was last looked at {time}"), time=max(known)))
    return _pass("key_valid", say(N_("The key is valid")))


def limits_respected(case: Case) -> Check:
    """By the last readings of each limit, by refusals among the calls, and by errors that tell of it."""
    key = "limits_respected"
    reading = quota_used_ratio.read(case.facts, None, case.context)
    if reading.value is not None and reading.value >= 1:
        return _fail(key, reading.detail)
    told = _told_of(case, ErrorClass.RATE_LIMIT)
    if told is not None:
        return _fail(key, told)
    over, errors, total = _refusals(case)
    if over:
        return _fail(
            key,
            counted(
                "{refused} of {count} call in the last hour was refused for the limit",
                "{refused} of {count} calls in the last hour were refused for the limit",
                total,
                refused=over,
            ),
            mild=over * 2 < errors,
        )
    if (source := refused(case, ErrorClass.RATE_LIMIT)) is not None:
        return _fail(key, of_source(source), mild=True)
    bad = case.bad_readings("quota_used_ratio", "quota_exhausted_in_seconds")
    if bad:
        return _fail(key, bad[0].reading.detail, mild=True)
    if reading.value is not None:
        return _pass(key, reading.detail)
    if total:
        return _pass(key, say(N_("No call in the last hour was refused for a limit")))
    return _unknown(key, say(N_("No limit is known, and no call was seen in the last hour")))


def _refusals(case: Case) -> tuple[int, int, int]:
    """Of the last hour's calls: those refused for the limit, those answered with an error, all."""
    hour = next((w for w in case.facts.windows if w.duration == _HOUR_OF_REFUSALS), None)
    calls = case.facts.windows[hour].calls if hour else {}
    over = sum(count for (_, status), count in calls.items() if status == 429)
    errors = sum(count for (_, status), count in calls.items() if status >= 400)
    return over, errors, sum(count for (_, status), count in calls.items() if status)


def file_as_agreed(case: Case) -> Check:
    """By the newest delivery of each file, how often they came, and errors of reading them."""
    key = "file_as_agreed"
    broken = file_contract_violations.read(
        case.facts, file_contract_violations.INDICATOR.default_window, case.context
    )
    often = files_too_frequent.read(case.facts, files_too_frequent.INDICATOR.default_window, case.context)
    if broken.value:
        return _fail(key, broken.detail)
    if often.value:
        return Check(key, Outcome.FAIL, TITLES[key], often.detail, NEXT_STEPS["files_too_often"])
    unread = _told_of(case, ErrorClass.PARSE)
    if unread is not None:
        return _fail(key, unread)
    if broken.value is None:
        return _unknown(key, say(N_("No file was seen")))
    return _pass(key, broken.detail)


def schedule_kept(case: Case) -> Check:
    """By the slots of the schedule, up to when the runs were last seen."""
    key, late = "schedule_kept", case.judgement.lateness
    if case.context.timetable is None:
        return _unknown(key, say(N_("No schedule, so lateness is not judged")))
    if not case.facts.sources and not case.context.sources:
        return _unknown(key, say(N_("No source looks at the runs")))
    if late is None:
        return _unknown(key, say(N_("The runs have not been looked at yet")))
    reading = missed_runs.read(case.facts, None, case.context)
    return _fail(key, reading.detail) if reading.value else _pass(key, reading.detail)


def manager_known(case: Case) -> Check:
    """By failed records that point to one that is not there."""
    key = "manager_known"
    if case.roots:
        root = case.roots[0]
        held: dict[str, object] = {
            "records": [*root.records, *(["…"] if root.held_back > len(root.records) else [])]
        }
        if root.root_key is None:
            evidence = counted(
                "{count} record points to one that is missing: {records}",
                "{count} records point to one that is missing: {records}",
                root.held_back,
                **held,
            )
        else:
            evidence = counted(
                "{root} is missing and holds {count} record back: {records}",
                "{root} is missing and holds {count} records back: {records}",
                root.held_back,
                root=root.root_key,
                **held,
            )
        return _fail(key, evidence)
    told = _told_of(case, ErrorClass.MISSING_REFERENCE)
    if told is not None:
        return _fail(key, told)
    if not any(case.is_seen(source) for source in case.facts.sources.values()):
        return _unknown(key, say(N_("Nothing is seen of this integration at the moment")))
    return _pass(key, say(N_("No record waits for another one")))


def collector_sighted(case: Case) -> Check:
    """By the last poll of each source."""
    key = "collector_sighted"
    if case.judgement.blind:
        blind = case.judgement.blind[0]
        return _unread(blind.reason, case.facts.sources.get(blind.source))
    for source in case.facts.sources.values():
        if source.last_result is PollResult.FAILED:
            return _unread(of_source(source), source, mild=True)
    if (unfit := first_unfit(case)) is not None:
        return Check(key, Outcome.FAIL, TITLES[key], of_items(unfit), OF_ITEMS, mild=True)
    if not any(source.last_poll_at for source in case.facts.sources.values()):
        return _unknown(key, say(N_("No source has been looked at yet")))
    return _pass(key, say(N_("Every source answered when last looked at")))
