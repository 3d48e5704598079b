"""From a fault of the sandbox to its recovery: exactly the expected messages, each in its reader's language."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from core.clock import now
from sandbox.server import Sandbox, running
from sandbox.world import open_world
from tests.alerts.alerts_mailbox import Mailbox, page_of, text_of
from tests.collectors.collectors_server import Reply, Served
from tests.journeys.conftest import Monitor
from tests.waiting import until

QUIET_SECONDS = 25
"""Two evaluations, and every poll once: time enough for a message too many."""

CONFIG = """
language: en
timezone: Europe/Moscow
address: http://monitor.test:8501
notify: [hook]
channels:
  mail: {{type: smtp, host: 127.0.0.1, port: {smtp}, security: none, from: monitor@butterboard.test, group_wait: 1s, group_interval: 1s}}
  hook: {{type: webhook, url: "{hook}/alerts", secret: "scenario", language: en, group_wait: 1s, group_interval: 1s}}
contacts:
  olga: {{name: Ольга, email: olga@butterboard.test, channels: [mail], language: ru, timezone: Europe/Moscow}}
  john: {{name: John, email: john@butterboard.test, channels: [mail], language: en, timezone: Europe/London}}
integrations:
  - key: bamboohr
    name: BambooHR → Butterboard
    method: api
    source_system: BambooHR
    contacts: [{{who: olga}}, {{who: john}}]
    sources:
      - {{type: probe, name: key, every: 10s, request: {{url: "{sandbox}/api/v1/key"}}, auth: {{type: bearer, token: "file:{keys}/bamboohr.key"}}, expect: [200], scope: bamboohr, expires: expires_at, brings: [credentials, quotas]}}
"""


@asynccontextmanager
async def sandbox_at(folder: Path) -> AsyncIterator[tuple[Sandbox, httpx.AsyncClient]]:
    """A real sandbox without faults and without traffic of its own."""
    open_world(folder, clock=now, scenarios=(), days=1)
    async with (
        running(folder, port=0, days=1, scenarios=(), traffic=False, pace=0) as sandbox,
        httpx.AsyncClient(base_url=sandbox.url, trust_env=False) as client,
    ):
        yield sandbox, client


@contextmanager
def working(monitor: Monitor) -> Iterator[subprocess.Popen[bytes]]:
    """The worker alone, as a user starts it; stopped as a user stops it."""
    process = monitor.start("worker")
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(60) == 0


async def switch(client: httpx.AsyncClient, on: bool) -> None:
    answer = await client.post("/sandbox/scenario", json={"name": "expired-key", "on": on}, timeout=30)
    assert answer.status_code == 200


@pytest.mark.slow
async def test_from_fault_to_recovery_each_reader_is_told_twice(lite: Monitor, tmp_path: Path) -> None:
    """An expired key: one mail to each of two readers and one webhook call; the same when it holds again; no more."""
    hook = Served(lambda _: Reply(b"", 204))
    with Mailbox() as mailbox:
        async with sandbox_at(tmp_path / "sandbox") as (_, client):
            lite.configure(
                CONFIG.format(
                    smtp=mailbox.port,
                    hook=hook.url,
                    sandbox=client.base_url,
                    keys=tmp_path / "sandbox" / "keys",
                )
            )
            with working(lite):
                await asyncio.sleep(QUIET_SECONDS)
                assert (mailbox.mails, hook.seen) == ([], [])
                await switch(client, True)
                await until(lambda: len(mailbox.mails) == 2 and len(hook.seen) == 1, 180)
                await asyncio.sleep(QUIET_SECONDS)
                await switch(client, False)
                await until(lambda: len(mailbox.mails) == 4 and len(hook.seen) == 2, 180)
                await asyncio.sleep(QUIET_SECONDS)
    hook.stop()
    _check_mails(mailbox)
    _check_calls(hook)


def _check_mails(mailbox: Mailbox) -> None:
    told = {(mail["To"], str(mail["Subject"])) for mail in mailbox.mails}
    assert len(mailbox.mails) == len(told) == 4
    by_reader = {
        reader: [mail for mail in mailbox.mails if mail["To"].startswith(reader)]
        for reader in ("olga", "john")
    }
    fired, over = by_reader["olga"]
    assert fired["Subject"].startswith("Критично: BambooHR → Butterboard — ключ не действует")
    assert over["Subject"].startswith("Снова в норме: BambooHR → Butterboard — «Недействительный ключ»")
    said = text_of(fired)
    for row in (
        "Началось: ",
        "(UTC+3)",
        "Вероятная причина: Ключ больше не принимается",
        "Что сделать сначала: ",
        "Кому звонить: ",
    ):
        assert row in said
    assert "http://monitor.test:8501/integration?integration=bamboohr&lang=ru" in said
    assert 'lang="ru"' in page_of(fired)
    assert fired["References"] == over["References"]
    fired, over = by_reader["john"]
    assert fired["Subject"].startswith("Critical: BambooHR → Butterboard — the key is not valid")
    assert over["Subject"].startswith("Back to normal: BambooHR → Butterboard — “Invalid key”")
    said = text_of(fired)
    for row in (
        "Since: ",
        "(UTC)",
        "Probable cause: The key is no longer accepted",
        "Next step: ",
        "Whom to call: ",
    ):
        assert row in said
    assert "http://monitor.test:8501/integration?integration=bamboohr\n" in said


def _check_calls(hook: Served) -> None:
    fired, over = (seen.json() for seen in hook.seen)
    assert (fired["kind"], fired["severity"]) == ("fired", "critical")
    assert (over["kind"], over["alerts"][0]["rule"]) == ("recovered", "invalid-key")
    assert fired["alerts"][0]["episode"] == over["alerts"][0]["episode"]
    assert fired["alerts"][0]["since"] == over["alerts"][0]["since"] < over["alerts"][0]["ended_at"]
    assert fired["key"] != over["key"]
    assert all(seen.headers["webhook-signature"].startswith("v1,") for seen in hook.seen)
