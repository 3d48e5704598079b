"""Each indicator's reading on small facts: its value, what it counts, and when it says no data."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.facts import CredentialFact, QuotaFact, RunFact, WindowFacts
from core.histogram import Histogram
from core.i18n import translator
from core.records import CredentialReading, QuotaReading, RunStatus
from core.units import Window
from health.context import IndicatorContext, SourceView, errors_among
from health.indicator import Reading
from health.registry import indicators
from health.schedule import Timetable
from tests.health.health_makers import NOW, context, facts, open_run, run, source

TEN_RUNS = Window(runs=10)
HOUR = Window(duration=timedelta(hours=1))
DAILY = Timetable(cron="0 2 * * *", zone=ZoneInfo("UTC"))


def read(name: str, known: Any, window: Window | None = None, ctx: IndicatorContext | None = None) -> Reading:
    indicator = indicators()[name]
    return indicator.read(known, window or indicator.default_window, ctx or context())


def in_window(window: Window, **sums: Any) -> Any:
    return facts(windows={window: WindowFacts(**sums)})


def test_every_indicator_has_a_docstring_that_says_what_it_needs() -> None:
    """Unit, window, facts, and what no data means."""
    import importlib

    for name in indicators():
        text = " ".join((importlib.import_module(f"health.indicators.{name}").__doc__ or "").split())
        assert all(word in text for word in ("Unit:", "Window:", "Facts:", "No data:")), name


@pytest.mark.parametrize(
    ("runs", "partial_is_failure", "value", "events"),
    [
        ({}, False, None, 0),
        ({"cancelled": 3, "skipped": 2, "unknown": 4}, False, None, 0),
        ({"succeeded": 7, "failed": 3}, False, 0.3, 10),
        ({"succeeded": 7, "failed": 3, "cancelled": 90}, False, 0.3, 10),
        ({"succeeded": 6, "partial": 1, "failed": 3}, False, 0.3, 10),
        ({"succeeded": 6, "partial": 1, "failed": 3}, True, 0.4, 10),
    ],
    ids=["no run", "none counted", "3 of 10", "cancelled beside", "partial is none", "partial is one"],
)
def test_run_failure_ratio_counts_as_the_design_says(
    runs: dict[str, int], partial_is_failure: bool, value: float | None, events: int
) -> None:
    """Failures through succeeded, partial and failed; all else stands beside."""
    known = in_window(TEN_RUNS, runs={RunStatus(status): count for status, count in runs.items()})
    reading = read("run_failure_ratio", known, ctx=context(partial_is_failure=partial_is_failure))
    assert (reading.value, reading.events) == (pytest.approx(value) if value else value, events)


def test_the_failure_ratio_reads_as_a_sentence() -> None:
    """Written for a support person."""
    known = in_window(TEN_RUNS, runs={RunStatus.SUCCEEDED: 7, RunStatus.FAILED: 3})
    assert str(read("run_failure_ratio", known).detail) == "3 of the last 10 runs failed"


@pytest.mark.parametrize(
    ("recent", "value"),
    [
        ((), None),
        ((run("cancelled"),), None),
        ((run("succeeded"),), 0),
        ((run("failed", 1), run("failed", 2), run("succeeded", 3)), 2),
        ((run("cancelled", 1), run("failed", 2), run("skipped", 3), run("failed", 4)), 2),
        ((run("succeeded", 1), run("failed", 2)), 0),
        ((run("succeeded", 1, job="b"), run("failed", 2, job="a"), run("failed", 3, job="a")), 2),
        ((run("succeeded", 1, job="b"), run("failed", 400, job="a")), 0),
        ((run("failed", 400, job="a"),), 1),
        ((run("succeeded", 1, job="j0"), *(run("failed", n, job=f"j{n}") for n in range(2, 14))), 0),
    ],
    ids=[
        "no run",
        "none counted",
        "succeeded",
        "two failed",
        "cancelled and skipped between",
        "mended",
        "another job succeeded",
        "a job given up long ago",
        "nothing ran since",
        "names that are no jobs",
    ],
)
def test_consecutive_failures_are_those_of_the_worst_job(
    recent: tuple[RunFact, ...], value: float | None
) -> None:
    """The newest row of failures of any job that still runs."""
    assert read("consecutive_failures", facts(*recent)).value == value


def test_a_running_run_does_not_end_a_row_of_failures() -> None:
    """It stays failing while the next run is still going, and says what went wrong."""
    reading = read(
        "consecutive_failures", facts(run("failed", error_message="boom\nat x"), open_runs=(open_run(0.1),))
    )
    assert reading.value == 1
    assert str(reading.detail) == "The last run failed: boom"
    assert reading.since == NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("sums", "value", "events"),
    [
        ({}, None, 0),
        ({"records_read": 10}, None, 0),
        ({"records_read": 0, "records_failed": 0}, None, 0),
        ({"records_read": 10, "records_failed": 2}, 0.2, 10),
        ({"records_written": 6, "records_skipped": 2, "records_failed": 2}, 0.2, 10),
        ({"records_failed": 3}, 1.0, 3),
    ],
    ids=["no run", "failures not told", "no record", "of read", "of written and skipped", "only failures"],
)
def test_record_failure_ratio(sums: dict[str, int], value: float | None, events: int) -> None:
    """Failed records through all that were dealt with."""
    window = Window(duration=timedelta(hours=36))
    reading = read("record_failure_ratio", in_window(window, **sums))
    assert (reading.value, reading.events) == (value, events)


def test_failed_records_are_told_with_their_time() -> None:
    """How many is little without: within which time."""
    window = Window(duration=timedelta(hours=1))
    reading = read("record_failure_ratio", in_window(window, records_read=10, records_failed=2), window)
    assert translator("en").render(reading.detail) == "2 of 10 records failed within 1 hour"
    assert translator("ru").render(reading.detail) == "С ошибкой 2 из 10 записей за 1 час"


@pytest.mark.parametrize(
    ("known", "value"),
    [
        (facts(), None),
        (facts(run("succeeded", 2)), 2 * 3600 - 20),
        (facts(run("failed", 2), run("failed", 3)), 3 * 3600 + 300 - 20),
        (facts(run("succeeded", 2), sources={"log": source(seconds_ago=3600)}), 3600),
        (facts(sources={"log": source(seconds_ago=None)}), None),
    ],
    ids=["never ran", "two hours ago", "never succeeded", "blind for an hour", "never seen"],
)
def test_run_staleness_counts_to_the_last_look(known: Any, value: float | None) -> None:
    """A blind collector does not age the runs."""
    assert read("run_staleness_seconds", known).value == value


@pytest.mark.parametrize(
    ("known", "timetable", "value"),
    [
        (facts(), None, None),
        (facts(run("succeeded", 9.9)), DAILY, 0),
        (facts(run("succeeded", 33.9)), DAILY, 1),
        (facts(run("succeeded", 57.9)), DAILY, 2),
        (
            facts(
                run("succeeded", 33.9), open_runs=(open_run(9.9),), last_started_at=NOW - timedelta(hours=9.9)
            ),
            DAILY,
            0,
        ),
        (facts(run("succeeded", 57.9), open_runs=(open_run(33.8),)), DAILY, 1),
        (facts(run("succeeded", 9.9), open_runs=(open_run(33.8),)), DAILY, 1),
        (facts(run("succeeded", 33.9), open_runs=(open_run(9.9, "queued"),)), DAILY, 1),
        (facts(sources={"log": source(seconds_ago=None)}), DAILY, None),
        (facts(sources={"log": source(seconds_ago=None), "other": source("other")}), DAILY, None),
        (facts(run("succeeded", 33.9), sources={"log": source(), "other": source("other", None)}), DAILY, 1),
        (
            facts(sources={"log": source(), "other": source("other")}, known_since=NOW - timedelta(days=2)),
            DAILY,
            2,
        ),
        (facts(run("succeeded", 9.9, started_at=None)), DAILY, 0),
        (facts(run("succeeded", 33.9), last_started_at=NOW + timedelta(days=1)), DAILY, 1),
    ],
    ids=[
        "no schedule",
        "kept",
        "missed once",
        "missed twice",
        "started, not ended yet",
        "the last start was a slot ago",
        "one never ended beside a good one",
        "only queued",
        "never seen",
        "not seen where they may be",
        "not seen where they are not",
        "nothing ran",
        "only the end is known",
        "a run planned for tomorrow",
    ],
)
def test_missed_runs(known: Any, timetable: Timetable | None, value: float | None) -> None:
    """Slots without a start; a run that never ends counts once a later slot is overdue."""
    assert read("missed_runs", known, ctx=context(timetable)).value == value


def told(records: int | None, hours_ago: float, status: str = "succeeded") -> RunFact:
    made: RunFact = run(status, hours_ago, records_written=records)
    return made


@pytest.mark.parametrize(
    ("counts", "value"),
    [
        ([], None),
        ([0, 5, 5, 5, 5], None),
        ([0, 5, 5, 5, 5, 5], 1),
        ([0, 0, 0, 5, 5, 5, 5, 5], 3),
        ([5, 0, 5, 5, 5, 5], 0),
        ([0, 5, 0, 5, 5, 5], 0),
        ([0, 0, 5, 0, 5, 5, 5], 2),
        ([0, 0, 0, 5, 0, 0, 0, 1], 0),
        ([None, 0, 5, 5, 5, 5, 5], 1),
    ],
    ids=[
        "no run",
        "too few",
        "one, unusual",
        "three in a row",
        "mended",
        "one, as before",
        "longer than before",
        "none are usual",
        "a run that told no count",
    ],
)
def test_zero_records_where_records_are_usual(counts: list[int | None], value: float | None) -> None:
    """A success without records counts if earlier runs mostly had some, and never so long none."""
    known = facts(*(told(count, hours) for hours, count in enumerate(counts, start=1)))
    assert read("zero_records", known).value == value


def test_duration_and_latency_are_quantiles_with_their_counts() -> None:
    """95 % took so long or less; without values there is no data."""
    known = in_window(HOUR, duration=Histogram(range(1, 21)), latency=Histogram([0.1] * 19 + [9.0]))
    assert read("run_duration_p95_seconds", known, HOUR).value == 19
    assert read("api_latency_p95_seconds", known).value == 0.1
    assert read("api_latency_p95_seconds", known).events == 20
    assert read("api_latency_p95_seconds", facts()).value is None


def test_api_errors_are_what_each_source_says() -> None:
    """4xx and 5xx by default; 499 and unreadable lines are no errors; `not_errors` excuses."""
    calls = {("gw", 200): 80, ("gw", 404): 10, ("gw", 500): 5, ("gw", 499): 5, ("gw", 0): 50}
    known = in_window(HOUR, calls=calls)
    assert (read("api_error_ratio", known).value, read("api_error_ratio", known).events) == (0.15, 100)
    excused = SourceView("gw", is_error=errors_among(("4xx", "5xx"), ("404",)))
    assert read("api_error_ratio", known, ctx=context(sources={"gw": excused})).value == 0.05
    named = SourceView("gw", is_error=errors_among(("499", "5xx")))
    assert read("api_error_ratio", known, ctx=context(sources={"gw": named})).value == 0.10
    assert read("api_error_ratio", facts()).value is None


def quota(**fields: Any) -> Any:
    values = {
        "scope": "k",
        "quota": "core",
        "observed_at": NOW - timedelta(minutes=5),
        "limit": 100,
        "remaining": 10,
    }
    return facts(quotas=(QuotaFact(source="probe", reading=QuotaReading(**{**values, **fields})),))


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"resets_at": NOW + timedelta(minutes=1)}, 0.9),
        ({"resets_at": NOW}, None),
        ({"window_seconds": 600}, 0.9),
        ({"window_seconds": 60}, None),
        ({}, 0.9),
        ({"observed_at": NOW - timedelta(days=2)}, None),
        ({"limit": None}, None),
        ({"limit": 0}, None),
        ({"limit": None, "remaining": None, "limited": True, "resets_at": NOW + timedelta(minutes=1)}, 1.0),
        ({"remaining": 50, "limited": True, "resets_at": NOW + timedelta(minutes=1)}, 1.0),
        ({"limited": True}, 1.0),
        ({"limited": True, "observed_at": NOW - timedelta(minutes=20)}, None),
    ],
    ids=[
        "holds",
        "reset has passed",
        "within its window",
        "window is over",
        "no reset told",
        "too old",
        "no limit",
        "limit of 0",
        "refused without numbers",
        "refused with some left",
        "refused a moment ago",
        "refused long ago, no reset told",
    ],
)
def test_quota_used_ratio_ignores_readings_that_are_over(fields: dict[str, Any], value: float | None) -> None:
    """Never divides by a limit that is not there; a refusal is all of it."""
    got = read("quota_used_ratio", quota(**fields)).value
    assert got == (pytest.approx(value) if value else value)


@pytest.mark.parametrize(
    ("valid", "value"), [(True, 0), (False, 1), (None, None)], ids=["valid", "invalid", "not told"]
)
def test_credential_invalid(valid: bool | None, value: float | None) -> None:
    """Only a key found invalid counts; not knowing is no data."""
    reading = CredentialReading(observed_at=NOW, valid=valid, reason="401")
    known = facts(credentials=(CredentialFact(source="key", reading=reading),))
    assert read("credential_invalid", known).value == value


def test_credential_expiry_is_negative_once_past() -> None:
    """The first of several keys; none that tells is no data."""
    keys = [
        CredentialFact(source=name, reading=CredentialReading(observed_at=NOW, valid=True, expires_at=at))
        for name, at in (("a", NOW + timedelta(days=3)), ("b", NOW - timedelta(seconds=5)), ("c", None))
    ]
    assert read("credential_expires_in_seconds", facts(credentials=tuple(keys))).value == -5
    assert read("credential_expires_in_seconds", facts(credentials=tuple(keys[:1]))).value == 3 * 86400
    assert read("credential_expires_in_seconds", facts(credentials=tuple(keys[2:]))).value is None


def test_runs_that_only_a_source_not_required_may_hold_are_missed() -> None:
    """That it was never read keeps nothing open: it does not have to be."""
    known = facts(
        sources={"log": source(), "other": source("other", None)}, known_since=NOW - timedelta(days=2)
    )
    views = {"log": SourceView("log"), "other": SourceView("other", required=False)}
    assert read("missed_runs", known, ctx=context(DAILY, sources=views)).value == 2
    assert read("missed_runs", known, ctx=context(DAILY)).value is None


def test_poll_staleness_is_that_of_the_stalest_required_source() -> None:
    """A source that is not required is left out."""
    known = facts(sources={"a": source("a", 30), "b": source("b", 300)})
    assert read("poll_staleness_seconds", known).value == 300
    optional = context(sources={"b": SourceView("b", required=False)})
    assert read("poll_staleness_seconds", known, ctx=optional).value == 30
    assert read("poll_staleness_seconds", facts(sources={})).value is None
