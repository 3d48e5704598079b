"""Indicators of volume, files and the error budget, on small facts."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.facts import CredentialFact, Facts, FileFact, VolumeFact, WindowFacts
from core.histogram import Histogram
from core.i18n import translator
from core.records import CredentialReading, RunStatus
from core.units import Window
from health.context import IndicatorContext, Promise, SourceView
from health.indicator import Reading
from health.indicators._file_words import VIOLATIONS
from health.registry import indicators
from health.rules import DEFAULT_RULES
from health.status import Level, read_rule
from tests.health.health_makers import NOW, context, facts, open_run, run

DAY = Window(duration=timedelta(hours=24))
HOUR, FIVE_MINUTES = Window(duration=timedelta(hours=1)), Window(duration=timedelta(minutes=5))


def read(name: str, known: Any, window: Window | None = None, **ctx: Any) -> Reading:
    indicator = indicators()[name]
    return indicator.read(known, window or indicator.default_window, context(**ctx))


@pytest.mark.parametrize(
    ("records", "usual", "value", "events"),
    [
        (100, (100, 90, 110, 95), 0.0, 4),
        (45, (100, 90, 110, 95), 0.5, 4),
        (220, (100, 90, 110, 95), 0.5, 4),
        (0, (100, 90, None, 95), 1.0, 3),
        (0, (100, None, None, None), None, 1),
        (0, (5, 4, 6, 5), None, 4),
        (None, (100, 90, 110, 95), None, 4),
        (7, (), None, 0),
    ],
    ids=["usual", "half", "double", "nothing", "one week", "few are usual", "not told", "no history"],
)
def test_volume_is_held_against_the_same_hour_of_earlier_weeks(
    records: int | None, usual: tuple[int | None, ...], value: float | None, events: int
) -> None:
    """Between the least and the most of them is usual; half and double are both 50 %."""
    known = facts(volumes={DAY: VolumeFact(records=records, usual=usual)})
    reading = read("record_volume_deviation", known)
    assert (reading.value, reading.events) == (value, events)


def file(name: str, hours_ago: float, *violations: str, day: int = 24, **more: Any) -> FileFact:
    return FileFact(
        source="staff",
        name=name,
        arrived_at=NOW - timedelta(hours=hours_ago),
        day=NOW.replace(day=day).date(),
        violations=violations,
        **more,
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The file staff.csv is not as agreed: it came later than agreed, it is in another encoding"),
        (
            "ru",
            "Файл staff.csv не соответствует договорённости: пришёл позже, чем договорились, другая кодировка",
        ),
    ],
)
def test_what_a_file_breaks_is_said_in_the_readers_words(language: str, said: str) -> None:
    """And not by the words that records and exports carry."""
    known = facts(files=(file("staff.csv", 1, "late", "encoding"),))
    assert translator(language).render(read("file_contract_violations", known).detail) == said


def test_everything_that_a_file_can_break_has_words() -> None:
    """By what stands in the source that reads files: what it calls a breach of the file, and of rows, is said."""
    code = "".join(
        path.read_text()
        for path in Path(__file__).parents[2].joinpath("collectors/sources").glob("_csv_*.py")
    )
    rules = set(re.findall(r"(?:Broken|_parse|Unpackable)\(\s*\"(\w+)\"", code))
    of_rows = {"columns", "formula", "required"}
    assert {"late", "header_below", "archive_files", "trailer_rows"} <= rules
    assert rules - of_rows == set(VIOLATIONS)


@pytest.mark.parametrize(
    ("files", "value", "events"),
    [
        ((), None, 0),
        ((file("staff_2026-11-24.csv", 1),), 0.0, 1),
        ((file("staff_2026-11-24.csv", 1, "no header", "too large"),), 2.0, 1),
        ((file("staff_2026-11-24.csv", 1), file("staff_2026-11-23.csv", 25, "no header")), 0.0, 1),
        ((file("staff.csv", 1), file("teams.csv", 2, "no header")), 1.0, 2),
        ((file("staff.csv", 24 * 8, "no header"),), None, 0),
    ],
    ids=["none", "as agreed", "two breaches", "mended since", "one of two files", "long ago"],
)
def test_the_newest_delivery_of_each_file_is_held_against_the_contract(
    files: tuple[FileFact, ...], value: float | None, events: int
) -> None:
    """A newer delivery takes an older one's place; other files stand beside it."""
    reading = read("file_contract_violations", facts(files=files))
    assert (reading.value, reading.events) == (value, events)


