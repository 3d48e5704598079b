"""The real server on a log of runs, started as a user starts it."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from tests.journeys.conftest import Monitor

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


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetched(url: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """The status and the body of one GET; 0 and the reason where nobody answers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


@contextmanager
def running(monitor: Monitor) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`run`, from the moment it is ready: its address and its process."""
    port = free_port()
    process = monitor.start("run", "--port", str(port))
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while fetched(f"{url}/readyz")[0] != 200:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield url, process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(20)


def write_runs(monitor: Monitor, count: int, start: int = 0) -> None:
    """Append runs to the log of CONFIG: one a minute, the last one a minute ago."""
    now = datetime.now(UTC)
    with (monitor.folder / "sync.jsonl").open("a", encoding="utf-8") as file:
        for number in range(start, start + count):
            at = (now - timedelta(minutes=start + count - number)).isoformat()
            file.write(json.dumps({"id": f"run-{number}", "status": "succeeded", "at": at}) + "\n")
