"""The board: worst first, counted by state, compared with yesterday, from the snapshot."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from assess.overview import Board, board, board_row, strip_until
from assess.refresh import snapshots
from core.records import CredentialReading, QuotaReading, SyncRun
from health.status import Health
from storage import queries
from storage.queries.rows_series import DayCell
from storage.store import Store
from tests.assess.assess_house import MINUTE, NOW, House, one, run, settings_of

DAY = 24 * 60


def read(house: House) -> Board:
    with house.store.read() as connection:
        return board(connection, house.settings, NOW)


def keys(rows: object) -> list[str]:
    assert isinstance(rows, tuple)
    return [row.verdict.integration.key for row in rows]


@pytest.fixture
def house(store: Store) -> House:
    """Four integrations watched for days: one well, one newly bad, one recovered, one bad all along."""
    house = House(store, settings_of(one("well"), one("new"), one("back"), one("still")))
    for key in ("well", "new", "back", "still"):
        house.poll(key, DAY + 0.5)
        house.poll(key)
    good = [run("g1", minutes=DAY + 30), run("g2", minutes=DAY + 60), run("g3", minutes=20)]
    house.write("well", *good)
    house.write("new", *good[:2], run("b1", "failed", 40), run("b2", "failed", 20))
    house.write("back", run("b1", "failed", DAY + 30), run("b2", "failed", DAY + 60), *_many("g", 12, 20))
    house.write(
        "still", run("b1", "failed", DAY + 30), run("b2", "failed", DAY + 60), run("b3", "failed", 20)
    )
    return house


def _many(name: str, count: int, minutes: float) -> list[SyncRun]:
    return [run(f"{name}{n}", minutes=minutes + n) for n in range(count)]


def test_since_yesterday(house: House) -> None:
    """New, recovered and still open are told apart by the verdict of 24 hours ago."""
    house.refresh()
    found = read(house)
    assert keys(found.changes.new) == ["new"]
    assert keys(found.changes.recovered) == ["back"]
    assert keys(found.changes.still_open) == ["still"]


def test_rows_are_worst_first_and_counted(house: House) -> None:
    """The failing stand on top; counts add up; the whole is as bad as its worst."""
    house.refresh()
    found = read(house)
    assert set(keys(found.rows)[:2]) == {"new", "still"}
    assert found.counts[Health.FAILING] == 2
    assert sum(found.counts.values()) == 4
    assert found.health is Health.FAILING
    assert found.refreshed_at == NOW


def test_the_board_needs_no_snapshot(house: House) -> None:
    """Before the first refresh it is read anew, and says the same of now."""
    fresh = read(house)
    house.refresh()
    stored = read(house)
    assert keys(fresh.rows) == keys(stored.rows)
    assert [row.numbers for row in fresh.rows] == [row.numbers for row in stored.rows]


def test_a_row_holds_its_numbers_and_its_strip(house: House) -> None:
    """The last day's runs and the local days of the strip."""
    house.refresh()
    with house.store.read() as connection:
        row = board_row(connection, house.settings, "new", NOW)
        assert board_row(connection, house.settings, "nobody", NOW) is None
    assert row is not None
    assert (row.numbers.runs, row.numbers.failed, row.numbers.success_ratio) == (2, 2, 0.0)
    assert len(row.strip) == 30
    assert row.strip[-1] == DayCell(date(2026, 11, 24), 0, 0, 2, 0)
    assert row.strip[-2] == DayCell(date(2026, 11, 23), 2, 0, 0, 0)
    assert row.last_run is not None
    assert row.last_run.external_id == "b2"


def test_an_unchanged_snapshot_ages(house: House) -> None:
    """Facts of an hour ago are judged as of now: nobody has looked since, so it is unknown."""
    house.refresh()
    with house.store.read() as connection:
        later = board(connection, house.settings, NOW + timedelta(hours=1))
    by_key = {row.verdict.integration.key: row.verdict.health for row in later.rows}
    assert by_key["well"] is Health.UNKNOWN
    assert by_key["new"] is Health.FAILING


def test_history_older_than_our_watching_is_compared_too(store: Store) -> None:
    """On the first day yesterday is judged by the records alone, not as never polled."""
    house = House(store, settings_of(one("a"), one("b")), known_for=timedelta(minutes=5))
    for key in ("a", "b"):
        house.poll(key)
    house.write("a", *_many("g", 3, DAY + 30), run("b1", "failed", 30), run("b2", "failed", 20))
    house.write("b", *_many("g", 3, 30))
    house.refresh()
    changes = read(house).changes
    assert keys(changes.new) == ["a"]
    assert changes.recovered == ()