@pytest.mark.parametrize(
    ("files", "agreed", "value"),
    [
        ((), 1, None),
        ((file("staff.csv", 1, times=9),), None, None),
        ((file("staff.csv", 1),), 1, 0.0),
        ((file("staff.csv", 1, times=3),), 1, 2.0),
        ((file("staff_2.csv", 1), file("staff_1.csv", 2)), 1, 1.0),
        ((file("staff_2.csv", 1), file("staff_1.csv", 2)), 2, 0.0),
        ((file("staff.csv", 1), file("teams.csv", 2)), 1, 0.0),
        ((file("staff.csv", 1), file("staff.csv", 13, day=23)), 1, 0.0),
    ],
    ids=[
        "none",
        "not agreed",
        "once",
        "the same thrice",
        "two versions",
        "two agreed",
        "two files",
        "two days",
    ],
)
def test_a_file_comes_as_often_as_agreed(
    files: tuple[FileFact, ...], agreed: int | None, value: float | None
) -> None:
    """Counted by file and contract day; the same bytes again are counted too."""
    views = {"staff": SourceView("staff", max_files_per_day=agreed)}
    assert read("files_too_frequent", facts(files=files), sources=views).value == value


def sums(failed: int, succeeded: int) -> WindowFacts:
    return WindowFacts(runs={RunStatus.FAILED: failed, RunStatus.SUCCEEDED: succeeded})


@pytest.mark.parametrize(
    ("long", "short", "success", "value"),
    [
        (sums(20, 80), sums(5, 5), 0.99, 20.0),
        (sums(50, 50), sums(1, 9), 0.99, 10.0),
        (sums(50, 50), sums(0, 9), 0.99, 0.0),
        (sums(50, 50), WindowFacts(), 0.99, None),
        (WindowFacts(), sums(1, 1), 0.99, None),
        (sums(50, 50), sums(1, 9), 1.0, None),
    ],
    ids=["long is lower", "short is lower", "over by now", "short empty", "long empty", "promise of all"],
)
def test_the_budget_burns_as_fast_as_the_slower_of_both_windows(
    long: WindowFacts, short: WindowFacts, success: float, value: float | None
) -> None:
    """Failures by what the promise allows; both windows must be above a threshold."""
    known = facts(windows={HOUR: long, FIVE_MINUTES: short})
    reading = read("error_budget_burn", known, promise=Promise(success))
    assert reading.value == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("failed", "succeeded", "level"),
    [
        (144, 856, Level.OK),
        (145, 855, Level.CRITICAL),
        (1, 1, Level.NO_DATA),
    ],
    ids=["exactly the rate", "above it", "too few events"],
)
def test_a_burn_must_be_above_the_rate_with_enough_events(failed: int, succeeded: int, level: Level) -> None:
    """Strictly above 14.4; fewer than ten events are no data."""
    rule = next(rule for rule in DEFAULT_RULES if rule.key == "budget-1h")
    both = sums(failed, succeeded)
    known = facts(windows={HOUR: both, FIVE_MINUTES: both})
    assert read_rule(rule, known, context(promise=Promise(0.99))).level is level


def test_without_a_promise_there_is_no_budget() -> None:
    """No data, and said so."""
    assert read("error_budget_burn", facts(windows={HOUR: sums(1, 1)})).value is None


def test_a_promise_on_records_burns_by_records() -> None:
    """Failed records among all that were dealt with."""
    some = WindowFacts(runs={RunStatus.PARTIAL: 1}, records_written=90, records_failed=10)
    known = facts(windows={HOUR: some, FIVE_MINUTES: some})
    reading = read("error_budget_burn", known, promise=Promise(0.99, "records"))
    assert reading.value == pytest.approx(10)


def full(name: str) -> Facts:
    """Facts of which there is something to read for every indicator. name: of the one that is to read them."""
    indicator = indicators()[name]
    sums = WindowFacts(
        runs={RunStatus.SUCCEEDED: 20, RunStatus.FAILED: 2},
        records_read=90,
        records_written=80,
        records_failed=7,
        duration=Histogram([1.0, 2.0]),
        calls={("log", 200): 40, ("log", 500): 3},
        latency=Histogram([0.1, 0.2]),
    )
    window = indicator.default_window
    windows = indicator.also(window) if window else ()
    key = CredentialReading(observed_at=NOW, valid=False, reason="expired", expires_at=NOW)
    rows = (
        run("failed", 1, records_written=0),
        *(run("succeeded", n, records_written=9) for n in range(2, 12)),
    )
    return facts(
        *rows,
        open_runs=(open_run(0.1),),
        windows=dict.fromkeys(windows, sums),
        volumes={DAY: VolumeFact(records=7, usual=(90, 100, 110))},
        credentials=(CredentialFact(source="log", reading=key),),
    )


@pytest.mark.parametrize("name", [name for name, one in indicators().items() if not one.ages])
@pytest.mark.parametrize("empty", [True, False], ids=["nothing is known", "much is known"])
def test_what_does_not_age_never_asks_for_the_hour(name: str, empty: bool) -> None:
    """Its readings are kept as long as the facts are the same, so the hour must have no part in them."""
    no_hour: Any = object()
    without = IndicatorContext(now=no_hour, promise=Promise(0.9))
    known = facts(sources={}) if empty else full(name)
    indicator = indicators()[name]
    reading = indicator.read(known, indicator.default_window, without)
    assert (reading.value is None) is empty
