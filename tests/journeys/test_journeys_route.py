"""One source at the top level feeds many integrations; when its route changes, history moves."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from tests.journeys.conftest import Monitor

INTEGRATIONS = """
integrations:
  - {key: crm, name: CRM, method: api, source_system: CRM}
  - {key: payroll, name: Payroll, method: api, source_system: Pay}
"""
SOURCE = """
sources:
  - type: rest
    name: loader
    request: {url: "%s/runs"}
    pages: {by: none}
    records: runs
    fields: {external_id: id, job: job, status: state, started_at: started, finished_at: ended}
    status_map: {ok: succeeded, bad: failed}
    failed_records: {records: errors, fields: {record_key: id, error_message: text}}
    route: %s
"""


class Loader(BaseHTTPRequestHandler):
    """A system that runs many jobs and lists them all."""

    runs: ClassVar[list[dict[str, object]]] = []
    down: ClassVar[bool] = False

    def do_GET(self) -> None:
        body = json.dumps({"runs": self.runs}).encode()
        self.send_response(404 if type(self).down else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def loader() -> Iterator[tuple[str, type[Loader]]]:
    """The system with three runs each of four jobs, one of them failed."""
    now = datetime.now(UTC)
    runs: list[dict[str, object]] = []
    for job in ("crm_contacts", "payroll", "New Hires", "other"):
        for n in range(3):
            at = now - timedelta(hours=5 * n, minutes=20)
            state = "bad" if (job, n) == ("crm_contacts", 2) else "ok"
            errors = [{"id": f"e{n}", "text": "email is taken"}] if state == "bad" else []
            times = {"started": at.isoformat(), "ended": (at + timedelta(minutes=2)).isoformat()}
            runs.append({"id": f"{job}/{n}", "job": job, "state": state, "errors": errors, **times})
    handler = type("Running", (Loader,), {"runs": runs})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler
    server.shutdown()
    server.server_close()


def stored(monitor: Monitor) -> dict[str, Counter[str]]:
    """How many runs of which job each integration has."""
    found: dict[str, Counter[str]] = {}
    for run in monitor.run("export", "runs").lines():
        found.setdefault(run["integration"], Counter())[run["job"]] += 1
    return found


def test_a_route_feeds_creates_and_moves(monitor: Monitor, loader: tuple[str, type[Loader]]) -> None:
    """Mapped, named and created integrations, and the rest unrouted; the sums agree before and after."""
    url, system = loader
    monitor.configure(INTEGRATIONS + SOURCE % (url, "{by: job, map: {crm_contacts: crm}}"))
    assert monitor.run("collect", "--once").code == 0
    assert stored(monitor) == {
        "crm": {"crm_contacts": 3},
        "payroll": {"payroll": 3},
        "unrouted": {"New Hires": 3, "other": 3},
    }
    status = {one["key"]: one for one in monitor.run("status", "--json").json()["integrations"]}
    assert all([source["name"] for source in one["sources"]] == ["loader"] for one in status.values())
    assert status["unrouted"]["runs_24h"] == 6
    assert monitor.run("verify").code == 0

    monitor.configure(
        INTEGRATIONS + SOURCE % (url, "{by: job, map: {crm_contacts: payroll, other: crm}, create: true}")
    )
    assert monitor.run("collect", "--once").code == 0
    assert stored(monitor) == {
        "crm": {"other": 3},
        "payroll": {"payroll": 3, "crm_contacts": 3},
        "new-hires": {"New Hires": 3},
    }
    records = monitor.run("export", "failed-records").lines()
    assert [(one["integration"], one["job"]) for one in records] == [("payroll", "crm_contacts")]
    assert monitor.run("verify").code == 0
    assert len(monitor.run("export", "runs", "--integration", "new-hires").lines()) == 3
    status = {one["key"]: one for one in monitor.run("status", "--json").json()["integrations"]}
    assert (status["new-hires"]["name"], status["new-hires"]["health"]) == ("New Hires", "healthy")
    assert (status["payroll"]["runs_24h"], status["payroll"]["failed_runs_24h"]) == (6, 1)

    system.down = True
    assert monitor.run("collect", "--once").code == 1


def test_a_blind_shared_source_blinds_all_it_feeds(lite: Monitor, loader: tuple[str, type[Loader]]) -> None:
    """Never read, it leaves those of its map unknown."""
    url, system = loader
    system.down = True
    lite.configure(INTEGRATIONS + SOURCE % (url, "{map: {a: crm, b: payroll}}"))
    assert lite.run("collect", "--once").code == 1
    done = lite.run("status", "--json")
    assert done.code == 3
    assert {one["key"]: one["health"] for one in done.json()["integrations"]} == {
        "crm": "unknown",
        "payroll": "unknown",
        "unrouted": "unknown",
    }
