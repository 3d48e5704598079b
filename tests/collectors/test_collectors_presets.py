"""Every preset reads a body of its system, recorded or made from its public documentation."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from collectors.http import Clients, HttpClient
from collectors.presets import presets
from collectors.source import SourceContext
from collectors.sources._rest_settings import RestSettings
from composition.names import registries
from composition.names import sources as registries_sources
from core.records import RunStatus, Side, SyncRun
from core.settings import loads
from core.settings.preset_pages import preset_list, preset_page, presets_of
from tests.collectors.collectors_rest import Look, look
from tests.collectors.collectors_server import Answer, Reply, Seen, Served

Serve = Callable[[Answer], Served]
SAMPLES = Path(__file__).parents[1] / "samples" / "airflow"
DOCUMENT = Path(__file__).parents[2] / "docs" / "presets.md"


def source(**keys: Any) -> Any:
    """The source as the file would make it."""
    whole = {
        "key": "a",
        "name": "A",
        "method": "api",
        "source_system": "S",
        "sources": [{"name": "s", **keys}],
    }
    text = yaml.safe_dump({"integrations": [whole]})
    return loads(text, "m.yaml", registries(), environ={}).integrations[0].sources[0]


async def read(clients: Clients, **keys: Any) -> Look:
    """One poll of a preset's source, with no problem in it."""
    given = source(**keys)
    assert isinstance(given, RestSettings)
    done = await look(given, clients)
    assert done.error is None
    assert done.problems == []
    return done


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def by_id(done: Look) -> dict[str, SyncRun]:
    return {run.external_id: run for run in done.runs}


def test_each_preset_is_whole_and_documented() -> None:
    """The ten are there; each has a section that says its parameters, and what it cannot know."""
    text = DOCUMENT.read_text(encoding="utf-8")
    sections = {part.split("`")[0]: part for part in text.split("\n## `")[1:]}
    assert set(sections) == set(presets()) == {
        "airbyte", "airflow", "butterboard", "dagster", "dlt", "fivetran", "github", "meltano", "nango", "prefect",
    }  # fmt: skip
    for preset in presets_of(registries()):
        assert preset.title
        assert preset.maps
        assert preset.unknown
        assert preset.docs.startswith("https://")
        assert f"`{preset.type}`" in sections[preset.name]
        assert "Not known: " in sections[preset.name]
        assert all(name in sections[preset.name] for name in preset.parameters)


def test_the_list_names_each_and_a_page_is_the_data_file() -> None:
    """What `config presets` prints."""
    assert all(f"{name}: " in preset_list(registries()) for name in presets())
    assert preset_page(registries(), "github") == presets()["github"]


async def test_airbyte(serve: Serve, clients: Clients) -> None:
    """Jobs of the public API: an ended one has an end, an incomplete one goes on."""
    jobs = [
        {"jobId": 12, "status": "succeeded", "jobType": "sync", "startTime": "2026-11-24T10:00:00Z", "connectionId": "c1",
         "lastUpdatedAt": "2026-11-24T10:05:00Z", "duration": "PT5M", "bytesSynced": 2048, "rowsSynced": 17},
        {"jobId": 13, "status": "incomplete", "jobType": "sync", "startTime": "2026-11-24T11:00:00Z", "connectionId": "c1",
         "lastUpdatedAt": "2026-11-24T11:02:00Z"},
        {"jobId": 14, "status": "failed", "jobType": "reset", "startTime": "2026-11-24T11:10:00Z", "connectionId": "c2",
         "lastUpdatedAt": "2026-11-24T11:11:00Z", "duration": "PT1M", "bytesSynced": 0, "rowsSynced": 0},
    ]  # fmt: skip

    def answer(seen: Seen) -> Reply:
        if seen.path == "/v1/applications/token":
            wanted = {"client_id": "i", "client_secret": "s", "grant-type": "client_credentials"}
            return Reply({"access_token": "t"}) if seen.json() == wanted else Reply({}, 401)
        assert seen.headers["authorization"] == "Bearer t"
        assert "workspaceIds" not in seen.query or seen.query["workspaceIds"] == ""
        start = int(seen.query["offset"])
        return Reply({"previous": "", "next": "https://elsewhere/v1/jobs", "data": jobs[start : start + 100]})

    server = serve(answer)
    runs = by_id(
        await read(clients, preset="airbyte", url=f"{server.url}/v1/", client_id="i", client_secret="s")
    )
    assert {key: run.status for key, run in runs.items()} == {
        "12": RunStatus.SUCCEEDED, "13": RunStatus.RUNNING, "14": RunStatus.FAILED,
    }  # fmt: skip
    assert (runs["12"].records_written, runs["12"].bytes, runs["12"].job) == (17, 2048, "c1")
    assert runs["12"].finished_at == at("2026-11-24T10:05:00Z")
    assert runs["13"].finished_at is None


