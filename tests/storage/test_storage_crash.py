"""Killed at any moment, the writer loses nothing it acknowledged and doubles nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import sqlalchemy as sa

from storage import schema
from storage.store import open_store
from storage.verify import verify
from storage.writer import Writer
from tests.storage.storage_crash_child import BATCHES, SIZE
from tests.storage.storage_samples import NOW, configuration

KILLS = 6
_HERE = Path(__file__).parent


def start(url: str) -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(_HERE), str(_HERE.parent.parent)])
    return subprocess.Popen(
        [sys.executable, str(_HERE / "storage_crash_child.py"), url],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
    )


def stored_cursor(url: str) -> int:
    with open_store(url) as store, store.read() as connection:
        cursor = connection.execute(
            sa.select(schema.source.c.cursor).where(schema.source.c.name == "log")
        ).scalar_one()
    return int(msgspec.json.decode(cursor).get("next", 0))


def test_kill_at_any_moment_loses_nothing_and_doubles_nothing(store_url: str) -> None:
    """After kill -9 at seeded random moments and resuming from the cursor every run is there once."""
    with open_store(store_url, writable=True) as store:
        Writer(store).configure(configuration(), NOW)
    chance = random.Random(20261124)
    for _ in range(KILLS):
        child = start(store_url)
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(chance.uniform(0, 0.15))
        child.send_signal(signal.SIGKILL)
        acknowledged = [first, *child.stdout.readlines()]
        child.wait()
        done = [int(line) for line in acknowledged if line.endswith("\n")]
        if done:
            assert stored_cursor(store_url) > done[-1]
    last = start(store_url)
    last.communicate(timeout=300)
    assert last.returncode == 0
    assert stored_cursor(store_url) == BATCHES
    with open_store(store_url) as store:
        with store.read() as connection:
            runs = schema.sync_run
            total = sa.select(sa.func.count(), sa.func.count(sa.distinct(runs.c.external_id)))
            assert connection.execute(total.select_from(runs)).one() == (BATCHES * SIZE, BATCHES * SIZE)
            failed = sa.select(sa.func.count()).select_from(schema.failed_record)
            assert connection.execute(failed).scalar_one() == BATCHES
            opened = sa.select(sa.func.count()).select_from(schema.open_run)
            assert connection.execute(opened).scalar_one() == 0
        assert verify(store) == []
