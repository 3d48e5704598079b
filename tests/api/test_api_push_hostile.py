"""Whatever is sent, the answer is one of those described: never a 500, and what is stored adds up."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.event_kinds import KINDS
from storage.migrate import upgrade
from storage.store import open_store
from storage.verify import verify
from tests.api.api_server import SHARED, TOKEN, Pushing, pushing

ANSWERS = {200, 207, 400, 413, 422, 429}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
TIMES = st.sampled_from(
    ["2026-11-24T12:00:00Z", "2026-11-20", 1.7955e9, "0001-01-01", "9999-12-31", 1e300, -1]
)


@st.composite
def events(draw: st.DrawFn) -> dict[str, object]:
    """Events that are nearly right: some fields are of the right kind, some are anything."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    item: dict[str, object] = {"id": draw(st.text(max_size=5) | st.integers()), "kind": kind}
    for name, field in KINDS[kind].fields.items():
        words = field.schema.get("enum")
        likely = (
            st.sampled_from(words)
            if isinstance(words, list)
            else TIMES | st.integers(0, 600) | st.text(max_size=4)
        )
        if draw(st.integers(0, 3)) or name in KINDS[kind].required:
            item[name] = draw(likely | JSON if draw(st.booleans()) else likely)
    return item


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pushing]:
    """One server for all examples, without a rate."""
    url = f"sqlite:///{tmp_path_factory.mktemp('push')}/monitor.db"
    upgrade(url)
    text = f"""
integrations:
  - {{key: crm, name: C, method: api, source_system: C, sources: [{{type: push, name: p, token: {TOKEN}, max_per_minute: 100000}}]}}
sources: [{{type: push, name: q, token: {SHARED}, max_per_minute: 100000, route: {{create: true}}}}]
"""
    store = open_store(url, writable=True)
    with pushing(store, text) as server:
        yield server
    store.close()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()), lines=st.booleans())
def test_any_body_is_answered(hostile: Pushing, body: bytes, lines: bool) -> None:
    """Bytes, JSON of any shape, as lines or not."""
    answer = hostile.events(body, kind="application/x-ndjson" if lines else "application/json")
    assert answer.status_code in ANSWERS


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(items=st.lists(events(), max_size=4), shared=st.booleans())
def test_any_event_is_answered(hostile: Pushing, items: list[dict[str, object]], shared: bool) -> None:
    """Every item is stored, a duplicate, or refused with where, what and the remedy."""
    answer = hostile.events(json.dumps(items), token=SHARED if shared else TOKEN)
    assert answer.status_code in ANSWERS
    if answer.status_code != 400:
        found = answer.json()
        assert found["stored"] + found["duplicates"] + found["refused"] == len(items)
        assert all(one["remedy"] for item in found["items"] for one in item["problems"])


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(rid=st.text(max_size=20), action=st.sampled_from(["", "/start", "/fail"]), body=st.binary(max_size=50))
def test_any_heartbeat_is_answered(hostile: Pushing, rid: str, action: str, body: bytes) -> None:
    """With any `rid` and any message."""
    url = f"/api/v1/heartbeat/crm-p{action}"
    headers = {"authorization": f"Bearer {TOKEN}"}
    try:
        rid.encode()
    except UnicodeEncodeError:
        return
    answer = hostile.client.post(url, params={"rid": rid}, content=body, headers=headers)
    assert answer.status_code in ANSWERS


def test_what_was_stored_adds_up(hostile: Pushing) -> None:
    """After all of that the sums are those of the rows."""
    assert verify(hostile.store) == []
