"""Deliveries are stored once a contract day, copies counted, listed by key, exported and judged by facts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from core.records import FileDelivery
from core.settings.models import Retention
from storage import queries
from storage.store import Store
from tests.storage.storage_reading import Filled
from tests.storage.storage_samples import CRM, NOW, at

DAY = date(2026, 11, 24)


def delivery(digest: str, minutes: float = 10, **more: Any) -> FileDelivery:
    fields: dict[str, Any] = {"name": "staff.csv", "bytes": 10, "contract_day": DAY, "header": ["id", "имя"]}
    return FileDelivery(digest=digest, arrived_at=at(minutes), **{**fields, **more})


def test_a_copy_the_same_day_is_counted_on_the_first(store: Store) -> None:
    """Its violations are added; name, rows and arrival stay those of the first."""
    filled = Filled(store)
    filled.write(files=[delivery("a", rows_ok=5, violations=("delimiter",))])
    filled.write(files=[delivery("a", 5, name="copy.csv", violations=("too_many",))])
    with store.read() as connection:
        (row,) = queries.file_deliveries(connection).items
    assert (row.times, row.file.name, row.file.rows_ok) == (2, "staff.csv", 5)
    assert row.file.violations == ("delimiter", "too_many")
    assert (row.file.arrived_at, row.integration, row.source) == (at(10), "crm", "log")


def test_the_same_bytes_next_day_are_another_delivery(store: Store) -> None:
    """The identity is source, contract day and digest."""
    filled = Filled(store)
    filled.write(
        files=[delivery("a"), delivery("a", 1, contract_day=DAY + timedelta(days=1), unchanged=True)]
    )
    with store.read() as connection:
        found = queries.file_deliveries(connection).items
    assert [(row.file.contract_day, row.file.unchanged, row.times) for row in found] == [
        (DAY + timedelta(days=1), True, 1),
        (DAY, False, 1),
    ]


def test_deliveries_are_paged_by_key(store: Store) -> None:
    """Newest first, none twice and none left out."""
    filled = Filled(store)
    filled.write(files=[delivery(str(number), number // 2) for number in range(25)])
    seen: list[str] = []
    after = None
    with store.read() as connection:
        while True:
            page = queries.file_deliveries(connection, integration="crm", after=after, limit=10)
            seen += [row.file.digest for row in page.items]
            if (after := page.next) is None:
                break
    assert sorted(seen, key=int) == [str(number) for number in range(25)]
    assert [int(digest) // 2 for digest in seen] == sorted(int(digest) // 2 for digest in seen)


def test_facts_tell_the_newest_deliveries(store: Store) -> None:
    """As of an instant: later ones are not known yet."""
    filled = Filled(store)
    filled.write(files=[delivery("a", 60, violations=("late",), rows_bad=2), delivery("b", 5)])
    with store.read() as connection:
        now = queries.facts(connection, CRM.integration, NOW, [])
        before = queries.facts(connection, CRM.integration, at(30), [])
    assert now is not None
    assert before is not None
    assert [(one.source, one.violations, one.rows_bad) for one in now.files] == [
        ("log", (), 0),
        ("log", ("late",), 2),
    ]
    assert [one.violations for one in before.files] == [("late",)]


def test_old_deliveries_are_pruned_and_refused(store: Store) -> None:
    """They live as long as raw rows."""
    filled = Filled(store)
    filled.write(files=[delivery("old", 100 * 1440), delivery("new")])
    assert filled.writer.prune(Retention(), NOW).files == 1
    with store.read() as connection:
        assert [row.file.digest for row in queries.file_deliveries(connection).items] == ["new"]


def test_files_are_exported_under_their_names(store: Store) -> None:
    """The fields of the vocabulary; the header is a JSON list."""
    filled = Filled(store)
    filled.write(files=[delivery("a", delimiter=";", encoding="cp1251", rows_ok=1)])
    with store.read() as connection:
        (row,) = queries.export_files(connection, "crm")
    assert row["header"] == '["id", "имя"]'
    assert (row["delimiter"], row["encoding"], row["unchanged"]) == (";", "cp1251", False)
    assert row["arrived_at"] == at(10).isoformat()


def test_deliveries_stand_among_the_facts_as_of_the_instant(store: Store) -> None:
    """Newest first, with what broke the contract and how often the same bytes came."""
    filled = Filled(store)
    filled.write(
        files=[delivery("a", 90, rows_ok=5, rows_bad=1), delivery("b", 10, violations=("no header",))]
    )
    filled.write(files=[delivery("b", 5)])
    with store.read() as connection:
        now = queries.facts(connection, "crm", NOW, ())
        then = queries.facts(connection, "crm", at(60), ())
    assert now is not None
    assert then is not None
    assert [(one.name, one.times, one.violations) for one in now.files] == [
        ("staff.csv", 2, ("no header",)),
        ("staff.csv", 1, ()),
    ]
    assert [(one.day, one.rows_ok, one.rows_bad, one.source) for one in then.files] == [(DAY, 5, 1, "log")]
