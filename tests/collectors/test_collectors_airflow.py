"""Airflow's recorded answers, read by the mapping that the documentation shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from collectors.http import Clients
from collectors.sources._rest_settings import RestSettings
from tests.collectors.collectors_rest import look
from tests.collectors.collectors_server import Answer, Reply, Seen, Served

Serve = Callable[[Answer], Served]
SAMPLES = Path(__file__).parents[1] / "samples" / "airflow"
STATES = {"success": "succeeded", "failed": "failed", "running": "running", "queued": "queued"}


def recorded(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def airflow() -> tuple[Answer, dict[str, dict[str, Any]]]:
    """A server over every recorded run, and the runs."""
    names = ("dagRuns_running", "dagRuns_page1", "dagRuns_page2", "dagRuns_cursor1", "dagRuns_failed")
    runs = {run["dag_run_id"]: run for name in names for run in recorded(name)["dag_runs"]}
    tasks = recorded("ti_all_failed")["task_instances"]

    def answer(seen: Seen) -> Reply:
        if seen.path == "/auth/token":
            return Reply({"access_token": "t"}, 201)
        if seen.headers.get("authorization") != "Bearer t":
            return Reply({"detail": "Invalid token"}, 401)
        if seen.path == "/api/v2/dags/~/dagRuns":
            size = int(seen.query.get("limit", "2"))
            start = int(seen.query.get("cursor") or seen.query.get("offset") or 0)
            after = start + size
            following = str(after) if after < len(runs) else None
            return Reply({"dag_runs": list(runs.values())[start:after], "next_cursor": following})
        run = unquote(seen.path.split("/")[-2])
        return Reply({"task_instances": [task for task in tasks if task["dag_run_id"] == run]})

    return answer, runs


@pytest.mark.parametrize(
    "pages",
    [
        {"by": "cursor", "param": "cursor", "next": "next_cursor", "first": ""},
        {"by": "offset", "size": 2},
    ],
    ids=["cursor", "offset"],
)
async def test_every_run_as_the_server_has_it(serve: Serve, clients: Clients, pages: dict[str, Any]) -> None:
    """Ids, jobs, statuses, starts, ends; every failed run with its detail call's message."""
    answer, runs = airflow()
    server = serve(answer)
    given = RestSettings.model_validate(
        {
            "type": "rest",
            "name": "airflow",
            "request": {
                "url": f"{server.url}/api/v2/dags/~/dagRuns",
                "params": {"order_by": "-updated_at", "updated_at_gte": "{since}"},
            },
            "auth": {"type": "login", "url": f"{server.url}/auth/token", "json": {"username": "u"}},
            "pages": pages,
            "records": "dag_runs",
            "fields": {
                "external_id": "dag_run_id",
                "job": "dag_id",
                "status": "state",
                "started_at": "start_date",
                "finished_at": "end_date",
                "trigger": "run_type",
            },
            "status_map": STATES,
            "cursor": {"field": "start_date"},
            "detail": {
                "when": "failed",
                "request": {"url": f"{server.url}/api/v2/dags/{{job}}/dagRuns/{{external_id}}/taskInstances"},
                "fields": {"error_message": "task_instances[?state=='failed'] | [0].task_id"},
            },
        }
    )
    done = await look(given, clients)
    assert done.error is None
    assert sorted(done.ids) == sorted(runs)
    assert done.problems == []
    for run in done.runs:
        item = runs[run.external_id]
        assert (run.job, run.status, run.trigger) == (item["dag_id"], STATES[item["state"]], item["run_type"])
        for ours, theirs in ((run.started_at, item["start_date"]), (run.finished_at, item["end_date"])):
            assert ours == (datetime.fromisoformat(theirs) if theirs else None)
        assert (run.error_message is not None) == (item["state"] == "failed")
