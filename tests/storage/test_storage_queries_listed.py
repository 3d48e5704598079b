"""Programs page through what is stored, under the names that export has."""

from __future__ import annotations

import pytest

from core.records import (
    CountReading,
    CredentialReading,
    FailedRecord,
    FileDelivery,
    QuotaReading,
    RecordEvent,
)
from storage.queries.export import EXPORTS
from storage.queries.listed import LATEST, LISTS, Asked, listed
from storage.store import Store
from tests.storage.storage_reading import HR, Filled
from tests.storage.storage_samples import CRM, NOW, at, run

NUMBERS = range(1, 6)


@pytest.fixture
def filled(store: Store) -> Filled:
    """Five of everything at crm, a minute apart, and a run at hr."""
    filled = Filled(store)
    filled.write(
        runs=[run(str(number), finished=number) for number in NUMBERS],
        failed_records=[
            FailedRecord(record_key=str(number), occurred_at=at(number), fingerprint="x")
            for number in NUMBERS
        ],
        record_events=[
            RecordEvent(event_id=str(n), entity="", record_key="", step="", outcome="", at=at(n))
            for n in NUMBERS
        ],
        files=[FileDelivery(name="a", digest=str(n), bytes=1, arrived_at=at(n)) for n in NUMBERS],
        counts=[CountReading(entity="user", count=number, observed_at=at(number)) for number in NUMBERS],
        quotas=[QuotaReading(scope="k", quota="q", limit=9, observed_at=at(number)) for number in NUMBERS],
        credentials=[CredentialReading(valid=True, observed_at=at(number)) for number in NUMBERS],
    )
    for number in NUMBERS:
        filled.poll(CRM, number)
    filled.runs(run("other"), source=HR)
    return filled


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("integration", ["crm", None], ids=["of one", "of all"])
def test_a_list_walked_to_its_end_has_everything_once(
    filled: Filled, kind: str, integration: str | None
) -> None:
    """Page by page, each record stands once, with exactly the columns of the export."""
    walked, after = list[object](), None
    with filled.store.read() as connection:
        while True:
            page = listed(connection, kind, Asked(integration, after=after, limit=2), NOW)
            walked += page.items
            assert all(list(item) == EXPORTS[kind][1] for item in page.items)
            after = page.next
            if after is None:
                break
        exported = list(EXPORTS[kind][0](connection, integration, None))
    assert len(walked) == len(exported) >= len(NUMBERS)
    assert all(record in walked for record in exported)


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_has_only_what_is_late_enough(filled: Filled, kind: str) -> None:
    """since: at or after it."""
    with filled.store.read() as connection:
        page = listed(connection, kind, Asked("crm", since=at(3)), NOW)
    assert len(page.items) == 3


@pytest.mark.parametrize("kind", LATEST)
def test_of_a_reading_the_latest_is_told(filled: Filled, kind: str) -> None:
    """One for each, whatever the page, with exactly the columns of the export."""
    with filled.store.read() as connection:
        page = listed(connection, kind, Asked("crm"), NOW)
        other = listed(connection, kind, Asked("hr"), NOW)
    assert [item["observed_at"] for item in page.items] == [at(1).isoformat()]
    assert [list(item) for item in page.items] == [EXPORTS[kind][1]]
    assert (other.items, page.next) == ((), None)


def test_an_unknown_integration_is_told(filled: Filled) -> None:
    """Else a mistyped key would look like an integration without records."""
    with (
        filled.store.read() as connection,
        pytest.raises(ValueError, match="integration: 'cmr' is not known"),
    ):
        listed(connection, "runs", Asked("cmr"), NOW)