async def test_fivetran(serve: Serve, clients: Clients) -> None:
    """Each connection's last good and last failed sync; one never synced is none, and does not end the pages."""
    items = [
        {"id": "new", "schema": "n", "succeeded_at": None, "failed_at": None, "status": {"tasks": []}},
        {"id": "sf", "schema": "salesforce", "succeeded_at": "2026-11-24T10:00:00Z", "failed_at": "2026-11-24T09:00:00Z",
         "status": {"sync_state": "scheduled", "tasks": [{"code": "reconnect", "message": "Reconnect"}]}},
    ]  # fmt: skip

    def answer(seen: Seen) -> Reply:
        page = int(seen.query.get("cursor") or 0)
        data: dict[str, Any] = {"items": items[page : page + 1]}
        if page == 0:
            data["next_cursor"] = "1"
        return Reply({"code": "Success", "data": data})

    done = await read(clients, preset="fivetran", url=serve(answer).url, key="k", secret="s")
    runs = by_id(done)
    assert {run.status for run in done.runs} == {RunStatus.SUCCEEDED, RunStatus.FAILED}
    failed = runs["sf@2026-11-24T09:00:00Z"]
    assert (failed.job, failed.error_code, failed.error_message) == ("salesforce", "reconnect", "Reconnect")
    assert runs["sf@2026-11-24T10:00:00Z"].error_message is None


async def test_nango(serve: Serve, clients: Clients) -> None:
    """Operation logs, page by page through a cursor in the body."""
    rows = [
        {"id": "op1", "operation": {"type": "sync", "action": "run"}, "state": "success", "syncConfigName": "contacts",
         "createdAt": "2026-11-24T10:00:00.000Z", "startedAt": "2026-11-24T10:00:01.000Z", "endedAt": "2026-11-24T10:00:09.000Z"},
        {"id": "op2", "operation": {"type": "sync", "action": "run"}, "state": "timeout", "syncConfigName": "deals",
         "createdAt": "2026-11-24T10:10:00.000Z", "startedAt": None, "endedAt": "2026-11-24T11:10:00.000Z",
         "error": {"name": "Error", "type": "script_timeout", "message": "took too long"}},
    ]  # fmt: skip

    def answer(seen: Seen) -> Reply:
        assert seen.query == {"env": "prod"}
        body = seen.json()
        assert body["types"] == ["sync:run"]
        page = int(body.get("cursor") or 0)
        cursor = "1" if page == 0 else None
        return Reply({"data": rows[page : page + 1], "pagination": {"total": 2, "cursor": cursor}})

    auth = {"type": "basic", "username": "u", "password": "p"}
    runs = by_id(await read(clients, preset="nango", url=serve(answer).url, auth=auth))
    assert runs["op1"].status is RunStatus.SUCCEEDED
    assert runs["op1"].started_at == at("2026-11-24T10:00:01Z")
    assert (runs["op2"].status, runs["op2"].job, runs["op2"].error_code) == (
        RunStatus.FAILED,
        "deals",
        "script_timeout",
    )


async def test_airflow(serve: Serve, clients: Clients) -> None:
    """Recorded runs of Airflow 3, a failed one with the tasks that failed."""
    runs = json.loads((SAMPLES / "dagRuns_failed.json").read_text())["dag_runs"]
    tasks = json.loads((SAMPLES / "ti_all_failed.json").read_text())

    def answer(seen: Seen) -> Reply:
        if seen.path == "/auth/token":
            return Reply({"access_token": "t"}, 201)
        if seen.path == "/api/v2/dags/~/dagRuns":
            start = int(seen.query["offset"])
            return Reply({"dag_runs": runs[start : start + 100], "total_entries": len(runs)})
        return Reply(tasks)

    done = await read(clients, preset="airflow", url=serve(answer).url, username="u", password="p")
    assert sorted(done.ids) == sorted(run["dag_run_id"] for run in runs)
    assert all(run.error_message and "failed" in run.error_message for run in done.runs)


async def test_airflow_2(serve: Serve, clients: Clients) -> None:
    """The same preset with another path and a plain user and password."""
    run = {"dag_run_id": "r", "dag_id": "d", "state": "success", "start_date": "2026-11-24T10:00:00+00:00",
           "end_date": "2026-11-24T10:01:00+00:00", "execution_date": "2026-11-24T09:00:00+00:00", "run_type": "scheduled"}  # fmt: skip

    def answer(seen: Seen) -> Reply:
        assert seen.path == "/api/v1/dags/~/dagRuns"
        assert seen.headers["authorization"].startswith("Basic ")
        return Reply({"dag_runs": [run] if seen.query["offset"] == "0" else [], "total_entries": 1})

    auth = {"type": "basic", "username": "u", "password": "p"}
    done = await read(clients, preset="airflow", url=serve(answer).url, api="v1", auth=auth)
    assert [(one.external_id, one.status, one.trigger) for one in done.runs] == [
        ("r", RunStatus.SUCCEEDED, "scheduled")
    ]


