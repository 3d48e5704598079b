"""The real server: pages, routes and worker in one process, from start to SIGTERM."""

from __future__ import annotations

import json
import signal
import time
from typing import Any

import pytest

from tests.journeys.conftest import Monitor
from tests.journeys.serving import CONFIG, fetched, running, write_runs

pytestmark = pytest.mark.slow


def _runs(url: str) -> int:
    document: dict[str, Any] = json.loads(fetched(f"{url}/api/v1/integrations")[1])
    return int(document["integrations"][0]["runs_24h"])


def _wait_for_runs(url: str, count: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while _runs(url) != count:
        assert time.monotonic() < deadline, f"{_runs(url)} runs, not {count}"
        time.sleep(0.3)


def test_the_worker_starts_with_the_server_and_stops_with_it(lite: Monitor) -> None:
    """No visitor is needed for the first collection; SIGTERM ends it cleanly and lets the database go."""
    write_runs(lite, 5)
    lite.configure(CONFIG)
    with running(lite) as (url, process):
        _wait_for_runs(url, 5, 10)
        assert fetched(f"{url}/healthz") == (200, "ok\n")
        write_runs(lite, 3, start=5)
        _wait_for_runs(url, 8, 20)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert lite.run("collect", "--once").code == 0
    assert lite.run("verify").code == 0


def test_no_route_answers_another_host_or_site(lite: Monitor) -> None:
    """Pages, probes and Streamlit's own routes refuse a foreign Host and a foreign Origin."""
    write_runs(lite, 1)
    lite.configure(CONFIG)
    with running(lite) as (url, _):
        for path in ("/", "/healthz", "/readyz", "/metrics", "/api/v1/integrations", "/_stcore/health"):
            assert fetched(url + path)[0] == 200
            assert fetched(url + path, {"Host": "evil.example"})[0] == 403
            assert fetched(url + path, {"Origin": "https://evil.example"})[0] == 403


def test_a_second_process_only_reads(lite: Monitor) -> None:
    """Where another process collects, the dashboard shows what that one stores."""
    write_runs(lite, 4)
    lite.configure(CONFIG)
    with running(lite) as (first, _):
        _wait_for_runs(first, 4, 10)
        with running(lite) as (second, _):
            ready = json.loads(fetched(f"{second}/readyz")[1])
            assert ready["checks"]["worker"] == "in another process"
            assert _runs(second) == 4