def test_what_was_not_known_yesterday_has_not_recovered(store: Store) -> None:
    """A yesterday computed before the first records came knows of no problem: nothing was watched then."""
    hourly = "schedule: {every: 1h, grace: 1h}"
    settings = settings_of(one("well", more=hourly), one("bad", more=hourly))
    house = House(store, settings, known_for=timedelta(minutes=5))
    house.refresh()
    for key in ("well", "bad"):
        house.poll(key)
    house.write("well", *_many("g", 3, 30))
    house.write("bad", run("b1", "failed", 30), run("b2", "failed", 20))
    house.refresh(yesterday=False)
    changes = read(house).changes
    assert (keys(changes.new), keys(changes.recovered), keys(changes.still_open)) == (["bad"], [], [])


def test_missed_and_running_out(store: Store) -> None:
    """Late integrations, tired keys and full limits have lists of their own."""
    house = House(
        store, settings_of(one("late", more="schedule: {cron: '0 * * * *'}"), one("key"), one("limit"))
    )
    for key in ("late", "key", "limit"):
        house.poll(key)
        house.write(key, run("1", minutes=200))
    house.write("key", credentials=(CredentialReading(observed_at=NOW - MINUTE, valid=False, reason="401"),))
    reading = QuotaReading(
        scope="k", quota="day", observed_at=NOW - MINUTE, limit=100, remaining=2, resets_at=NOW + 60 * MINUTE
    )
    house.write("limit", quotas=(reading,))
    house.refresh()
    found = read(house)
    assert keys(found.changes.missed) == ["late"]
    assert {
        (one.row.verdict.integration.key, one.reading.rule.indicator) for one in found.changes.running_out
    } == {
        ("key", "credential_invalid"),
        ("limit", "quota_used_ratio"),
    }
    limit = next(row for row in found.rows if row.verdict.integration.key == "limit")
    assert limit.quota_used_ratio == pytest.approx(0.98)


def test_paused_stand_apart(store: Store) -> None:
    """What is paused is listed last and counted nowhere."""
    house = House(store, settings_of(one("p", more="paused: yes"), one("a")))
    house.poll("a")
    house.write("a", run("1"))
    house.refresh()
    found = read(house)
    assert keys(found.rows) == ["a", "p"]
    assert (found.apart, found.health, sum(found.counts.values())) == (1, Health.HEALTHY, 1)


def test_a_new_rule_window_is_read_anew(house: House) -> None:
    """A window that the stored facts lack is not taken for no data."""
    house.refresh()
    rule = "alerts: [{key: r, name: R, indicator: run_failure_ratio, window: 37m, critical: '> 1%', min_events: 1}]"
    house.settings = settings_of(one("well"), one("new"), one("back"), one("still"), head=rule)
    found = read(house)
    readings = {
        row.verdict.integration.key: one.reading.value
        for row in found.rows
        for one in row.verdict.judgement.readings
        if one.rule.key == "r"
    }
    assert readings == {"well": 0.0, "new": 1.0, "back": 0.0, "still": 1.0}


def test_only_changed_integrations_are_refreshed(house: House) -> None:
    """An incremental refresh leaves the others' rows as they are."""
    house.refresh()
    later = NOW + MINUTE
    with house.store.read() as connection:
        rows = snapshots(connection, house.settings, later, {"new"}, yesterday=False)
    house.writer.save_overview(rows)
    with house.store.read() as connection:
        times = {row.integration: row.refreshed_at for row in queries.overview(connection)}
    assert times == {"well": NOW, "new": later, "back": NOW, "still": NOW}


def test_the_strip_ends_today_whatever_was_stored() -> None:
    """Days without runs are empty cells, and an old snapshot shows them as such."""
    cells = (DayCell(date(2026, 11, 1), 1), DayCell(date(2026, 11, 3), 0, 0, 2))
    strip = strip_until(cells, date(2026, 11, 4))
    assert len(strip) == 30
    assert [cell.counted for cell in strip[-4:]] == [1, 0, 2, 0]
    assert strip[-1].day == date(2026, 11, 4)
