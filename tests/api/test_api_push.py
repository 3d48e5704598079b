"""What is pushed is stored once, answered item by item, and only taken from whom has a token."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from assess.diagnosis import diagnosis
from assess.overview import board
from assess.status import status_document
from composition.names import registries
from core import clock
from core.routing import UNROUTED
from core.settings import Settings, loads
from storage.queries import audit_trail, export_calls, export_failed_records, export_runs, polls
from storage.store import Store
from storage.verify import verify
from tests.api.api_server import CONFIGURATION, SHARED, TOKEN, Pushing, pushing


@pytest.fixture
def server(store: Store) -> Iterator[Pushing]:
    """A server on each engine."""
    with pushing(store) as one:
        yield one


def ago(minutes: float) -> str:
    return (clock.now() - timedelta(minutes=minutes)).isoformat()


def run(event_id: str, **fields: object) -> dict[str, object]:
    whole = {"external_id": event_id, "job": "users", "status": "succeeded", "started_at": ago(9)}
    return {"id": event_id, "kind": "runs", **whole, "finished_at": ago(8), **fields}


def runs(server: Pushing) -> list[dict[str, Any]]:
    with server.store.read() as connection:
        return list(export_runs(connection))


def status(server: Pushing, settings: Settings | None = None) -> dict[str, Any]:
    with server.store.read() as connection:
        document: Any = status_document(connection, settings or server.settings, clock.now())
    return {one["key"]: one for one in document["integrations"]}


def test_events_of_every_kind_are_stored(server: Pushing) -> None:
    """An object, a list and lines; each kind in its own table, masked and classified as any record."""
    person = {"name": "Ivan Petrov", "employee_id": 7}
    several = [
        run("2", status="failed", error_message="401 Unauthorized: key of ivan@example.com", job="teams"),
        {
            "id": "3",
            "kind": "failed_record",
            "record_key": "7",
            "entity": "user",
            "occurred_at": ago(8),
            "error_message": "email is taken",
            "payload": person,
        },
        {
            "id": "4",
            "kind": "calls",
            "minute": ago(3),
            "method": "GET",
            "endpoint": "/users/{id}",
            "status": 200,
            "latency_seconds": [0.1, 0.2, 0.3],
        },
    ]
    others = [
        {"id": "5", "kind": "quotas", "scope": "k", "quota": "core", "observed_at": ago(1), "limit": 100, "remaining": 40},
        {"id": "6", "kind": "credentials", "observed_at": ago(1), "valid": True, "expires_at": "2199-01-01"},
        {"id": "7", "kind": "counts", "entity": "user", "count": 5, "observed_at": ago(1)},
        {"id": "8", "kind": "record_events", "entity": "user", "record_key": "7", "step": "create", "outcome": "ok", "at": ago(2)},
    ]  # fmt: skip
    lines = "\n".join(map(json.dumps, others))
    answers = [
        server.events(json.dumps(run("1"))),
        server.events(json.dumps(several, indent=1)),
        server.events(lines + "\n", kind="application/x-ndjson"),
    ]
    assert [(one.status_code, one.json()["stored"]) for one in answers] == [(200, 1), (200, 3), (200, 4)]
    errors = {one["external_id"]: one["error_class"] for one in runs(server)}
    assert errors == {"1": None, "2": "authentication"}
    assert "ivan@" not in str(runs(server))
    with server.store.read() as connection:
        record = next(export_failed_records(connection))
        assert "Ivan" not in str(record["payload"])
        assert record["fingerprint"]
        assert [one["calls"] for one in export_calls(connection)] == [3]
    one = status(server)["crm"]
    assert one["quotas"][0]["used_ratio"] == pytest.approx(0.6)
    assert one["credential"]["valid"] is True
    assert one["sources"][0]["last_result"] == "ok"
    assert server.changed == ["crm"] * 3
    assert verify(server.store) == []


def test_an_event_sent_again_is_stored_once(server: Pushing) -> None:
    """Whatever else it says: calls do not add up twice, and an old start does not open an ended run."""
    calls = {
        "id": "c",
        "kind": "calls",
        "minute": ago(3),
        "method": "GET",
        "endpoint": "/",
        "status": 500,
        "calls": 4,
    }
    start = run("s", external_id="r", status="running", finished_at=None)
    body = json.dumps([calls, start, run("e", external_id="r", started_at=None)])
    assert server.events(body).json()["stored"] == 3
    again = server.events(json.dumps([calls, start, calls])).json()
    assert (again["stored"], again["duplicates"]) == (0, 3)
    with server.store.read() as connection:
        assert [one["calls"] for one in export_calls(connection)] == [4]
    assert [(one["status"], one["started_at"] is not None) for one in runs(server)] == [("succeeded", True)]
    assert verify(server.store) == []


def test_bad_items_are_told_and_good_ones_stored(server: Pushing) -> None:
    """Where, what and the remedy of each; all of them counted in the source's poll."""
    bad = [
        run("a", status="done", finished_at="yesterday"),
        {"kind": "runs"},
        {"id": "b", "kind": "rums"},
        "text",
        run("c", colour="red", records_read=-1),
        run("d", integration="hr"),
        run("e", finished_at="2020-01-01T00:00:00Z"),
        run("f", finished_at="2199-01-01T00:00:00Z"),
    ]
    answer = server.events(json.dumps([run("good"), *bad]))
    found = answer.json()
    assert (answer.status_code, found["stored"], found["refused"]) == (207, 1, len(bad))
    told = {one["where"]: one for item in found["items"] for one in item["problems"]}
    assert told["[1].status"]["remedy"].startswith("use ")
    assert told["[1].finished_at"]["what"] == "got 'yesterday'"
    assert set(told) >= {"[2].id", "[2].external_id", "[3].kind", "[4]", "[5].colour", "[5].records_read"}
    assert "crm" in told["[6].integration"]["remedy"]
    assert "not kept" in told["[7].finished_at"]["remedy"]
    assert "future" in told["[8].finished_at"]["remedy"]
    assert found["items"][0]["id"] == "a"
    only_bad = server.events(json.dumps(bad[0]))
    assert only_bad.status_code == 422
    with server.store.read() as connection:
        counted = polls(connection, source="jobs").items
    assert sum(one.bad_items for one in counted) == len(bad) + 1
    assert sum(one.records for one in counted) == 1
    assert sum(one.requests for one in counted) == 2
    assert len(runs(server)) == 1


