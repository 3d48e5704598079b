"""Steps of records and counts of both sides are stored once, found by record, and pruned with the runs."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from core.records import Batch, CountReading, RecordEvent, Side
from core.settings import Retention
from storage import queries
from storage.queries.page import Page
from storage.queries.rows import RecordEventRow
from storage.store import Store
from tests.storage.storage_reading import GATEWAY, Filled
from tests.storage.storage_samples import CRM, NOW, at


def event(event_id: str, minutes: float, **more: object) -> RecordEvent:
    """A step of employee E1; minutes: before NOW."""
    given = RecordEvent(
        event_id=event_id,
        entity="employee",
        record_key="E1",
        step="create",
        outcome="ok",
        at=at(minutes),
        status=201,
        request='{"id": 1}',
    )
    return msgspec.structs.replace(given, **more)


def count(entity: str, number: int, minutes: float) -> CountReading:
    return CountReading(entity=entity, count=number, observed_at=at(minutes))


@pytest.fixture
def filled(store: Store) -> Filled:
    """Five steps of E1 on two sides at three instants, one of E2, in crm."""
    filled = Filled(store)
    filled.write(
        CRM,
        record_events=[
            event("a", 50),
            event("c", 10, outcome="refused", status=422),
            event("d", 10, response='{"why": "x"}'),
        ],
    )
    filled.write(
        GATEWAY, record_events=[event("a", 40), event("b", 20, entity="task"), event("e", 5, record_key="E2")]
    )
    return filled


def ids(page: Page[RecordEventRow]) -> list[str]:
    return [f"{row.source}:{row.event.event_id}" for row in page.items]


def test_the_history_of_a_record_is_both_sides_in_order_of_time(filled: Filled) -> None:
    """The first step comes first, whoever told of it; another record's steps stay out."""
    with filled.store.read() as connection:
        page = queries.record_history(connection, "crm", "E1")
        assert ids(page) == ["log:a", "gateway:a", "gateway:b", "log:c", "log:d"]
        assert [row.side for row in page.items][:2] == [Side.TARGET, Side.SOURCE]
        assert page.items[3].event == event("c", 10, outcome="refused", status=422)
        assert page.items[4].event.response == '{"why": "x"}'
        assert ids(queries.record_history(connection, "crm", "E1", entity="task")) == ["gateway:b"]
        assert ids(queries.record_history(connection, "hr", "E1")) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_pages_of_events_show_each_once(filled: Filled, limit: int) -> None:
    """In both orders, and where several stand at one instant."""
    with filled.store.read() as connection:
        whole = ids(queries.record_history(connection, "crm", "E1"))
        found: list[str] = []
        after: str | None = None
        while True:
            page = queries.record_history(connection, "crm", "E1", after=after, limit=limit)
            found, after = found + ids(page), page.next
            if after is None:
                break
        assert found == whole
        newest = ids(queries.record_events(connection, "crm"))
        assert newest == ["gateway:e", "log:d", "log:c", "gateway:b", "gateway:a", "log:a"]
        found, after = [], None
        while True:
            page = queries.record_events(connection, "crm", after=after, limit=limit)
            found, after = found + ids(page), page.next
            if after is None:
                break
        assert found == newest


def test_events_are_filtered(filled: Filled) -> None:
    """By side, source, kind and a stretch of time that ends before its end."""
    with filled.store.read() as connection:
        assert ids(queries.record_events(connection, "crm", side=Side.SOURCE, entity="employee")) == [
            "gateway:e",
            "gateway:a",
        ]
        assert ids(queries.record_events(connection, "crm", source="log", since=at(50), until=at(10))) == [
            "log:a"
        ]


def test_an_event_met_again_is_the_same_event(filled: Filled) -> None:
    """Unchanged it is a duplicate, changed it is updated, and a later time does not move it."""
    batch = Batch(cursor={}, record_events=[event("a", 50), event("d", 10, response='{"why": "x"}')])
    written = filled.writer.write(CRM, batch, revision=filled.revisions[CRM], now=NOW, horizon=None)
    assert (written.record_events, written.duplicates) == (0, 2)
    filled.revisions[CRM] = written.revision
    filled.write(CRM, record_events=[event("a", 1), event("c", 10, outcome="ok")])
    with filled.store.read() as connection:
        page = queries.record_history(connection, "crm", "E1")
        assert ids(page) == ["log:a", "gateway:a", "gateway:b", "log:c", "log:d"]
        assert page.items[0].event.at == at(50)
        assert page.items[3].event.outcome == "ok"


def test_the_newest_count_of_each_entity_and_side(filled: Filled) -> None:
    """A reading of the same instant replaces the earlier one; the older ones stay in the series."""
    filled.write(CRM, counts=[count("users", 10, 30), count("users", 12, 5), count("tasks", 3, 30)])
    filled.write(GATEWAY, counts=[count("users", 15, 6)])
    filled.write(CRM, counts=[count("users", 13, 5), count("tasks", 3, 30)])
    with filled.store.read() as connection:
        rows = queries.latest_counts(connection, "crm")
        assert [(row.reading.entity, row.side, row.reading.count) for row in rows] == [
            ("tasks", Side.TARGET, 3),
            ("users", Side.SOURCE, 15),
            ("users", Side.TARGET, 13),
        ]
        assert queries.latest_counts(connection, "hr") == []
        series = queries.count_series(connection, "crm", at(30), at(5))
        assert [(row.reading.entity, row.reading.count) for row in series] == [
            ("tasks", 3),
            ("users", 10),
            ("users", 15),
        ]


def test_events_and_counts_older_than_raw_are_refused_and_pruned(store: Store) -> None:
    """They are kept as long as runs are."""
    filled = Filled(store)
    old = 60 * 24 * 100
    filled.write(
        CRM,
        record_events=[event("old", old), event("new", 5)],
        counts=[count("users", 1, old), count("users", 2, 5)],
    )
    pruned = filled.writer.prune(Retention(), NOW)
    assert (pruned.record_events, pruned.counts) == (1, 1)
    with filled.store.read() as connection:
        assert ids(queries.record_history(connection, "crm", "E1")) == ["log:new"]
        assert [row.reading.count for row in queries.count_series(connection, "crm", at(old * 2), NOW)] == [2]
    batch = Batch(cursor={}, record_events=[event("older", old)], counts=[count("users", 1, old)])
    written = filled.writer.write(
        CRM, batch, revision=filled.revisions[CRM], now=NOW, horizon=NOW - timedelta(days=90)
    )
    assert (written.refused, written.record_events, written.counts) == (2, 0, 0)
