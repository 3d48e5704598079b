"""Of all integrations together, what is late enough is found without what is old, and nothing is missed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.records import FailedRecord
from storage import queries
from storage.queries.arrivals import first_arrived
from storage.queries.rows import FailedRecordRow
from storage.schema import failed_record
from storage.store import Store
from tests.storage.storage_reading import Filled
from tests.storage.storage_samples import CRM, NOW, at, run


def stored_over_a_day(store: Store) -> Filled:
    """A run and a failed record each hour of the last 24, stored a minute later; and one that came a day late."""
    filled = Filled(store)
    for hour in range(24, 0, -1):
        happened = NOW - timedelta(hours=hour)
        filled.write(
            now=happened + timedelta(minutes=1),
            runs=[run(f"r{hour}", started=hour * 60 + 5, finished=hour * 60)],
            failed_records=[FailedRecord(record_key=f"k{hour}", occurred_at=happened, fingerprint="x")],
        )
    filled.runs(run("late", started=24 * 60, finished=23 * 60 + 30))
    return filled


@pytest.mark.parametrize("hours", [0.5, 1, 2.5, 23, 100])
def test_a_list_since_has_exactly_what_the_whole_list_has_of_it(store: Store, hours: float) -> None:
    """Also a run that was stored long after it ended."""
    filled, since = stored_over_a_day(store), NOW - timedelta(hours=hours)
    with filled.store.read() as connection:
        whole = queries.runs(connection, limit=100).items
        some = queries.runs(connection, since=since, limit=100).items
        records = queries.failed_records(connection, limit=100).items
        late = queries.failed_records(connection, since=since, limit=100).items
    assert list(some) == [row for row in whole if row.run.finished_at and row.run.finished_at >= since]
    assert list(late) == [row for row in records if row.record.occurred_at >= since]


def test_what_is_old_is_left_out_by_its_id(store: Store) -> None:
    """Two hours back and the hour that a clock may be ahead: three of the 24 are left to look at."""
    filled = stored_over_a_day(store)
    with filled.store.read() as connection:
        first = first_arrived(connection, failed_record, at(120))
        never = first_arrived(connection, failed_record, at(-120))
        rows = connection.execute(failed_record.select().order_by(failed_record.c.id)).all()
    assert first == rows[-3].id
    assert never > rows[-1].id


def test_an_empty_table_has_nothing_late(store: Store) -> None:
    """The first look finds no id to halve."""
    with Filled(store).store.read() as connection:
        assert queries.failed_records(connection, since=at(1)).items == ()


@pytest.mark.parametrize(
    ("search", "found"), [("MANAGER 7%", 1), ("manager", 2), ("manager 7_", 0), ("%", 1)], ids=str
)
def test_a_search_minds_no_case_and_takes_every_sign_as_it_is(store: Store, search: str, found: int) -> None:
    """A percent sign or an underscore stands for itself."""
    filled = Filled(store)
    filled.write(
        failed_records=[
            FailedRecord(record_key=text, occurred_at=at(1), error_message=text, fingerprint=text)
            for text in ("No Manager 7%", "no manager 77", "other")
        ]
    )
    with store.read() as connection:
        assert len(queries.failed_records(connection, search=search).items) == found
        assert len(queries.error_groups(connection, search=search).items) == found


_number = [0]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    causes=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=40),
    limit=st.integers(1, 7),
)
def test_a_search_walks_the_records_of_all_its_causes(
    store: Store, causes: list[tuple[int, int]], limit: int
) -> None:
    """Newest first, each once, whichever cause it is of and however the pages fall."""
    _number[0] += 1
    mark = f"search {_number[0]};"
    filled = Filled(store)
    with store.read() as connection:
        filled.revisions[CRM], _ = queries.cursor_of(connection, CRM)
    filled.write(
        failed_records=[
            FailedRecord(
                record_key=f"{mark}{place}",
                occurred_at=at(minute),
                error_message=f"{mark} field {cause}",
                fingerprint=f"{mark} {cause}",
            )
            for place, (cause, minute) in enumerate(causes)
        ]
    )
    found: list[FailedRecordRow] = []
    after = None
    with store.read() as connection:
        while True:
            page = queries.failed_records(
                connection, integration="crm", search=mark, after=after, limit=limit
            )
            found += page.items
            after = page.next
            if after is None:
                break
    places = [(row.record.occurred_at, row.id) for row in found]
    assert places == sorted(places, reverse=True)
    assert {row.record.record_key for row in found} == {f"{mark}{place}" for place in range(len(causes))}
    assert len(found) == len(causes)
