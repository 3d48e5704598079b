"""Airflow's runs, through the command and out again: exactly what the server holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

pytestmark = pytest.mark.slow

STATES = {"success": "succeeded", "failed": "failed", "running": "running", "queued": "queued"}

CONFIG = """
integrations:
  - key: airflow
    name: Airflow → Butterboard
    method: custom
    source_system: Airflow
    target_system: Butterboard
    sources:
      - type: rest
        name: airflow
        every: 60s
        request: {{method: GET, url: "{url}/api/v2/dags/~/dagRuns", params: {{order_by: "-updated_at", updated_at_gte: "{{since}}"}}}}
        auth: {{type: login, url: "{url}/auth/token", json: {{username: u, password: "{password}"}}, token: access_token}}
        pages: {pages}
        records: dag_runs
        fields: {{external_id: dag_run_id, job: dag_id, status: state, started_at: start_date, finished_at: end_date, trigger: run_type}}
        status_map: {{success: succeeded, failed: failed, running: running, queued: queued}}
        cursor: {{field: updated_at}}
        detail:
          when: failed
          request: {{url: "{url}/api/v2/dags/{{job}}/dagRuns/{{external_id}}/taskInstances"}}
          fields: {{error_message: "join(', ', task_instances[?state=='failed'].task_id)"}}
        lookback: 1h
"""

PAGES = {
    "offset": "{by: offset, offset: offset, limit: limit, size: 2}",
    "cursor": '{by: cursor, param: cursor, next: next_cursor, first: ""}',
    "one page": "{by: none}",
}


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@pytest.mark.parametrize("pages", PAGES.values(), ids=PAGES.keys())
def test_every_run_arrives_once_as_the_server_has_it(monitor: Any, airflow: Any, pages: str) -> None:
    """Ids, statuses, starts, ends, triggers and the detail call's message; a second look adds nothing."""
    url, server = airflow
    monitor.configure(CONFIG.format(url=url, pages=pages, password="p"))
    for _ in range(2):
        done = monitor.run("collect", "--once")
        assert done.code == 0, done.err + done.out
    rows = {row["external_id"]: row for row in monitor.run("export", "runs").lines()}
    assert len(monitor.run("export", "runs").lines()) == len(server.runs) == len(rows)
    failed_task = {task["dag_run_id"]: task["task_id"] for task in server.tasks}
    for run in server.runs:
        row = rows[run["dag_run_id"]]
        assert row["status"] == STATES[run["state"]]
        assert row["job"] == run["dag_id"]
        assert row["trigger"] == run["run_type"]
        assert _instant(row["started_at"]) == _instant(run["start_date"])
        assert _instant(row["finished_at"]) == _instant(run["end_date"])
        assert row["error_message"] == failed_task.get(run["dag_run_id"])
        assert (row["integration"], row["source"], row["side"]) == ("airflow", "airflow", "target")
    assert monitor.run("verify").code == 0


def test_a_run_that_ends_later_is_the_same_run(lite: Any, airflow: Any) -> None:
    """A running run that fails by the next look is updated, and the status tells it."""
    url, server = airflow
    lite.configure(CONFIG.format(url=url, pages=PAGES["one page"], password="p"))
    assert lite.run("collect", "--once").code == 0
    running = next(run for run in server.runs if run["state"] == "running")
    running |= {"state": "failed", "end_date": "2026-11-24T14:00:00.000001Z"}
    server.tasks.append({"dag_run_id": running["dag_run_id"], "task_id": "load", "state": "failed"})
    assert lite.run("collect", "--once").code == 0
    rows = [row for row in lite.run("export", "runs").lines() if row["external_id"] == running["dag_run_id"]]
    assert [(row["status"], row["error_message"]) for row in rows] == [("failed", "load")]
    document = lite.run("status", "--json").json()
    assert document["integrations"][0]["last_run"]["external_id"] == running["dag_run_id"]
    assert lite.run("verify").code == 0


def test_a_wrong_password_is_named_and_makes_unknown(lite: Any, airflow: Any) -> None:
    """The poll fails with the cause, the exit code is 1, the integration is not healthy."""
    url, _ = airflow
    lite.configure(CONFIG.format(url=url, pages=PAGES["one page"], password="wrong"))
    done = lite.run("collect", "--once")
    assert done.code == 1
    assert "401" in done.out + done.err
    status = lite.run("status", "--json")
    assert status.code == 3
    source = status.json()["integrations"][0]["sources"][0]
    assert source["last_result"] == "failed"
    assert "401" in source["error"]
    assert "wrong" not in done.out + done.err + status.out
