"""What export gives of both sides, of keys and of looks is what was written, field by field."""

from __future__ import annotations

import pytest

from core.records import CountReading, CredentialReading, Problem, RecordEvent
from storage import queries
from storage.store import Store
from tests.storage.storage_reading import GATEWAY, HR, Filled
from tests.storage.storage_samples import CRM, at

OWNED = {"integration": "crm", "source": "log", "side": "target"}


def test_record_events_come_out_as_they_went_in(store: Store) -> None:
    """Requests and responses are there, oldest first within an integration; since and integration hold."""
    filled = Filled(store)
    sent = RecordEvent(
        event_id="e1",
        entity="user",
        record_key="42",
        step="create",
        outcome="refused",
        at=at(5),
        status=422,
        request='{"id":42}',
        response='{"error":"no manager"}',
    )
    older = RecordEvent(event_id="e0", entity="user", record_key="42", step="read", outcome="ok", at=at(9))
    filled.write(record_events=[sent, older])
    filled.write(
        HR,
        record_events=[RecordEvent(event_id="h", entity="", record_key="1", step="", outcome="", at=at(1))],
    )
    with store.read() as connection:
        everything = [row["event_id"] for row in queries.export_record_events(connection)]
        first, second = queries.export_record_events(connection, "crm")
        late = [row["event_id"] for row in queries.export_record_events(connection, "crm", at(6))]
    assert (everything, late) == (["e0", "e1", "h"], ["e1"])
    assert (first["status"], first["request"], first["response"]) == (None, None, None)
    assert second == {
        **OWNED,
        "event_id": "e1",
        "entity": "user",
        "record_key": "42",
        "step": "create",
        "outcome": "refused",
        "status": 422,
        "request": '{"id":42}',
        "response": '{"error":"no manager"}',
        "at": at(5).isoformat(),
    }


def test_counts_come_out_by_source_and_entity(store: Store) -> None:
    """Every reading, oldest first; a count of 0 is 0; since and integration hold."""
    filled = Filled(store)
    filled.write(
        counts=[
            CountReading(entity="user", count=7, observed_at=at(5)),
            CountReading(entity="user", count=0, observed_at=at(9)),
        ]
    )
    filled.write(GATEWAY, counts=[CountReading(entity="user", count=8, observed_at=at(7))])
    filled.write(HR, counts=[CountReading(entity="user", count=9, observed_at=at(1))])
    with store.read() as connection:
        found = list(queries.export_counts(connection, "crm"))
        late = [row["count"] for row in queries.export_counts(connection, since=at(6))]
    assert [(row["source"], row["side"], row["count"]) for row in found] == [
        ("gateway", "source", 8),
        ("log", "target", 0),
        ("log", "target", 7),
    ]
    assert late == [7, 9]
    assert found[1] == {**OWNED, "entity": "user", "count": 0, "observed_at": at(9).isoformat()}


@pytest.mark.parametrize("valid", [True, False, None], ids=["valid", "invalid", "not told"])
def test_credentials_come_out_as_they_were_read(store: Store, valid: bool | None) -> None:
    """What the answer did not tell is None, not False; since and integration hold."""
    filled = Filled(store)
    filled.write(
        credentials=[
            CredentialReading(observed_at=at(5), valid=valid, reason="401", expires_at=at(-60)),
            CredentialReading(observed_at=at(9), valid=True),
        ]
    )
    with store.read() as connection:
        older, newer = queries.export_credentials(connection, "crm")
        late = list(queries.export_credentials(connection, since=at(6)))
        assert list(queries.export_credentials(connection, "hr")) == []
    assert older["expires_at"] is None
    assert late == [newer]
    assert newer == {
        **OWNED,
        "valid": valid,
        "reason": "401",
        "expires_at": at(-60).isoformat(),
        "observed_at": at(5).isoformat(),
    }


def test_polls_come_out_by_source(store: Store) -> None:
    """A failed look has its error and its first problems as JSON; since and integration hold."""
    filled = Filled(store)
    filled.poll(CRM, 9)
    filled.poll(
        CRM,
        5,
        "failed",
        "it was refused",
        bad_items=1,
        problems=[Problem(kind="bad_time", where="line 3", message="no time")],
    )
    filled.poll(HR, 1)
    with store.read() as connection:
        first, second = queries.export_polls(connection, "crm")
        late = [row["integration"] for row in queries.export_polls(connection, since=at(6))]
    assert late == ["crm", "hr"]
    assert (first["result"], first["error"], first["problems"]) == ("ok", None, "[]")
    assert (second["result"], second["error"], second["bad_items"]) == ("failed", "it was refused", 1)
    assert (second["started_at"], second["duration_seconds"]) == (at(5).isoformat(), 2.0)
    assert "no time" in str(second["problems"])