async def test_prefect(serve: Serve, clients: Clients) -> None:
    """A list at the root, pages in the body; the flow's id is the job, the state's message the error."""
    common = {
        "flow_id": "f1",
        "auto_scheduled": True,
        "run_count": 1,
        "expected_start_time": "2026-11-24T10:00:00.000000Z",
    }
    runs = [
        {**common, "id": "r1", "name": "ubiquitous-lynx", "state_type": "COMPLETED", "state_name": "Completed",
         "start_time": "2026-11-24T10:00:01.5Z", "end_time": "2026-11-24T10:00:05.5Z", "state": {"message": "All good"}},
        {**common, "id": "r2", "name": "quick-otter", "state_type": "CRASHED", "state_name": "Crashed", "auto_scheduled": False,
         "start_time": "2026-11-24T10:00:01Z", "end_time": None, "state": {"message": "killed"}},
    ]  # fmt: skip

    def answer(seen: Seen) -> Reply:
        body = seen.json()
        assert seen.path == "/api/flow_runs/filter"
        assert "SCHEDULED" not in body["flow_runs"]["state"]["type"]["any_"]
        assert body["flows"] == {"name": {"any_": ["crm"]}}
        return Reply(runs[body["offset"] : body["offset"] + body["limit"]])

    request = {"json": {"flows": {"name": {"any_": ["crm"]}}}}
    found = by_id(await read(clients, preset="prefect", url=f"{serve(answer).url}/api", request=request))
    assert (found["r1"].status, found["r1"].job, found["r1"].error_message) == (
        RunStatus.SUCCEEDED,
        "f1",
        None,
    )
    assert found["r1"].trigger == "schedule"
    assert (found["r2"].status, found["r2"].error_message, found["r2"].trigger) == (
        RunStatus.FAILED,
        "killed",
        "on demand",
    )


async def test_dagster(serve: Serve, clients: Clients) -> None:
    """GraphQL: epoch floats, the page after the last run's id, and one more question about a failed run."""
    runs = [
        {"runId": "a1", "jobName": "j", "status": "SUCCESS", "creationTime": 1795514400.0, "startTime": 1795514401.25,
         "endTime": 1795514460.5, "updateTime": 1795514460.5, "tags": [{"key": "dagster/schedule_name", "value": "nightly"}]},
        {"runId": "a2", "jobName": "j", "status": "FAILURE", "creationTime": 1795514300.0, "startTime": None,
         "endTime": 1795514310.0, "updateTime": 1795514310.0, "tags": []},
    ]  # fmt: skip
    events = [
        {"__typename": "RunStartEvent"},
        {"__typename": "ExecutionStepFailureEvent", "stepKey": "load", "error": {"message": "no such table"}},
        {"__typename": "RunFailureEvent", "message": "Steps failed"},
    ]

    def answer(seen: Seen) -> Reply:
        variables = seen.json()["variables"]
        if "run" in variables:
            return Reply({"data": {"runOrError": {"eventConnection": {"events": events}}}})
        assert "since" not in variables
        return Reply({"data": {"runsOrError": {"results": [] if variables.get("cursor") else runs}}})

    found = by_id(await read(clients, preset="dagster", url=serve(answer).url))
    assert found["a1"].started_at == datetime.fromtimestamp(1795514401.25, UTC)
    assert (found["a1"].trigger, found["a1"].status) == ("nightly", RunStatus.SUCCEEDED)
    assert (found["a2"].error_code, found["a2"].error_message) == ("load", "no such table")


async def test_an_error_inside_200_is_a_failed_poll(serve: Serve, clients: Clients) -> None:
    """Dagster's GraphQL says its errors in the body."""
    server = serve(lambda seen: Reply({"errors": [{"message": "boom"}], "data": None}))
    done = await look(source(preset="dagster", url=server.url), clients)
    assert done.error is not None
    assert "boom" in done.error.message


