"""A record under a personal key is found by the hash of it, on every engine."""

from __future__ import annotations

import pytest

from core.records import FailedRecord, RecordEvent
from storage import queries
from storage.store import Store
from tests.storage.storage_reading import Filled
from tests.storage.storage_samples import CRM, at

ZERO, LAST, NEXT = "0" * 16, "f" * 16, "0" * 15 + "1"
STORED = [f"hmac:{ZERO} A***@b***.com", f"hmac:{NEXT} a***@b***.com", f"hmac:{LAST} Z***", "E1", "E12"]


@pytest.fixture
def filled(store: Store) -> Filled:
    """A failed record and a step of each key."""
    filled = Filled(store)
    filled.write(
        CRM,
        failed_records=[
            FailedRecord(record_key=key, occurred_at=at(9), entity="user", fingerprint="x", error_message="x")
            for key in STORED
        ],
        record_events=[
            RecordEvent(event_id=key, entity="user", record_key=key, step="send", outcome="ok", at=at(9))
            for key in STORED
        ],
    )
    return filled


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (f"hmac:{ZERO} a***@B***.COM", STORED[0]),
        (f"hmac:{ZERO}", STORED[0]),
        (f"hmac:{NEXT} A***", STORED[1]),
        (f"hmac:{LAST} z***", STORED[2]),
        ("E1", "E1"),
    ],
    ids=["other capitals", "the hash alone", "the next hash", "the last hash", "a plain id is exact"],
)
def test_a_key_is_found_by_its_hash(filled: Filled, asked: str, found: str) -> None:
    """The hint behind the hash keeps the capitals of one system, so it decides nothing."""
    with filled.store.read() as connection:
        records = queries.failed_records(connection, integration="crm", record_key=asked).items
        steps = queries.record_history(connection, "crm", asked).items
    assert [one.record.record_key for one in records] == [found]
    assert [one.event.record_key for one in steps] == [found]
