"""Lists come newest first, page by page, each row once, under every filter."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from core.records import FailedRecord, PollResult, Problem, RunStatus
from storage import queries
from storage.keys import SourceKey
from storage.queries.page import Page
from storage.queries.rows import RunRow
from storage.store import Store
from tests.storage.storage_reading import GATEWAY, HR, Filled
from tests.storage.storage_samples import CRM, NOW, at, run

T = TypeVar("T")


def all_pages(ask: Callable[[str | None], Page[T]]) -> list[T]:
    """Every row of a list, page by page."""
    rows: list[T] = []
    after: str | None = None
    for _ in range(1000):
        page = ask(after)
        rows += page.items
        after = page.next
        if after is None:
            return rows
    raise AssertionError("the list has no end")


def read_runs(store: Store, limit: int = 7, **filters: object) -> list[RunRow]:
    with store.read() as connection:
        return all_pages(
            lambda after: queries.runs(connection, after=after, limit=limit, **filters)  # type: ignore[arg-type]
        )


@pytest.fixture
def filled(store: Store) -> Filled:
    """40 ended runs in crm (several ending at once), 3 open ones, 5 in hr."""
    filled = Filled(store)
    rng = random.Random(3)
    statuses = ("succeeded", "failed", "partial", "cancelled")
    filled.runs(*(run(f"e{n}", statuses[n % 4], finished=rng.randrange(20), started=30) for n in range(40)))
    filled.runs(*(run(f"o{n}", "running", started=n + 1, finished=None) for n in range(3)))
    filled.runs(*(run(f"h{n}", started=n + 1, finished=n) for n in range(5)), source=HR)
    return filled


def test_runs_come_open_first_then_newest_first_each_once(filled: Filled) -> None:
    """Page by page no run is missing or doubled, also where many ended at one instant."""
    rows = read_runs(filled.store, integration="crm")
    assert [row.run.external_id for row in rows[:3]] == ["o0", "o1", "o2"]
    ended = [(row.run.finished_at, row.id) for row in rows[3:]]
    assert ended == sorted(ended, reverse=True)
    assert len({row.run.external_id for row in rows}) == len(rows) == 43


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 50])
def test_page_size_does_not_change_the_list(filled: Filled, limit: int) -> None:
    """The border between open and ended runs may fall anywhere."""
    whole = [row.run.external_id for row in read_runs(filled.store, 500, integration="crm")]
    assert [row.run.external_id for row in read_runs(filled.store, limit, integration="crm")] == whole


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"statuses": [RunStatus.FAILED]}, 10),
        ({"statuses": [RunStatus.FAILED, RunStatus.PARTIAL]}, 20),
        ({"statuses": [RunStatus.RUNNING]}, 3),
        ({"statuses": [RunStatus.RUNNING, RunStatus.CANCELLED]}, 13),
        ({"statuses": []}, 0),
        ({"source": "gateway"}, 0),
        ({"source": "log"}, 43),
        ({"search": "E1"}, 11),
    ],
    ids=str,
)
def test_runs_are_filtered(filled: Filled, filters: dict[str, object], expected: int) -> None:
    """Status, source and text narrow the list."""
    assert len(read_runs(filled.store, integration="crm", **filters)) == expected  # type: ignore[arg-type]


def test_runs_are_cut_by_time(filled: Filled) -> None:
    """since is inside, until is outside."""
    rows = read_runs(filled.store, integration="hr", since=at(3), until=at(1))
    assert [row.run.external_id for row in rows] == ["h2", "h3"]


def test_runs_of_all_integrations_each_once(filled: Filled) -> None:
    """Without an integration the list has the runs of all."""
    rows = read_runs(filled.store)
    assert len({(row.integration, row.run.external_id) for row in rows}) == len(rows) == 48


def test_an_unreadable_key_is_told(store: Store) -> None:
    """A page's key is not guessed at."""
    with store.read() as connection, pytest.raises(ValueError, match="page's key"):
        queries.runs(connection, after="nonsense")


def failed(n: int, message: str, minutes: float) -> FailedRecord:
    return FailedRecord(
        record_key=f"k{n}",
        occurred_at=at(minutes),
        error_message=message,
        fingerprint=message.split(" ")[0],
        payload='{"a": 1}',
        job="sync",
        run_external_id="r1",
        entity="user",
    )