async def test_github(serve: Serve, clients: Clients) -> None:
    """Workflow runs by their conclusion, an attempt's number, and the jobs that failed."""
    common = {
        "name": "Sync",
        "event": "schedule",
        "created_at": "2026-11-24T10:00:00Z",
        "html_url": "https://github.com/x",
    }
    runs = [
        {**common, "id": 1, "run_attempt": 2, "status": "completed", "conclusion": "failure",
         "run_started_at": "2026-11-24T10:30:00Z", "updated_at": "2026-11-24T10:31:00Z"},
        {**common, "id": 2, "run_attempt": 1, "status": "in_progress", "conclusion": None,
         "run_started_at": "2026-11-24T10:40:00Z", "updated_at": "2026-11-24T10:40:10Z"},
    ]  # fmt: skip
    jobs = [{"name": "load", "conclusion": "failure"}, {"name": "lint", "conclusion": "success"}]

    def answer(seen: Seen) -> Reply:
        if seen.path == "/repos/acme/sync/actions/runs/1/jobs":
            return Reply({"total_count": 2, "jobs": jobs})
        assert seen.path == "/repos/acme/sync/actions/runs"
        return Reply({"total_count": 2, "workflow_runs": runs if seen.query["page"] == "1" else []})

    found = by_id(
        await read(clients, preset="github", url=serve(answer).url, repository="acme/sync", token="t")
    )
    assert (found["1"].status, found["1"].attempt, found["1"].error_message) == (
        RunStatus.FAILED,
        2,
        "job load failure",
    )
    assert found["1"].started_at == at("2026-11-24T10:30:00Z")
    assert (found["2"].status, found["2"].finished_at) == (RunStatus.RUNNING, None)


def test_butterboard() -> None:
    """A probe of a customer's key, every five minutes unless told otherwise."""
    given = source(preset="butterboard", url="https://acme.butterboard.online/", key="k")
    assert given.type == "probe"
    assert given.request.url == "https://acme.butterboard.online/api/v1/users?limit=1"
    assert given.auth.token.get_secret_value() == "k"
    assert given.every.total_seconds() == 300


MELTANO = """
CREATE TABLE runs (id INTEGER PRIMARY KEY, job_name VARCHAR, run_id CHAR(32), state VARCHAR, started_at DATETIME,
  last_heartbeat_at DATETIME, ended_at DATETIME, payload VARCHAR, payload_flags INTEGER, trigger VARCHAR);
INSERT INTO runs VALUES
 (1, 'dev:a-to-b', 'x1', 'SUCCESS', '2026-11-24 10:00:00.000000', NULL, '2026-11-24 10:05:00.000000', '{"singer_state": {}}', 1, NULL),
 (2, 'dev:a-to-b', 'x2', 'FAIL', '2026-11-24 11:00:00.000000', NULL, '2026-11-24 11:00:09.000000', '{"error": "no key"}', 0, NULL),
 (3, 'dev:a-to-b', 'x3', 'STATE_EDIT', '2026-11-24 11:30:00.000000', NULL, '2026-11-24 11:30:00.000000', '{}', 0, NULL),
 (4, 'dev:a-to-b', 'x4', 'RUNNING', '2026-11-24 12:00:00.000000', NULL, NULL, '{}', 0, NULL);
"""
DLT = """
CREATE TABLE _dlt_loads (load_id TEXT, schema_name TEXT, status BIGINT, inserted_at TIMESTAMP, schema_version_hash TEXT);
INSERT INTO _dlt_loads VALUES ('1795514400.1234567', 'crm', 0, '2026-11-24 10:00:05.5', 'h');
"""


async def _rows(tmp_path: Path, name: str, script: str) -> dict[str, SyncRun]:
    database = sqlite3.connect(tmp_path / "x.db")
    database.executescript(script)
    database.close()
    given = source(preset=name, url=f"sqlite:///{tmp_path}/x.db")
    clients = Clients()
    ctx = SourceContext(
        "a", "s", Side.TARGET, datetime(2026, 11, 24, 12, 30, tzinfo=UTC), HttpClient(clients)
    )
    batches = [batch async for batch in registries_sources()[given.type].collect(given, {}, ctx)]
    assert [problem for batch in batches for problem in batch.problems] == []
    return {run.external_id: run for batch in batches for run in batch.runs}


async def test_meltano(tmp_path: Path) -> None:
    """Its runs with their error; an edit of the state is none."""
    runs = await _rows(tmp_path, "meltano", MELTANO)
    assert {key: run.status for key, run in runs.items()} == {
        "1": RunStatus.SUCCEEDED, "2": RunStatus.FAILED, "4": RunStatus.RUNNING,
    }  # fmt: skip
    assert (runs["2"].job, runs["2"].error_message) == ("dev:a-to-b", "no key")
    assert runs["1"].finished_at == at("2026-11-24T10:05:00Z")


async def test_dlt(tmp_path: Path) -> None:
    """A load that arrived; its id is the instant it began."""
    run = (await _rows(tmp_path, "dlt", DLT))["1795514400.1234567"]
    assert (run.status, run.job) == (RunStatus.SUCCEEDED, "crm")
    assert run.started_at is not None
    assert int(run.started_at.timestamp()) == 1795514400
    assert run.finished_at == at("2026-11-24T10:00:05.5Z")
