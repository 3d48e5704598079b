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


def start(url: str, hook: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.alerts.alerts_drain_child", url, hook],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )


def wait_for(server: Served, messages: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 1200
    while len(server.seen) < messages:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.slow
def test_ten_thousand_messages_survive_five_kills(store_url: str, engine_name: str, serve: Serve) -> None:
    """Killed at seeded moments while sending; each message arrives, at most one per kill twice, under one key."""
    server = serve(lambda _: Reply(b"", 204))
    messages = MESSAGES[engine_name]
    filled(store_url, server.url, messages)
    moments = random.Random(SEED)
    for kill in range(1, KILLS + 1):
        process = start(store_url, server.url)
        wait_for(server, kill * messages // (KILLS + 1) + moments.randrange(200), process)
        process.kill()
        process.wait(30)
    last = start(store_url, server.url)
    assert last.wait(600) == 0
    # A kill in the middle of a call leaves the receiver half a message: nothing that came.
    whole = [seen for seen in server.seen if len(seen.body) == int(seen.headers["content-length"])]
    came = Counter(seen.headers["idempotency-key"] for seen in whole)
    about = {(seen.json()["alerts"][0]["episode"], seen.json()["integration"]["key"]) for seen in whole}
    assert len(came) == len(about) == messages
    assert sum(came.values()) - messages <= KILLS
    with open_store(store_url) as store, store.read() as connection:
        counts = queries.outbox_counts(connection)
    assert counts.by_state[NoticeState.DELIVERED] == messages
    assert counts.by_state[NoticeState.WAITING] == counts.by_state[NoticeState.DEAD] == 0