@pytest.mark.parametrize(
    ("body", "kind", "status", "what"),
    [
        (b"", "application/json", 400, "empty"),
        (b"{", "application/json", 400, "no JSON"),
        (b"\xff\xfe{}", "application/json", 400, "no JSON"),
        (b"[" * 5000, "application/json", 400, "no JSON"),
        (b"[]", "application/json", 200, ""),
        (b"5", "application/json", 422, ""),
        (b'{"a": 1}\nnot json\n', "text/plain", 422, ""),
        (b"x" * 200_000, "application/json", 413, "larger"),
        (b"[" + b"1," * 20_000 + b"1]", "application/json", 400, "more than 10000"),
    ],
    ids=["empty", "cut", "bytes", "deep", "none", "number", "lines", "large", "many"],
)
def test_a_body_that_cannot_be_read_is_refused_whole(
    server: Pushing, body: bytes, kind: str, status: int, what: str
) -> None:
    """Each with a text that says what to do, and nothing is stored."""
    answer = server.events(body, kind=kind)
    assert answer.status_code == status
    assert what in answer.text
    assert runs(server) == []


def test_a_body_may_come_compressed(server: Pushing) -> None:
    """By gzip, in one stream or several; never to more than is taken."""
    packed = gzip.compress(json.dumps(run("1")).encode() + b"\n") + gzip.compress(
        json.dumps(run("2")).encode()
    )
    sent = {"content-encoding": "gzip"}
    assert server.events(packed, kind="application/x-ndjson", **sent).json()["stored"] == 2
    assert server.events(gzip.compress(b" " * 200_000 + b"[]"), **sent).status_code == 413
    for damaged in (packed[:40], b"x", packed + b"y"):
        answer = server.events(damaged, **sent)
        assert (answer.status_code, "no whole gzip" in answer.json()["error"]) == (400, True)
    assert len(runs(server)) == 2


