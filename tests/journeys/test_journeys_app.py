"""The real server: pages, routes and worker in one process, from start to SIGTERM."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.journeys.conftest import Monitor

pytestmark = pytest.mark.slow

CONFIG = """
integrations:
  - key: people
    name: People → Butterboard
    method: api
    source_system: HR
    target_system: Butterboard
    sources:
      - {type: log_file, name: syncs, every: 10s, path: "sync.jsonl", format: jsonl, fields: {external_id: id, status: status, started_at: at, finished_at: at}}
"""


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _get(url: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


@contextmanager
def _running(monitor: Monitor) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = _port()
    process = monitor.start("run", "--port", str(port))
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while _get(f"{url}/readyz")[0] != 200:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield url, process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(20)


def _written(monitor: Monitor, count: int, start: int = 0) -> None:
    now = datetime.now(UTC)
    with (monitor.folder / "sync.jsonl").open("a", encoding="utf-8") as file:
        for number in range(start, start + count):
            at = (now - timedelta(minutes=start + count - number)).isoformat()
            file.write(json.dumps({"id": f"run-{number}", "status": "succeeded", "at": at}) + "\n")


def _runs(url: str) -> int:
    document: dict[str, Any] = json.loads(_get(f"{url}/api/v1/integrations")[1])
    return int(document["integrations"][0]["runs_24h"])


def _wait_for_runs(url: str, count: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while _runs(url) != count:
        assert time.monotonic() < deadline, f"{_runs(url)} runs, not {count}"
        time.sleep(0.3)


def test_the_worker_starts_with_the_server_and_stops_with_it(lite: Monitor) -> None:
    """No visitor is needed for the first collection; SIGTERM ends it cleanly and lets the database go."""
    _written(lite, 5)
    lite.configure(CONFIG)
    with _running(lite) as (url, process):
        _wait_for_runs(url, 5, 10)
        assert _get(f"{url}/healthz") == (200, "ok\n")
        _written(lite, 3, start=5)
        _wait_for_runs(url, 8, 20)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert lite.run("collect", "--once").code == 0
    assert lite.run("verify").code == 0


def test_no_route_answers_another_host_or_site(lite: Monitor) -> None:
    """Pages, probes and Streamlit's own routes refuse a foreign Host and a foreign Origin."""
    _written(lite, 1)
    lite.configure(CONFIG)
    with _running(lite) as (url, _):
        for path in ("/", "/healthz", "/readyz", "/metrics", "/api/v1/integrations", "/_stcore/health"):
            assert _get(url + path)[0] == 200
            assert _get(url + path, {"Host": "evil.example"})[0] == 403
            assert _get(url + path, {"Origin": "https://evil.example"})[0] == 403


def test_a_second_process_only_reads(lite: Monitor) -> None:
    """Where another process collects, the dashboard shows what that one stores."""
    _written(lite, 4)
    lite.configure(CONFIG)
    with _running(lite) as (first, _):
        _wait_for_runs(first, 4, 10)
        with _running(lite) as (second, _):
            ready = json.loads(_get(f"{second}/readyz")[1])
            assert ready["checks"]["worker"] == "in another process"
            assert _runs(second) == 4
