"""A running program takes a changed configuration over, whole or not at all."""

from __future__ import annotations

import json
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core import clock
from storage.queries import audit_trail, source_states
from storage.store import open_store
from tests.journeys.conftest import Monitor
from tests.journeys.serving import free_port

SECONDS = 8.0
"""A change is at work within five; a busy machine has a few more."""

ONE = """
  - key: {key}
    name: {key}
    method: api
    source_system: S
    sources: [{{type: probe, name: key, every: {every}, request: {{url: "{url}/{key}"}}, auth: {{type: bearer, token: "file:{secret}"}}}}]
"""


class Watched(BaseHTTPRequestHandler):
    """A system that answers anything, and remembers who asked with which token."""

    seen: list[tuple[str, str]]

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Authorization"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


class Changing:
    """A configuration of integrations on one watched system, written anew at will."""

    def __init__(self, monitor: Monitor, url: str, seen: list[tuple[str, str]]) -> None:
        self.monitor, self.url, self.seen = monitor, url, seen
        self.secret = monitor.folder / "key.secret"
        self.secret.write_text("first")

    def write(self, *keys: str, every: str = "1h") -> None:
        parts = (ONE.format(key=key, url=self.url, secret=self.secret, every=every) for key in keys)
        self.monitor.configure("integrations:" + "".join(parts))


@pytest.fixture
def changing(lite: Monitor) -> Iterator[Changing]:
    """The configuration, with `a` in it."""
    seen: list[tuple[str, str]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Ours", (Watched,), {"seen": seen}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    one = Changing(lite, f"http://127.0.0.1:{server.server_address[1]}", seen)
    one.write("a")
    yield one
    server.shutdown()
    server.server_close()


def _until(holds: Callable[[], bool], seconds: float = SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if holds():
                return True
        except OSError:
            pass
        time.sleep(0.1)
    return False


class Served:
    """A dashboard's server on a port of its own."""

    def __init__(self, monitor: Monitor) -> None:
        self.port = free_port()
        self.process = monitor.start("run", "--port", str(self.port))

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return json.load(answer)

    def ready(self) -> bool:
        return bool(self.get("/readyz")["ready"])

    def keys(self) -> list[str]:
        return [one["key"] for one in self.get("/api/v1/integrations")["integrations"]]

    def said(self) -> str:
        found = self.get("/readyz")
        assert found["ready"] is True
        return str(found["checks"]["configuration"])


def _stop(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(40)


def _actions(folder: Path) -> list[str]:
    with open_store(f"sqlite:///{folder}/monitor.db") as store, store.read() as connection:
        return [row.action for row in audit_trail(connection, limit=50).items]


@pytest.mark.slow
def test_the_dashboard_takes_a_change_over_refuses_a_broken_one_and_sees_it_mended(
    changing: Changing,
) -> None:
    """A new integration appears; a broken file changes nothing and is told; the mended one is taken over.

    A second process on the same file only reads, and follows as well.
    """
    first = Served(changing.monitor)
    started = [first.process]
    try:
        assert _until(first.ready, 60)
        second = Served(changing.monitor)
        started.append(second.process)
        assert _until(second.ready, 60)
        assert first.keys() == second.keys() == ["a"]
        changing.write("a", "b")
        assert _until(lambda: first.keys() == ["a", "b"])
        assert _until(lambda: second.keys() == ["a", "b"])
        assert _until(lambda: "/b" in [path for path, _ in changing.seen])
        changing.monitor.configure("integrations: [{key: c, name: C, nome: x}]")
        assert _until(lambda: "refused" in first.said() and "refused" in second.said())
        assert first.keys() == second.keys() == ["a", "b"]
        changing.write("b")
        assert _until(lambda: first.keys() == second.keys() == ["b"])
        assert first.said().startswith("ok, taken over ")
        changing.write("b", every="5s")
        assert _until(lambda: "refused" in first.said())
        changing.write("b")
        assert _until(lambda: first.said().startswith("ok, "))
        actions = _actions(changing.monitor.folder)
        assert actions.count("configuration taken over") == 2
        assert actions.count("configuration refused") == 2
    finally:
        _stop(*reversed(started))


@pytest.mark.slow
def test_a_worker_alone_follows_the_file_and_the_files_of_its_secrets(changing: Changing) -> None:
    """A rotated secret is used at once; another database is refused and said to need a restart."""
    process = changing.monitor.start("worker")
    try:
        assert _until(lambda: ("/a", "Bearer first") in changing.seen, 30)
        changing.secret.write_text("second")
        assert _until(lambda: ("/a", "Bearer second") in changing.seen)
        changing.write("a", "b")
        assert _until(lambda: ("/b", "Bearer second") in changing.seen)
        changing.monitor.database = "sqlite:///other.db"
        changing.write("a", "b", "c")
        assert _until(lambda: "configuration refused" in _actions(changing.monitor.folder))
        assert "/c" not in [path for path, _ in changing.seen]
        assert not (changing.monitor.folder / "other.db").exists()
        with (
            open_store(f"sqlite:///{changing.monitor.folder}/monitor.db") as store,
            store.read() as connection,
        ):
            assert sorted(state.integration for state in source_states(connection, clock.now())) == ["a", "b"]
    finally:
        _stop(process)
