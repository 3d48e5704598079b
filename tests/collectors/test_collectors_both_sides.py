"""Steps of records and counts of both sides come from `rest`, `sql` and `log_file`, and meet in storage."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collectors.http import Clients
from collectors.outfit import Outfit
from collectors.registry import sources
from collectors.run import poll
from core.masking import Masker
from core.records import PollResult, Side
from core.settings import Registries
from core.settings.loading import loads
from storage import queries
from storage.store import Store
from storage.writer import Writer
from tests.collectors.collectors_rest import look, settings
from tests.collectors.collectors_server import Answer, Reply, Served

Serve = Callable[[Answer], Served]

CONFIG = """
integrations:
  - key: hr
    name: HR
    method: api
    source_system: HR
    sources:
      - type: rest
        name: butterboard
        request: {{url: "{url}/log"}}
        records: items
        record_events:
          fields: {{event_id: id, record_key: employee, entity: "'employee'", step: action, outcome: result, status: code, at: ts, request: sent}}
        counts: {{fields: {{entity: "'employee'", count: total}}}}
      - type: sql
        name: hr-outbox
        side: source
        url: "sqlite:///{database}"
        query: "SELECT id, employee, step, ok, at FROM outbox WHERE id > :cursor ORDER BY id"
        cursor: {{field: id, start: 0}}
        record_events:
          fields: {{event_id: id, record_key: employee, entity: "'employee'", step: step, outcome: ok, at: at}}
      - type: sql
        name: hr-staff
        side: source
        url: "sqlite:///{database}"
        query: "SELECT count(DISTINCT employee) AS n FROM outbox"
        counts: {{fields: {{entity: "'employee'", count: n}}}}
      - type: log_file
        name: relay
        side: source
        path: "{folder}/relay.jsonl"
        format: jsonl
        record_events:
          where: "item.event == 'relayed'"
          fields: {{event_id: uid, record_key: employee, entity: "'employee'", step: event, outcome: "'ok'", at: ts}}
"""


async def test_a_records_way_over_both_sides(
    store: Store, clients: Clients, hand: Any, masker: Masker, serve: Serve, tmp_path: Path
) -> None:
    """HR sends, the relay passes on, Butterboard answers; each told once, however often it is read."""
    served = serve(lambda _: Reply({"total": 41, "items": [
        {"id": 9, "employee": "E7", "action": "create", "result": "refused", "code": 422, "ts": "2026-11-24T13:00:09Z", "sent": {"mail": "a.person@example.com", "grade": 5}},
    ]}))  # fmt: skip
    with sqlite3.connect(tmp_path / "hr.db") as writer:
        writer.execute("CREATE TABLE outbox (id INTEGER, employee TEXT, step TEXT, ok TEXT, at TEXT)")
        writer.execute(
            "INSERT INTO outbox VALUES (1, 'E7', 'sent', 'ok', '2026-11-24 13:00:01'), (2, 'E8', 'sent', 'ok', '2026-11-24 13:00:02')"
        )
    lines = [
        {"event": "relayed", "uid": "u1", "employee": "E7", "ts": "2026-11-24T13:00:05Z"},
        {"event": "tick"},
    ]
    (tmp_path / "relay.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    registry = sources()
    registries = Registries(sources={name: source.settings for name, source in registry.items()})
    text = CONFIG.format(url=served.url, database=tmp_path / "hr.db", folder=tmp_path)
    given = loads(text, "monitor.yaml", registries)
    writer_ = Writer(store)
    writer_.configure(given, hand())
    outfit = Outfit(store, writer_, clients, masker, registry, hand)
    for _ in range(2):
        for source in given.integrations[0].sources:
            done = await poll(outfit, "hr", source)
            assert (done.result, done.bad_items, done.error) == (PollResult.OK, 0, None)
        hand.move(minutes=1)
    with store.read() as connection:
        page = queries.record_history(connection, "hr", "E7")
        assert [(row.source, row.side, row.event.step, row.event.outcome) for row in page.items] == [
            ("hr-outbox", Side.SOURCE, "sent", "ok"),
            ("relay", Side.SOURCE, "relayed", "ok"),
            ("butterboard", Side.TARGET, "create", "refused"),
        ]
        assert page.items[2].event.status == 422
        assert "a.person" not in (page.items[2].event.request or "")
        assert "grade" in (page.items[2].event.request or "")
        counts = queries.latest_counts(connection, "hr")
        assert [(row.side, row.reading.count) for row in counts] == [(Side.SOURCE, 2), (Side.TARGET, 41)]


@pytest.mark.parametrize(
    ("body", "keys", "expected"),
    [
        ({"total": 3}, {"records": "@", "counts": {"fields": {"count": "total"}}}, [("", 3)]),
        (
            {"meta": {"users": 5}, "data": []},
            {
                "records": "data",
                "counts": {"records": "meta", "fields": {"entity": "'users'", "count": "users"}},
            },
            [("users", 5)],
        ),
        (
            [{"type": "users", "n": "7"}, {"type": "tasks", "n": 2}],
            {"records": "@", "counts": {"fields": {"entity": "type", "count": "n"}}},
            [("users", 7), ("tasks", 2)],
        ),
    ],
    ids=["an object", "beside an empty list", "a list"],
)
async def test_counts_stand_where_the_api_puts_them(
    serve: Serve, clients: Clients, body: Any, keys: dict[str, Any], expected: list[tuple[str, int]]
) -> None:
    """In the answer itself, beside its items, or in each of them."""
    served = serve(lambda _: Reply(body))
    done = await look(settings(served.url, fields=None, **keys), clients)
    assert (done.error, done.problems) == (None, [])
    readings = [one for batch in done.batches for one in batch.counts]
    assert [(one.entity, one.count, one.observed_at) for one in readings] == [
        (entity, count, clients.clock()) for entity, count in expected
    ]


async def test_an_answer_without_a_count_is_said_so(serve: Serve, clients: Clients) -> None:
    """An error inside an answer of 200 is no count of nothing."""
    served = serve(lambda _: Reply({"error": "no such tenant"}))
    given = settings(served.url, fields=None, records="@", counts={"fields": {"count": "total"}})
    done = await look(given, clients)
    assert done.kinds == {"missing_key"}
