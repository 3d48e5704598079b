"""Ten thousand messages, five kills: none is lost, and what is repeated carries its first dedup key."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from core.alerting import AlertOutcome, NoticeState, Target
from core.clock import now
from storage import queries
from storage.store import open_store
from storage.writer import Writer
from tests.alerts.alerts_post import configured, told
from tests.alerts.conftest import Serve
from tests.collectors.collectors_server import Reply, Served

ROOT = Path(__file__).parents[2]
MESSAGES = {"sqlite": 10_000, "postgresql": 2_000}
KILLS, SEED = 5, 20261124


def filled(url: str, hook: str, messages: int) -> None:
    """Each of half as many contacts is to be told about each of two integrations."""
    with open_store(url, writable=True) as store:
        writer = Writer(store)
        writer.configure(configured(hook), now())
        notices = tuple(
            told(
                target=Target("hook", f"contact-{contact}"), integration=integration, episode=f"ep-{contact}"
            )
            for contact in range(messages // 2)
            for integration in ("peoplesoft", "crm")
        )
        writer.evaluate(lambda _: AlertOutcome(notices=notices), now())


def start(url: str, hook: str, said: Path) -> subprocess.Popen[bytes]:
    """said: the file that all of them write their log to."""
    with said.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.alerts.alerts_drain_child", url, hook],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=log,
        )


def other_than_delivered(said: Path) -> list[str]:
    """What the processes told besides messages that arrived."""
    lines = said.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if line.strip() and "message delivered" not in line]


def wait_for(server: Served, messages: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 1200
    while len(server.seen) < messages:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.slow
def test_ten_thousand_messages_survive_five_kills(
    store_url: str, engine_name: str, serve: Serve, tmp_path: Path
) -> None:
    """Killed at seeded moments while sending; each message arrives, at most one per kill twice, under one key."""
    server, said = serve(lambda _: Reply(b"", 204)), tmp_path / "said.log"
    messages = MESSAGES[engine_name]
    filled(store_url, server.url, messages)
    moments = random.Random(SEED)
    for kill in range(1, KILLS + 1):
        process = start(store_url, server.url, said)
        wait_for(server, kill * messages // (KILLS + 1) + moments.randrange(200), process)
        process.kill()
        process.wait(30)
    last = start(store_url, server.url, said)
    assert last.wait(600) == 0
    # A kill in the middle of a call leaves the receiver half a message: nothing that came.
    whole = [seen for seen in server.seen if len(seen.body) == int(seen.headers["content-length"])]
    came = Counter(seen.headers["idempotency-key"] for seen in whole)
    about = {(seen.json()["alerts"][0]["episode"], seen.json()["integration"]["key"]) for seen in whole}
    assert len(came) == len(about) == messages
    assert sum(came.values()) - messages <= KILLS
    with open_store(store_url) as store, store.read() as connection:
        counts = queries.outbox_counts(connection)
    expected = dict.fromkeys(NoticeState, 0) | {NoticeState.DELIVERED: messages}
    assert counts.by_state == expected, other_than_delivered(said)
