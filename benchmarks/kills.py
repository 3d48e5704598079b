"""Kills a writing process again and again, and looks whether what it acknowledged is there once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from benchmarks.measure import Measured
from storage import schema
from storage.migrate import upgrade
from storage.store import open_store
from storage.verify import verify
from storage.writer import Writer
from tests.storage.storage_crash_child import SIZE
from tests.storage.storage_samples import NOW, configuration

KILLS = 50
BATCHES = 5_000
"""More than 50 lives can write."""

_CHILD = (
    "import sys; import tests.storage.storage_crash_child as child;"
    f" child.BATCHES = {BATCHES}; child.main(sys.argv[1])"
)
_ROOT = Path(__file__).parent.parent


def kills(folder: Path) -> Measured:
    """Kill -9 at random moments while batches are written, resuming from the cursor each time."""
    url = f"sqlite:///{folder / 'kills.db'}"
    upgrade(url)
    with open_store(url, writable=True) as store:
        Writer(store).configure(configuration(), NOW)
    chance, acknowledged = random.Random(20261124), -1  # noqa: S311 - no secret
    for _ in range(KILLS):
        acknowledged = max(acknowledged, _killed(url, chance.uniform(0, 0.15)))
    with open_store(url) as store:
        stored, once = _stored(store.address)
        differences = len(verify(store))
    # Each batch ends the last five runs of the batch before: those of the last one may be open yet.
    lost = max(0, (acknowledged + 1) * SIZE - 5 - stored)
    found = (
        f"{acknowledged + 1:,} batches acknowledged in {KILLS} lives, {stored:,} runs: {lost} lost,"
        f" {stored - once} doubled, {differences} sums that differ"
    )
    return Measured(
        f"{KILLS} kill -9 under load",
        "nothing lost, nothing doubled, rollups equal raw",
        found,
        lost == 0 and stored == once and differences == 0 and acknowledged >= KILLS,
    )


def _killed(url: str, after: float) -> int:
    """The last batch that a process acknowledged before it was killed."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, url], cwd=_ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(after)
    child.send_signal(signal.SIGKILL)
    lines = [first, *child.stdout.readlines()]
    child.wait()
    return max((int(line) for line in lines if line.endswith("\n")), default=-1)


def _stored(url: str) -> tuple[int, int]:
    """How many runs there are, and how many different ones."""
    runs = schema.sync_run.c.external_id
    with open_store(url) as store, store.read() as connection:
        row = connection.execute(sa.select(sa.func.count(runs), sa.func.count(sa.distinct(runs)))).one()
    return int(row[0]), int(row[1])
