"""Programs read what is stored, page by page, and are told what they asked wrong."""

from __future__ import annotations

import pytest

from storage.queries.export import EXPORTS
from storage.queries.listed import LATEST, LISTS
from storage.store import Store
from tests.api.api_server import pushing

EVENTS = """[
 {"id": "1", "kind": "counts", "entity": "user", "count": 7,
  "observed_at": "2026-11-24T10:00:00Z"},
 {"id": "2", "kind": "record_events", "event_id": "e1", "entity": "user", "record_key": "7", "step": "create",
  "outcome": "ok", "at": "2026-11-24T10:00:00Z"},
 {"id": "3", "kind": "record_events", "event_id": "e2", "entity": "user", "record_key": "7", "step": "update",
  "outcome": "ok", "at": "2026-11-24T11:00:00Z"}
]"""


def test_what_was_pushed_is_handed_out_page_by_page(store: Store) -> None:
    """Newest first; `next` leads to the page after it, and ends with null."""
    with pushing(store) as server:
        assert server.events(EVENTS).json()["stored"] == 3
        first = server.client.get("/api/v1/record-events?integration=crm&limit=1").json()
        again = server.client.get("/api/v1/record-events", params={"limit": 1, "after": first["next"]}).json()
        late = server.client.get("/api/v1/record-events?since=2026-11-24T10:30:00Z").json()
        counts = server.client.get("/api/v1/counts").json()
    assert [one["event_id"] for one in first["items"]] == ["e2"]
    assert ([one["event_id"] for one in again["items"]], again["next"]) == (["e1"], None)
    assert [one["event_id"] for one in late["items"]] == ["e2"]
    assert [(one["integration"], one["entity"], one["count"]) for one in counts["items"]] == [
        ("crm", "user", 7)
    ]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ("runs?limit=0", "limit: got '0'; write a number from 1 to 1000"),
        ("runs?limit=1001", "limit: got '1001'"),
        ("runs?after=x", "after: got 'x'; a page's key is"),
        ("runs?since=soon", "since: got 'soon'; write an ISO 8601 time or how long ago"),
        ("runs?integration=nope", "integration: 'nope' is not known"),
        ("runs?state=open", "state: means nothing here; write integration, since, limit, after"),
        ("counts?since=1h", "since: means nothing here; write integration"),
    ],
)
def test_what_was_asked_wrong_is_told(store: Store, asked: str, error: str) -> None:
    """The answer names the parameter and what may be written."""
    with pushing(store) as server:
        answer = server.client.get(f"/api/v1/{asked}")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(error)


def test_every_kind_of_record_has_its_route_and_its_description(store: Store) -> None:
    """What is served is described, with the fields that export has."""
    with pushing(store) as server:
        described = server.client.get("/api/v1/openapi.json").json()["paths"]
        for kind in (*LISTS, *LATEST):
            assert server.client.get(f"/api/v1/{kind}").json()["items"] == []
            operation = described[f"/api/v1/{kind}"]["get"]
            assert all(field in operation["description"] for field in EXPORTS[kind][1])