@pytest.mark.parametrize("together", [True, False], ids=["one call", "several"])
def test_events_about_one_run_are_folded_in_their_order(server: Pushing, together: bool) -> None:
    """What a later one leaves out stays, in one call as in several; a success has no error left."""
    told = [
        run("a", external_id="r", status="running", finished_at=None, trigger="cron", records_read=100),
        run("b", external_id="r", status="running", finished_at=None, started_at=None, records_written=90, error_message="slow", url="https://x/1"),
        run("c", external_id="r", started_at=None, records_failed=None, bytes=5),
        run("d", external_id="s", status="running", finished_at=None, error_message="401 Unauthorized"),
        run("e", external_id="s", status="failed", started_at=None),
    ]  # fmt: skip
    for body in [told] if together else [[one] for one in told]:
        assert server.events(json.dumps(body)).status_code == 200
    stored = {one["external_id"]: one for one in runs(server)}
    first, second = stored["r"], stored["s"]
    assert (first["status"], first["trigger"], first["url"]) == ("succeeded", "cron", "https://x/1")
    assert (first["records_read"], first["records_written"], first["bytes"]) == (100, 90, 5)
    assert first["started_at"] is not None
    assert first["error_message"] is None
    assert (second["status"], second["error_message"]) == ("failed", "401 Unauthorized")
    assert verify(server.store) == []


