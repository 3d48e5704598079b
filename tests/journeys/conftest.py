"""Runs the installed command as a user does: another process, a file, an exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
AIRFLOW = ROOT / "tests" / "samples" / "airflow"


@dataclass(frozen=True)
class Answer:
    """What a finished command left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Its output as one JSON document."""
        return json.loads(self.out)

    def lines(self) -> list[dict[str, Any]]:
        """Its output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Monitor:
    """The command, run in a folder of its own on one configuration."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.database = database
        self.config = folder / "monitor.yaml"

    def configure(self, integrations: str) -> None:
        """Write the configuration: the database and these integrations (YAML, as in the file)."""
        self.config.write_text(f"database: {self.database}\n{integrations}", encoding="utf-8")

    def command(self, *words: str) -> list[str]:
        """The command line; the configuration is added."""
        return [sys.executable, "-m", "cli", *words, "--config", str(self.config)]

    def environment(self) -> dict[str, str]:
        """The environment of the command: this checkout is what it imports."""
        return {**os.environ, "PYTHONPATH": str(ROOT)}

    def run(self, *words: str, timeout_seconds: float = 120) -> Answer:
        """Run to the end."""
        done = subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start and leave running."""
        return subprocess.Popen(
            self.command(*words),
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@pytest.fixture
def monitor(tmp_path: Path, store_url: str) -> Monitor:
    """The command on a fresh database of each engine."""
    return Monitor(tmp_path, store_url)


@pytest.fixture
def lite(tmp_path: Path) -> Monitor:
    """The command on a fresh SQLite database."""
    return Monitor(tmp_path, "sqlite:///monitor.db")


class Airflow(BaseHTTPRequestHandler):
    """Airflow's two routes over recorded items: `limit` and `offset`, or `cursor`; a Bearer token."""

    runs: ClassVar[list[dict[str, Any]]] = []
    tasks: ClassVar[list[dict[str, Any]]] = []
    calls: ClassVar[list[str]] = []
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query, keep_blank_values=True)
        type(self).calls.append(self.path)
        if self.headers.get("Authorization") != "Bearer tok":
            self._answer(401, {"detail": "Invalid token"})
        elif url.path == "/api/v2/dags/~/dagRuns":
            self._page("dag_runs", self.runs, query)
        elif url.path.endswith("/taskInstances"):
            run = unquote(url.path.split("/")[-2])
            self._page("task_instances", [t for t in self.tasks if t["dag_run_id"] == run], query)
        else:
            self._answer(404, {"detail": "Not Found"})

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/auth/token" and sent == {"username": "u", "password": "p"}:
            self._answer(201, {"access_token": "tok"})
        else:
            self._answer(401, {"detail": "Invalid credentials"})

    def _page(self, name: str, items: list[dict[str, Any]], query: dict[str, list[str]]) -> None:
        limit = int(query.get("limit", ["100"])[0])
        by_cursor = "cursor" in query
        start = int(query["cursor"][0] or 0) if by_cursor else int(query.get("offset", ["0"])[0])
        after = start + limit
        following = str(after) if by_cursor and after < len(items) else None
        self._answer(200, {name: items[start:after], "total_entries": len(items), "next_cursor": following})

    def _answer(self, status: int, body: object) -> None:
        sent = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def airflow() -> Iterator[tuple[str, type[Airflow]]]:
    """A server over the recorded items: its address, and the items for a test to change."""
    runs: dict[str, dict[str, Any]] = {}
    for file in ("dagRuns_running", "dagRuns_page1", "dagRuns_page2", "dagRuns_cursor1", "dagRuns_failed"):
        for run in json.loads((AIRFLOW / f"{file}.json").read_text())["dag_runs"]:
            runs.setdefault(run["dag_run_id"], run)
    tasks = json.loads((AIRFLOW / "ti_all_failed.json").read_text())["task_instances"]
    handler = type("Recorded", (Airflow,), {"runs": list(runs.values()), "tasks": tasks, "calls": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler
    server.shutdown()
    server.server_close()
