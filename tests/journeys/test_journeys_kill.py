"""Killed at any moment and started again, the collection ends with every run once."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

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
    from datetime import UTC, datetime, timedelta

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


@pytest.mark.slow
def test_ten_kills_lose_nothing_and_double_nothing(monitor: Any) -> None:
    """Ten `kill -9` at seeded moments after the collecting has begun, each followed by a restart."""
    _write_log(monitor.folder / "sync.jsonl", RUNS)
    monitor.configure(CONFIG)
    assert monitor.run("migrate").code == 0
    moments = random.Random(SEED)
    killed = 0
    for _ in range(KILLS):
        process = monitor.start("collect", "--once")
        try:
            process.wait(moments.uniform(1.0, 3.5))
        except Exception as timeout:  # noqa: BLE001 (subprocess.TimeoutExpired: still collecting)
            assert "timed out" in str(timeout)
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait(30)
        time.sleep(0.05)
    assert killed >= KILLS // 2
    done = monitor.run("collect", "--once")
    assert done.code == 0, done.err
    rows = monitor.run("export", "runs").out.splitlines()
    assert len(rows) == RUNS
    assert monitor.run("verify").code == 0
