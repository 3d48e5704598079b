"""What single checks of the FAQ say, on facts made by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.facts import FileFact, SourceFacts, WindowFacts
from core.i18n import translator
from core.records import PollResult
from core.units import Window
from health.context import SourceView
from health.diagnosis import Outcome, diagnose
from health.diagnosis.check import Case
from health.diagnosis.checks import (
    collector_sighted,
    file_as_agreed,
    key_valid,
    limits_respected,
    schedule_kept,
)
from health.rules import DEFAULT_RULES
from health.schedule import Timetable
from health.status import judge
from tests.health.health_makers import NOW, context, facts, source


def test_too_many_files_are_not_asked_for_again() -> None:
    """More files than agreed came: the extra export is stopped, or the agreement changed."""
    views = {"staff": SourceView("staff", max_files_per_day=1)}
    known = facts(files=(FileFact(source="staff", name="staff.csv", arrived_at=NOW, times=3),))
    at_work = context(sources=views)
    found = file_as_agreed(Case(known, judge(DEFAULT_RULES, known, at_work), at_work))
    assert found.outcome is Outcome.FAIL
    assert "why more files came" in found.next_step
    assert "again" not in found.next_step


def case_of(seen: SourceFacts, windows: dict[Window, WindowFacts] | None = None) -> Case:
    """What is known where one source was last looked at so."""
    known = facts(sources={"log": seen}, windows=windows or {})
    at_work = context(sources={"log": SourceView("log")})
    return Case(known, judge(DEFAULT_RULES, known, at_work), at_work)


def refused(error: str, result: PollResult = PollResult.FAILED, seconds_ago: float = 600) -> SourceFacts:
    return source(seconds_ago=seconds_ago, last_poll_at=NOW, last_result=result, last_error=error)


@pytest.mark.parametrize("seconds_ago", [20, 600], ids=["just now", "for long"])
@pytest.mark.parametrize(
    ("error", "step"),
    [
        ("answered 401 Unauthorized from http://hr.test/log: the key was revoked", "a key that is valid"),
        ("answered 403 Forbidden from http://hr.test/log", "a key that is valid"),
        ("asked to come back later: 429 Too Many Requests from http://hr.test/log", "look less often"),
        ("http://hr.test/log sent nothing for 30 s", "reached from this machine"),
        ("connection refused by hr.test:443", "reached from this machine"),
        ("answered 500 Internal Server Error from http://hr.test/log", "a fault of its own"),
        ("sqlite:///jobs.db: the query failed: no such table: jobs", "renamed or taken away"),
        ("something nobody has heard of", "See the collectors on System"),
    ],
)
def test_the_next_step_about_a_source_suits_its_error(error: str, step: str, seconds_ago: float) -> None:
    """What is to be done about a refused key is not what is to be done about a table that was renamed."""
    found = collector_sighted(case_of(refused(error, seconds_ago=seconds_ago)))
    assert found.outcome is Outcome.FAIL
    assert step in found.next_step
    assert not translator("ru").text(found.next_step).isascii()


def test_a_source_that_is_refused_says_what_is_known_of_its_key_and_its_limit() -> None:
    """The integration's own key may be another one, so it is not called invalid; but "nobody looks" is wrong."""
    key = key_valid(case_of(refused("answered 401 Unauthorized from http://hr.test/log")))
    assert key.outcome is Outcome.UNKNOWN
    assert "401 Unauthorized" in str(key.evidence)
    limit = limits_respected(case_of(refused("asked to come back later: 429 Too Many Requests")))
    assert (limit.outcome, limit.mild) == (Outcome.FAIL, True)
    assert "429 Too Many Requests" in str(limit.evidence)


@pytest.mark.parametrize(
    ("refusals", "others", "leads"), [(1, 14, False), (10, 2, True)], ids=["few of them", "most of them"]
)
def test_a_limit_explains_the_errors_only_where_most_of_them_are_refusals(
    refusals: int, others: int, leads: bool
) -> None:
    """One 429 beside fourteen other errors is told, and is not their cause."""
    calls = {("log", 429): refusals, ("log", 404): others, ("log", 200): 30}
    hour = Window(duration=timedelta(hours=1))
    case = case_of(source(), {hour: WindowFacts(calls=calls)})
    assert limits_respected(case).outcome is Outcome.FAIL
    cause = diagnose(case).cause
    assert cause is not None
    assert ("limit" in str(cause)) is leads


@pytest.mark.parametrize(
    ("seconds_ago", "said"), [(600, "has sent nothing since"), (None, "has sent nothing yet")]
)
def test_a_source_that_sends_is_said_to_send_nothing(seconds_ago: float | None, said: str) -> None:
    """Nobody reads it, so it cannot be told that it was not read."""
    found = collector_sighted(case_of(source(seconds_ago=seconds_ago, type="push")))
    assert said in str(found.evidence)
    assert "the job that sends" in found.next_step
    assert not translator("ru").text(found.next_step).isascii()


@pytest.mark.parametrize(
    ("kind", "bad", "told"), [("rest", 7, True), ("sql", 1, True), ("log_file", 7, False), ("rest", 0, False)]
)
def test_items_that_the_mapping_does_not_fit_are_told(kind: str, bad: int, told: bool) -> None:
    """Of an API and of a table, which somebody mapped; a log holds lines that are none of its mapping's business."""
    found = collector_sighted(case_of(source(type=kind, last_result=PollResult.OK, bad_items_last_poll=bad)))
    assert (found.outcome is Outcome.FAIL, found.mild, f"{bad} item" in str(found.evidence)) == (
        told,
        told,
        told,
    )
    assert ("System" in found.next_step) is told


def test_nobody_saw_that_the_runs_of_an_integration_without_sources_began() -> None:
    """So it is not said that they did."""
    known, at_work = facts(sources={}), context(Timetable(every=timedelta(hours=1)))
    found = schedule_kept(Case(known, judge(DEFAULT_RULES, known, at_work), at_work))
    assert found.outcome is Outcome.UNKNOWN
    assert str(found.evidence) == "No source looks at the runs"


@pytest.mark.parametrize(
    ("result", "back_in", "blind"),
    [
        (PollResult.OK, timedelta(minutes=10), False),
        (PollResult.OK, timedelta(seconds=-30), False),
        (PollResult.OK, timedelta(minutes=-2), True),
        (PollResult.OK, timedelta(hours=9), True),
        (PollResult.DEFERRED, timedelta(minutes=10), True),
        (PollResult.OK, None, True),
    ],
    ids=[
        "answered, and asked us to wait",
        "due just now",
        "overdue",
        "for hours",
        "did not answer",
        "asked nothing",
    ],
)
def test_a_source_that_answered_and_asked_us_to_wait_is_seen_until_then(
    result: PollResult, back_in: timedelta | None, blind: bool
) -> None:
    """A probe that got a 429 with a Retry-After of a minute is not blind twice a minute; one away for hours is."""
    not_before = NOW + back_in if back_in is not None else None
    seen = source(seconds_ago=600, last_result=result, not_before=not_before)
    assert bool(case_of(seen).judgement.blind) is blind
