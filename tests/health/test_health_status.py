"""The verdict: the default rules on integrations of every rhythm, and what outweighs what."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from core.facts import CredentialFact, Facts, RunFact, WindowFacts
from core.records import CredentialReading, PollResult, RunStatus
from core.units import Threshold, Unit, Window
from health.context import SourceView
from health.rules import DEFAULT_RULES, Rule
from health.schedule import Timetable
from health.status import Health, Judgement, Level, judge
from tests.health.health_makers import NOW, context, facts, open_run, run, source

DAILY = Timetable(cron="0 2 * * *", zone=ZoneInfo("UTC"))
OFTEN = Timetable(cron="*/5 * * * *", zone=ZoneInfo("UTC"))
COUNTED = {RunStatus.SUCCEEDED, RunStatus.PARTIAL, RunStatus.FAILED}


def with_windows(known: Facts, **calls: Any) -> Facts:
    """The facts with the sums of their recent runs, as storage would give them."""
    sums: dict[Window, WindowFacts] = {}
    for text in ("10 runs", "6h", "36h", "24h", "1h"):
        window = Window.parse(text)
        runs = [one for one in known.recent if one.status in COUNTED][: window.runs or None]
        if window.duration:
            runs = [one for one in runs if one.finished_at and NOW - one.finished_at <= window.duration]
        counts = {status: sum(one.status is status for one in runs) for status in COUNTED}
        sums[window] = WindowFacts(runs=counts, calls=calls.get("calls", {}) if text in {"24h", "1h"} else {})
    return msgspec.structs.replace(known, windows=sums)


def verdict(known: Facts, timetable: Timetable | None = None, **more: Any) -> Judgement:
    return judge(DEFAULT_RULES, known, context(timetable, **more))


def daily(pattern: str) -> tuple[RunFact, ...]:
    """One run a day at 02:00, the newest first: `F` failed, `S` succeeded."""
    return tuple(
        run("failed" if letter == "F" else "succeeded", 9.9 + 24 * day) for day, letter in enumerate(pattern)
    )


def often(pattern: str) -> tuple[RunFact, ...]:
    """One run each five minutes, the newest first."""
    return tuple(
        run(
            "failed" if letter == "F" else "succeeded",
            (1 + 5 * number) / 60,
            started_at=NOW - timedelta(minutes=1.5 + 5 * number),
        )
        for number, letter in enumerate(pattern)
    )


@pytest.mark.parametrize(
    ("recent", "timetable", "health", "reason"),
    [
        (daily("SSSSSSS"), DAILY, "healthy", "No problem found"),
        (daily("FSSSSSS"), DAILY, "degraded", "The last run failed"),
        (daily("FFSSSSS"), DAILY, "failing", "The last 2 runs failed"),
        (daily("SFFSSSSSSS"), DAILY, "healthy", "No problem found"),
        (daily("SFSFSFSSSS"), DAILY, "degraded", "3 of the last 10 runs failed"),
        (daily("SFFFFFFSSS"), DAILY, "degraded", "6 of the last 10 runs failed"),
        (often("S" * 50), OFTEN, "healthy", "No problem found"),
        (often("S" * 7 + "F" + "S" * 42), OFTEN, "healthy", "No problem found"),
        (often("F" + "S" * 49), OFTEN, "degraded", "The last run failed"),
        (often("SFFFFF" + "FFFFFFFF" * 5), OFTEN, "failing", "45 of 46 runs failed within 6 hours"),
        (often("SFSSFSSFSS" * 5), OFTEN, "degraded", "15 of 50 runs failed within 6 hours"),
        ((run("failed"), run("cancelled", 2)), None, "degraded", "The last run failed"),
        ((run("cancelled"), run("failed", 2)), None, "degraded", "The last run failed"),
    ],
    ids=[
        "daily, all well",
        "daily, last one failed",
        "daily, last two failed",
        "daily, mended",
        "daily, now and then",
        "daily, mended after a long fault",
        "often, all well",
        "often, one failed a while ago",
        "often, last one failed",
        "often, one success after an outage",
        "often, now and then",
        "no schedule, last one failed",
        "no schedule, cancelled since it failed",
    ],
)
def test_the_default_rules_suit_quiet_and_busy_syncs(
    recent: tuple[RunFact, ...], timetable: Timetable | None, health: str, reason: str
) -> None:
    """One failed daily run is never healthy; one of many may be; a mended sync does not stay failing."""
    found = verdict(with_windows(facts(*recent)), timetable)
    assert (found.health, str(found.reason)) == (health, reason)


@pytest.mark.parametrize(
    ("calls", "health"),
    [
        ({}, "healthy"),
        ({200: 1, 500: 3}, "healthy"),
        ({200: 4, 500: 1}, "healthy"),
        ({200: 2, 500: 3}, "failing"),
        ({200: 96, 500: 4}, "healthy"),
        ({200: 90, 404: 10}, "degraded"),
        ({200: 60, 500: 40}, "failing"),
    ],
    ids=["idle", "too few", "one of five", "three of five", "4 %", "10 %", "40 %"],
)
def test_the_default_rules_suit_idle_and_busy_apis(calls: dict[int, int], health: str) -> None:
    """A few calls in an hour say little; the same few in a day say enough."""
    known = with_windows(facts(), calls={("log", status): count for status, count in calls.items()})
    assert verdict(known).health == health


def test_health_lateness_and_last_outcome_are_three_facts() -> None:
    """The last run succeeded, the next has not come: degraded, late, succeeded."""
    found = verdict(with_windows(facts(run("succeeded", 33.9))), DAILY)
    assert (found.health, found.late) == (Health.DEGRADED, True)
    assert found.late_by == timedelta(hours=10)
    assert found.last_run is not None
    assert found.last_run.status is RunStatus.SUCCEEDED
    assert str(found.reason) == "The run of 24 Nov 2026, 02:00 has not started"
    assert found.since == NOW - timedelta(hours=10)


def test_it_has_been_so_bad_since_the_first_reading_that_tells() -> None:
    """A key found refused a minute ago is the reason; that runs have failed for three hours says since when."""
    reading = CredentialReading(valid=False, reason="expired", observed_at=NOW - timedelta(minutes=1))
    failed = run("failed", 1), run("failed", 2), run("failed", 3), run("succeeded", 4)
    known = with_windows(facts(*failed, credentials=(CredentialFact(source="key", reading=reading),)))
    found = verdict(known)
    assert found.health is Health.FAILING
    assert "The key is not valid" in str(found.reason)
    assert found.since == NOW - timedelta(hours=3)


def test_without_a_schedule_lateness_is_not_judged() -> None:
    """None, not False."""
    found = verdict(facts(run("succeeded", 300)))
    assert (found.late, found.late_by, found.lateness) == (None, None, None)


def test_a_failing_integration_stays_failing_while_its_next_run_is_going() -> None:
    """A start is no recovery."""
    known = with_windows(facts(run("failed", 1), run("failed", 2), open_runs=(open_run(0.1),)))
    assert verdict(known).health is Health.FAILING


@pytest.mark.parametrize(
    ("seconds_ago", "every", "health"),
    [
        (179, 60, "healthy"),
        (181, 60, "unknown"),
        (181, 300, "healthy"),
        (None, 60, "unknown"),
    ],
    ids=["seen", "blind", "seen as often as wanted", "never seen"],
)
def test_unknown_is_three_times_every_without_a_look(
    seconds_ago: float | None, every: int, health: str
) -> None:
    """A required source without a successful poll for so long makes the integration unknown."""
    known = with_windows(facts(run("succeeded"), sources={"log": source(seconds_ago=seconds_ago)}))
    view = SourceView("log", every=timedelta(seconds=every))
    assert verdict(known, sources={"log": view}).health == health


def test_a_source_that_is_not_required_never_makes_it_unknown() -> None:
    """Its news is welcome, not needed."""
    known = facts(run("succeeded"), sources={"log": source(), "extra": source("extra", None)})
    assert verdict(known, sources={"extra": SourceView("extra", required=False)}).health is Health.HEALTHY


def test_a_configured_source_nobody_has_read_makes_it_unknown() -> None:
    """What is in the file, but not yet in the facts, is not known."""
    found = verdict(facts(run("succeeded")), sources={"new": SourceView("new")})
    assert (found.health, str(found.reason)) == (Health.UNKNOWN, "new has not been read yet")
    assert found.known_age is None


def test_bad_lines_never_make_it_unknown() -> None:
    """A poll with bad items was a successful look."""
    known = facts(run("succeeded"), sources={"log": source(bad_items_last_poll=500)})
    assert verdict(known).health is Health.HEALTHY


def test_a_known_failure_outweighs_not_knowing() -> None:
    """The last two runs failed, and then the source went dark: failing, with the blind source named."""
    dark = source(seconds_ago=7200, last_error="connection refused", last_result=PollResult.FAILED)
    found = verdict(with_windows(facts(run("failed", 3), run("failed", 4), sources={"log": dark})))
    assert found.health is Health.FAILING
    assert [one.source for one in found.blind] == ["log"]
    assert "connection refused" in str(found.blind[0].reason)
    assert found.known_age == timedelta(hours=2)


def test_a_blind_source_makes_nothing_late() -> None:
    """Slots since the last look are not missed: nobody looked. What was missed before stays so."""
    dark = source(seconds_ago=8 * 3600)
    found = verdict(
        facts(run("succeeded", 33.9), sources={"log": dark}), Timetable(cron="0 6 * * *", zone=DAILY.zone)
    )
    assert (found.health, found.late) == (Health.DEGRADED, True)
    fresh = verdict(
        facts(run("succeeded", 9.9), sources={"log": dark}), Timetable(cron="0 6 * * *", zone=DAILY.zone)
    )
    assert (fresh.health, fresh.late) == (Health.UNKNOWN, False)


def test_an_invalid_key_is_the_reason_before_its_effects() -> None:
    """Of readings equally bad, the cause is shown."""
    key = CredentialFact(source="key", reading=CredentialReading(observed_at=NOW, valid=False, reason="401"))
    found = verdict(with_windows(facts(run("failed", 1), run("failed", 2), credentials=(key,))))
    assert str(found.reason) == "The key is not valid (source key): 401"


def test_a_new_integration_waits_for_its_first_run() -> None:
    """Nothing seen yet is unknown, not healthy, and says when to look again."""
    found = verdict(facts(known_since=NOW - timedelta(minutes=1)), DAILY)
    assert found.health is Health.UNKNOWN
    assert str(found.reason) == "No run has been seen yet; the next is due at 25 Nov 2026, 02:00"


def test_runs_whose_words_nobody_mapped_are_not_healthy() -> None:
    """A status that is only unknown says nothing."""
    assert verdict(facts(run("unknown"), run("unknown", 2))).health is Health.UNKNOWN


def test_a_paused_integration_is_not_judged() -> None:
    """Unknown with the flag, whatever failed before."""
    found = verdict(facts(run("failed", 1), run("failed", 2)), paused=True)
    assert (found.health, found.paused, found.readings) == (Health.UNKNOWN, True, ())


def test_success_without_records_is_not_success() -> None:
    """Where records are usual, none is a warning and three times none is failing."""
    usual = [run("succeeded", 24 * day, records_written=50) for day in range(4, 10)]
    empty = [run("succeeded", 24 * day, records_written=0) for day in range(1, 4)]
    assert verdict(facts(empty[2], *usual)).health is Health.DEGRADED
    assert verdict(facts(*empty, *usual)).health is Health.FAILING


def test_fewer_events_than_the_rule_wants_are_no_data() -> None:
    """The reading keeps its count, its value is None."""
    rule = Rule(
        "r", "r", "run_failure_ratio", Window(runs=10), Threshold.parse("> 5%", Unit.RATIO), min_events=5
    )
    known = with_windows(facts(run("failed", 1), run("succeeded", 2)))
    [found] = judge([rule], known, context()).readings
    assert (found.reading.value, found.reading.events, found.level) == (None, 2, Level.NO_DATA)