def test_other_compressions_and_other_methods_are_refused(server: Pushing) -> None:
    """415, and 405 with what is allowed."""
    assert server.events(b"x", **{"content-encoding": "br"}).status_code == 415
    answer = server.client.get("/api/v1/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert server.client.delete("/api/v1/heartbeat/crm-jobs").status_code == 405


@pytest.mark.parametrize(
    ("encoding", "kind"),
    [
        ("utf-8-sig", "application/json"), ("utf-16", "application/json"), ("utf-16-le", "application/json"), ("utf-32", "application/json"),
        ("utf-8", "application/json; charset=windows-1251"), ("windows-1251", "application/json; charset=windows-1251"),
        ("utf-16", "application/x-ndjson"), ("windows-1251", 'application/x-ndjson; charset="Windows-1251"'),
    ],
)  # fmt: skip
def test_what_windows_sends_is_read(server: Pushing, encoding: str, kind: str) -> None:
    """A file that PowerShell or an editor saved has a mark, or is UTF-16; else the header says what it is."""
    text = json.dumps(run("1", status="failed", error_message="Нет связи"), ensure_ascii=False)
    answer = server.events(text.encode(encoding), kind=kind)
    assert answer.status_code == 200, answer.text
    assert [one["error_message"] for one in runs(server)] == ["Нет связи"]


@pytest.mark.parametrize(
    ("encoding", "kind"), [("utf-16", "text/plain"), ("windows-1251", "text/plain; charset=windows-1251")]
)
def test_a_message_of_windows_is_read(server: Pushing, encoding: str, kind: str) -> None:
    """What a failed job wrote is sent as it was written."""
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": kind}
    server.client.post(
        "/api/v1/heartbeat/crm-jobs/fail", content="Нет связи".encode(encoding), headers=headers
    )
    assert [one["error_message"] for one in runs(server)] == ["Нет связи"]


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=nothing-such"])
def test_letters_of_no_named_encoding_are_not_guessed(server: Pushing, kind: str) -> None:
    """The body is refused with what to send; in lines, each by itself."""
    first, second = (
        json.dumps(run(number, error_message=text), ensure_ascii=False).encode("windows-1251")
        for number, text in (("1", "Нет связи"), ("2", "fine"))
    )
    answer = server.events(first, kind=kind)
    assert (answer.status_code, runs(server)) == (400, [])
    assert "letters that are not UTF-8; send UTF-8, or name their charset" in answer.json()["error"]
    answer = server.events(first + b"\n" + second, kind="application/x-ndjson")
    assert (answer.status_code, [one["external_id"] for one in runs(server)]) == (207, ["2"])
    assert "letters that are not UTF-8" in answer.text


def test_a_day_that_may_be_a_month_is_refused_with_what_to_send(server: Pushing) -> None:
    """There is no `time` to write beside what is pushed."""
    answer = server.events(json.dumps(run("1", started_at="11/12/2026 10:30:00")))
    assert answer.status_code == 422
    problem = answer.json()["items"][0]["problems"][0]
    assert (problem["where"], problem["remedy"]) == ("event.started_at", "write it as 2026-11-24T13:30:50Z")


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic " + TOKEN, "Bearer", "Bearer \xe9"])
def test_without_a_right_token_nothing_is_taken(server: Pushing, header: str | None) -> None:
    """401 with the remedy, and the refusal stands in the trail without the token."""
    sent = {} if header is None else {b"authorization": header.encode("latin-1")}
    for path in ("/api/v1/events", "/api/v1/heartbeat/crm-jobs"):
        answer = server.client.post(path, content=json.dumps(run("1")), headers=sent)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert runs(server) == []
    with server.store.read() as connection:
        trail = audit_trail(connection).items
    assert [one.action for one in trail] == ["push refused"] * 2
    assert "wrong" not in str(trail)


def test_another_sites_page_cannot_push(server: Pushing) -> None:
    """Even with the token: the guard refuses its Origin before any route sees it."""
    assert server.events(json.dumps(run("1")), origin="https://evil.example").status_code == 403


def test_guessing_tokens_is_slowed_down(server: Pushing) -> None:
    """After many wrong tokens 429; the right one goes on; the trail holds but a few."""
    found = [server.events(b"{}", token=f"guess-{n}") for n in range(140)]
    assert found[-1].status_code == 429
    assert int(found[-1].headers["retry-after"]) >= 1
    assert server.events(json.dumps(run("1"))).status_code == 200
    with server.store.read() as connection:
        assert len(audit_trail(connection, limit=1000).items) < 60


def test_a_sender_has_a_rate(store: Store) -> None:
    """Beyond its calls a minute it is asked to wait, and nothing else is."""
    text = """
integrations:
  - {key: a, name: A, method: api, source_system: A, sources: [{type: push, name: p, token: one, max_per_minute: 3}]}
  - {key: b, name: B, method: api, source_system: B, sources: [{type: push, name: q, token: two}]}
"""
    with pushing(store, text) as server:
        codes = [server.events("[]", token="one").status_code for _ in range(5)]
        assert codes == [200, 200, 200, 429, 429]
        assert server.events("[]", token="two").status_code == 200


def test_a_process_that_only_reads_says_where_to_send(store: Store) -> None:
    """503 with the remedy."""
    with pushing(store, reading_only=True) as server:
        answer = server.events(json.dumps(run("1")))
        assert answer.status_code == 503
        assert "only reads" in answer.json()["error"]


def test_heartbeats_are_runs(server: Pushing) -> None:
    """start opens one, a plain one ends it well, fail ends it as failed with the body as its message."""
    assert server.beat("crm-jobs/start").status_code == 200
    assert [one["status"] for one in runs(server)] == ["running"]
    assert server.beat("crm-jobs", method="POST").status_code == 200
    assert server.beat("crm-jobs/start?rid=7").json() == {"run": "7"}
    assert server.beat("crm-jobs/start?rid=8").json() == {"run": "8"}
    server.beat("crm-jobs/fail?rid=7", method="POST", body="disk is full, tell ivan@example.com")
    assert server.beat("crm-jobs").json() == {"run": "8"}
    server.beat("crm-jobs")
    found = {one["external_id"]: one for one in runs(server)}
    assert [one["status"] for one in found.values()].count("succeeded") == 3
    assert found["7"]["status"] == "failed"
    assert found["7"]["error_message"].startswith("disk is full")
    assert "ivan@" not in found["7"]["error_message"]
    assert found["7"]["started_at"] is not None
    assert {one["job"] for one in found.values()} == {"crm-jobs"}
    assert verify(server.store) == []


def test_a_heartbeat_sent_again_changes_nothing(server: Pushing) -> None:
    """Neither a start after its end nor an end told twice."""
    for path in ("start?rid=1", "start?rid=1", "?rid=1", "?rid=1", "start?rid=1"):
        assert server.beat(f"crm-jobs/{path}" if path.startswith("start") else f"crm-jobs{path}").is_success
    assert [(one["external_id"], one["status"]) for one in runs(server)] == [("1", "succeeded")]


@pytest.mark.parametrize("path", ["nobody", "nightly", "crm-jobs/stop", "crm-jobs/start/more"])
def test_a_heartbeat_of_another_key_is_not_found(server: Pushing, path: str) -> None:
    """A token beats for its own key only."""
    assert server.beat(path).status_code == 404
    assert runs(server) == []


def test_a_shared_source_pushes_for_many(server: Pushing) -> None:
    """By their jobs: one mapped, one made, the rest unrouted and told; all see the source."""
    events = [run(f"{job}-{n}", job=job) for job in ("users", "teams", "tasks") for n in range(2)]
    answer = server.events(json.dumps(events), token=SHARED).json()
    assert (answer["stored"], answer["unrouted"]) == (6, 2)
    found = status(server)
    assert {key: one["runs_24h"] for key, one in found.items()} == {
        "crm": 0,
        "hr": 2,
        "tasks": 2,
        UNROUTED: 2,
    }
    assert [one["name"] for one in found["hr"]["sources"]] == ["nightly"]
    assert found["tasks"]["health"] == "healthy"
    with server.store.read() as connection:
        assert diagnosis(connection, server.settings, "tasks", clock.now()) is not None
        keys = [row.verdict.integration.key for row in board(connection, server.settings, clock.now()).rows]
    assert sorted(keys) == ["crm", "hr", "tasks", UNROUTED]
    assert (found[UNROUTED]["health"], "runs 2" in found[UNROUTED]["reason"]) == ("unknown", True)
    assert server.beat("nightly", token=SHARED).is_success


def test_a_source_that_keeps_silent_is_not_seen(server: Pushing) -> None:
    """Never heard of: unknown; heard: healthy; silent for longer than `expect_every`: unknown again."""
    assert status(server)["crm"]["health"] == "unknown"
    server.events(json.dumps(run("1")))
    assert status(server)["crm"]["health"] == "healthy"
    with server.store.read() as connection:
        later: Any = status_document(connection, server.settings, clock.now() + timedelta(minutes=61))
    assert {one["key"]: one["health"] for one in later["integrations"]}["crm"] == "unknown"


def test_the_routes_are_described(server: Pushing) -> None:
    """As OpenAPI, and as a page that loads nothing from elsewhere."""
    described = server.client.get("/api/v1/openapi.json").json()
    assert "/api/v1/events" in described["paths"]
    assert "external_id" in described["components"]["schemas"]["runs"]["required"]
    page = server.client.get("/api/v1/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "/api/v1/heartbeat/{key}/start" in page.text
    assert not any(word in page.text for word in ("<script", "<link", "src=", "@import"))
    for path, methods in described["paths"].items():
        if "{" not in path:
            for method in methods:
                found: httpx.Response = server.client.request(method, path)
                assert found.status_code not in {404, 405}


def test_a_changed_configuration_holds_for_the_next_call(store: Store) -> None:
    """A token that was taken out is refused, a new one is taken, and what was called is not forgotten."""
    before = CONFIGURATION.replace("max_body: 100KB", "max_body: 100KB, max_per_minute: 2")
    with pushing(store, before) as server:
        assert server.events("[]").status_code == 200
        after = loads(before.replace(TOKEN, "another-token"), "monitor.yaml", registries())
        server.inbox.settings = lambda: after
        assert server.events("[]").status_code == 401
        codes = [server.events("[]", token="another-token").status_code for _ in range(2)]
        assert codes == [200, 429]
