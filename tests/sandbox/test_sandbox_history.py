"""The invented month: the same for one seed, shaped like a month of work, and troubled where it should be."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.access_lines import FORMATS
from sandbox.feeds import FEEDS, FEEDS_BY_KEY
from sandbox.history import History
from sandbox.past_calls import calls_of
from sandbox.runs import LoggedRun
from sandbox.troubles import DEFAULT_MIX, SCENARIOS, Troubles
from sandbox.world import open_world

ORIGIN = datetime(2026, 3, 4, 15, 30, 20, tzinfo=UTC)


def _runs(seed: int, start: datetime, end: datetime, *scenarios: str) -> list[LoggedRun]:
    since = {name: ORIGIN - SCENARIOS[name].head_start for name in scenarios}
    return History(seed, ORIGIN, Troubles(ORIGIN, since)).runs(start, end)


@pytest.fixture(scope="module")
def month() -> list[LoggedRun]:
    """A month with the demo's troubles."""
    return _runs(7, ORIGIN - timedelta(days=30), ORIGIN, *DEFAULT_MIX)


def test_a_seed_always_tells_the_same_story() -> None:
    """Two worlds of one seed have equal runs and calls; another seed's differ."""
    start = ORIGIN - timedelta(days=1)
    runs = _runs(7, start, ORIGIN)
    assert runs == _runs(7, start, ORIGIN)
    assert runs != _runs(8, start, ORIGIN)
    feed = FEEDS_BY_KEY["jira"]
    jira = [run for run in runs if run.integration == "jira"]
    assert [list(calls_of(feed, run, 7)) for run in jira] == [list(calls_of(feed, run, 7)) for run in jira]


def test_a_month_in_two_parts_is_the_same_month(month: list[LoggedRun]) -> None:
    """Runs depend on their due time only, so a gap can be filled later."""
    middle = ORIGIN - timedelta(days=4)
    parts = [
        *_runs(7, ORIGIN - timedelta(days=30), middle, *DEFAULT_MIX),
        *_runs(7, middle, ORIGIN, *DEFAULT_MIX),
    ]
    missing = {run.id for run in month} - {run.id for run in parts}
    assert len(missing) <= len(FEEDS)  # those that were on their way at the cut


def test_the_month_is_modest_and_whole(month: list[LoggedRun]) -> None:
    """Every integration has runs, ids are unique, and all of it stays small enough to read at once."""
    assert {run.integration for run in month} == set(FEEDS_BY_KEY)
    assert len({run.id for run in month}) == len(month)
    assert 20_000 < len(month) < 40_000
    assert all(run.finished_at is not None and run.finished_at < ORIGIN for run in month)
    assert all(run.written + run.skipped + run.failed <= run.read for run in month)


def test_nights_and_weekends_are_quieter(month: list[LoggedRun]) -> None:
    """Fewer records are read at night than on a working day."""
    read = {True: [0, 0], False: [0, 0]}
    for run in month:
        if run.integration == "moodle":
            working = run.started_at.weekday() < 5 and 7 <= run.started_at.hour < 15
            read[working][0] += run.read
            read[working][1] += 1
    assert read[True][0] / read[True][1] > 2 * read[False][0] / read[False][1] * 0.8


@pytest.mark.parametrize(
    ("key", "state", "code"),
    [
        ("bamboohr", "error", "401"),
        ("peoplesoft", "done_with_errors", None),
        ("moodle", "done", None),
        ("hh", "done", None),
    ],
)
def test_the_demo_begins_in_the_middle_of_things(
    month: list[LoggedRun], key: str, state: str, code: str | None
) -> None:
    """The last run of each integration already tells of its scenario."""
    last = [run for run in month if run.integration == key][-1]
    assert (last.state, last.error_code) == (state, code)


def test_a_missing_manager_holds_back_his_people(month: list[LoggedRun]) -> None:
    """The failed records of PeopleSoft name the one manager they wait for."""
    last = [run for run in month if run.integration == "peoplesoft"][-1]
    assert last.errors
    assert {error.held_back_by for error in last.errors} == {"9042"}
    errors = [error for run in month if run.integration == "peoplesoft" for error in run.errors]
    everyone = {error.key for error in errors if error.code == "manager_not_found"}
    assert len(everyone) == 42


def test_the_nightly_export_did_not_come(month: list[LoggedRun]) -> None:
    """1C has no run of the last night."""
    last = [run for run in month if run.integration == "zup"][-1]
    assert ORIGIN - last.started_at > timedelta(hours=24)


def test_lines_are_as_nginx_writes_them(month: list[LoggedRun]) -> None:
    """Combined with the request's time behind it, and JSON."""
    run = next(run for run in month if run.integration == "okta")
    call = next(iter(calls_of(FEEDS_BY_KEY["okta"], run, 7)))
    assert FORMATS["combined"](call).startswith(f"10.20.0.5 - okta [{call.at:%d/%b/%Y:%H:%M:%S} +0000] ")
    assert FORMATS["json"](call).startswith('{"time":"')


def test_a_second_start_goes_on_where_the_first_left(tmp_path: Path) -> None:
    """Nothing is made twice: the gap between the starts is filled, files only grow."""
    clock = [ORIGIN]
    first = open_world(tmp_path, clock=lambda: clock[0], days=2)
    log = tmp_path / "logs" / "sync" / "moodle-sync.jsonl"
    before, runs = log.read_bytes(), first.runs.count()
    clock[0] += timedelta(hours=2)
    second = open_world(tmp_path, clock=lambda: clock[0], days=2)
    assert log.read_bytes().startswith(before)
    assert runs + 120 < second.runs.count() < runs + 400
    ids = [run.id for run in second.runs.page(None, None, None, 10**6)[0]]
    assert len(ids) == len(set(ids))
    assert (second.origin, second.troubles.since) == (first.origin, first.troubles.since)


def test_a_first_start_that_was_killed_is_begun_anew(tmp_path: Path) -> None:
    """Runs and logs without the state file are discarded, not doubled."""
    whole = open_world(tmp_path, clock=lambda: ORIGIN, days=1).runs.count()
    (tmp_path / "state.json").unlink()
    assert open_world(tmp_path, clock=lambda: ORIGIN, days=1).runs.count() == whole
