"""Killed at any moment and started again, the collection ends with every run once."""

from __future__ import annotations

import random
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.keys import SourceKey
from storage.queries.cursors import cursor_of
from storage.store import open_store
from tests.journeys.conftest import Monitor

RUNS = 200_000
KILLS = 10
SEED = 20261124

CONFIG = """
integrations:
  - key: hr
    name: HR → Butterboard
    method: custom
    source_system: HR
    target_system: Butterboard
    sources:
      - type: log_file
        name: sync-log
        path: "sync*.jsonl"
        format: jsonl
        fields: {external_id: id, job: job, status: status, started_at: started, finished_at: finished, records_read: read, records_failed: failed}
        status_map: {ok: succeeded, error: failed}
"""


def _write_log(path: Path, runs: int) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as file:
        for number in range(runs):
            began = start + timedelta(seconds=10 * number)
            ended = began + timedelta(seconds=3 + number % 50)
            status = "error" if number % 17 == 0 else "ok"
            file.write(
                f'{{"id":"run-{number}","job":"users-{number % 5}","status":"{status}","started":"{began.isoformat()}",'
                f'"finished":"{ended.isoformat()}","read":{number % 90},"failed":{number % 3}}}\n'
            )


def _revision(monitor: Monitor) -> int:
    """How many batches are stored."""
    with open_store(monitor.database) as store, store.read() as connection:
        return cursor_of(connection, SourceKey("hr", "sync-log"))[0]


def _wait_for_a_batch(monitor: Monitor, process: subprocess.Popen[bytes], seconds: float) -> None:
    """Until the process has stored a batch, ended, or had this long."""
    before, deadline = _revision(monitor), time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline and _revision(monitor) == before:
        time.sleep(0.02)


@pytest.mark.slow
def test_ten_kills_lose_nothing_and_double_nothing(monitor: Monitor) -> None:
    """Ten `kill -9` at seeded moments after the collecting has begun, each followed by a restart."""
    _write_log(monitor.folder / "sync.jsonl", RUNS)
    monitor.configure(CONFIG)
    assert monitor.run("migrate").code == 0
    moments = random.Random(SEED)
    killed = 0
    while killed < KILLS:
        process = monitor.start("collect", "--once")
        # The first one is left to begin; the others are hit while starting, writing or ending.
        _wait_for_a_batch(monitor, process, 60 if killed == 0 else moments.uniform(0.2, 4))
        time.sleep(moments.uniform(0, 0.3))
        if process.poll() is None:
            process.kill()
            killed += 1
        process.wait(30)
    done = monitor.run("collect", "--once")
    assert done.code == 0, done.err
    stored = [line["external_id"] for line in monitor.run("export", "runs").lines()]
    assert len(stored) == len(set(stored)) == RUNS
    assert monitor.run("verify").code == 0