def test_causes_and_their_records_are_listed_and_searched(store: Store) -> None:
    """Causes come last seen first; a search on causes finds their records."""
    filled = Filled(store)
    filled.write(failed_records=[failed(n, f"missing manager {n % 5}", n) for n in range(30)])
    filled.write(failed_records=[failed(n, "duplicate mail", n + 100) for n in range(30, 40)])
    filled.write(HR, failed_records=[failed(1, "missing manager", 1)])
    with store.read() as connection:
        groups = all_pages(lambda after: queries.error_groups(connection, "crm", after=after, limit=1))
        assert [(group.fingerprint, group.count, group.state) for group in groups] == [
            ("missing", 30, "open"),
            ("duplicate", 10, "open"),
        ]
        assert groups[0].last_seen_at == at(0)
        assert groups[0].first_seen_at == at(29)
        found = all_pages(
            lambda after: queries.failed_records(
                connection, integration="crm", search="MANAGER", after=after, limit=4
            )
        )
        assert [row.record.record_key for row in found] == [f"k{n}" for n in range(30)]
        assert found[3].record == failed(3, "missing manager 3", 3)
        of_group = queries.failed_records(connection, group=groups[1].id, limit=100).items
        assert len(of_group) == 10
        everywhere = all_pages(lambda after: queries.failed_records(connection, after=after, limit=7))
        assert len({row.id for row in everywhere}) == 41
        hours = queries.group_hours(connection, [groups[0].id], at(120), NOW + timedelta(hours=1))
        assert sum(hours[groups[0].id].values()) == 30
        assert queries.error_groups(connection, "crm", states=["resolved"]).items == ()
        assert queries.failed_records(connection, search="nowhere").items == ()
        with pytest.raises(ValueError, match="open, acknowledged"):
            queries.error_groups(connection, states=["gone"])


def test_polls_and_source_states(store: Store) -> None:
    """Each source tells its last poll, its cost and its failures in a row; polls page newest first."""
    filled = Filled(store)
    for minutes in range(20, 0, -1):
        filled.poll(CRM, minutes, requests=2, bytes=100)
    problem = Problem(kind="bad_line", where="a.log:3", message="not JSON")
    filled.poll(GATEWAY, 9, "ok", bad_items=1, problems=(problem,))
    filled.poll(GATEWAY, 6, "failed", "no answer")
    filled.poll(GATEWAY, 3, "failed", "still no answer", not_before=NOW + timedelta(hours=1))
    with store.read() as connection:
        states = {(one.integration, one.name): one for one in queries.source_states(connection, NOW)}
        rows = all_pages(lambda after: queries.polls(connection, integration="crm", after=after, limit=5))
        some = queries.polls(connection, integration="crm", source="gateway", result=PollResult.FAILED).items
    log, gateway, api = states["crm", "log"], states["crm", "gateway"], states["hr", "api"]
    assert (log.polls_24h, log.requests_24h, log.bytes_24h, log.failures_in_a_row) == (20, 40, 2000, 0)
    assert log.next_due_at == at(1) + timedelta(minutes=1)
    assert log.last_duration_seconds == 2.0
    assert (gateway.failures_in_a_row, gateway.last_error) == (2, "still no answer")
    assert (gateway.failed_polls_24h, gateway.bad_items_24h) == (2, 1)
    assert gateway.next_due_at == NOW + timedelta(hours=1)
    assert (api.last_poll_at, api.next_due_at, api.every_seconds) == (None, None, 300.0)
    assert len({row.id for row in rows}) == 23
    assert [row.started_at for row in rows] == sorted((row.started_at for row in rows), reverse=True)
    assert rows[-1].requests == 2
    assert [row.error for row in some] == ["still no answer", "no answer"]


def test_audit_trail_pages_newest_first(store: Store) -> None:
    """What was done comes back with who, what and the details."""
    filled = Filled(store)
    for n in range(5):
        filled.writer.record_action("local", "export", f"runs-{n}", {"n": n}, at(n))
    with store.read() as connection:
        rows = all_pages(lambda after: queries.audit_trail(connection, after=after, limit=2))
        one = queries.audit_trail(connection, subject="runs-3").items
    mine = [row for row in rows if row.action == "export"]
    assert [row.subject for row in mine] == [f"runs-{n}" for n in range(5)]
    assert (one[0].detail, one[0].actor, one[0].at) == ({"n": 3}, "local", at(3))


def test_database_facts(store: Store) -> None:
    """The database tells its engine, its size, its rows and how far back it goes."""
    filled = Filled(store)
    filled.runs(run("1", finished=10), run("2", finished=400, started=500))
    with store.read() as connection:
        facts = queries.database_facts(connection)
    assert facts.engine == store.engine_name
    assert facts.size_bytes
    assert facts.version
    assert (facts.rows["integration"], facts.rows["sync_run"]) == (2, 2)
    assert (facts.oldest_run_at, facts.newest_run_at) == (at(400), at(10))


def test_cursor_and_open_runs_of_a_source(store: Store) -> None:
    """The cursor comes back as it was written, with its revision; an unknown source starts from nothing."""
    filled = Filled(store)
    filled.runs(run("1", "running", finished=None), run("2"))
    with store.read() as connection:
        assert queries.cursor_of(connection, CRM) == (1, {"n": 0})
        assert queries.cursor_of(connection, SourceKey("no", "where")) == (0, {})
        assert queries.open_runs(connection, CRM) == [run("1", "running", finished=None)]
        assert queries.open_runs(connection, GATEWAY) == []
