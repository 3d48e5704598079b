"""The sandbox as a process: when it is ready, what it leaves, how it ends."""

import asyncio
import json
import signal
import socket
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from core.clock import now
from sandbox.server import READY_FILE, SandboxBusyError, running

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def _process(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", *arguments, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_it_says_when_it_is_ready_and_ends_cleanly(tmp_path: Path) -> None:
    """The address is printed, sandbox.json stands while it answers, SIGTERM ends it with 0."""
    async with _process("--dir", str(tmp_path), "--port", "0", "--days", "1") as process:
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()
        ready = json.loads((tmp_path / READY_FILE).read_text())
        assert (ready["url"], ready["pid"]) == (url, process.pid)
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{url}/sandbox")).json()["ok"] is True
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0
        assert not (tmp_path / READY_FILE).exists()


async def test_wrong_usage_is_told(tmp_path: Path) -> None:
    """An unknown scenario is named and nothing is made."""
    async with _process("--dir", str(tmp_path / "new"), "--scenario", "flood") as process:
        _, errors = await process.communicate()
        assert process.returncode == 2
        assert b"flood" in errors
        assert not (tmp_path / "new").exists()


async def test_a_directory_has_one_sandbox(tmp_path: Path) -> None:
    """The second one in a directory is refused, and the first goes on."""
    async with running(tmp_path, port=0, days=1, traffic=False):
        with pytest.raises(SandboxBusyError, match="runs in"):
            async with running(tmp_path, port=0, days=1, traffic=False):
                raise AssertionError("never reached")
        assert (tmp_path / READY_FILE).exists()


async def test_a_taken_port_gives_way(tmp_path: Path) -> None:
    """The next free port is used, and monitor.yaml names it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with running(tmp_path, port=port, days=1, traffic=False) as sandbox:
            assert sandbox.port != port
            assert f"{sandbox.url}/api/v1/sync-log" in (tmp_path / "monitor.yaml").read_text(encoding="utf-8")


async def test_keys_are_for_the_owner_only(tmp_path: Path) -> None:
    """Key files have mode 600 in a folder of mode 700, and monitor.yaml holds no key."""
    async with running(tmp_path, port=0, days=1, traffic=False) as sandbox:
        key = tmp_path / "keys" / "peoplesoft.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
        text = (tmp_path / "monitor.yaml").read_text(encoding="utf-8")
        assert sandbox.world.keys.of("peoplesoft").secret not in text


async def test_another_host_name_is_refused(tmp_path: Path) -> None:
    """A page that resolves its own name to loopback gets nothing, and a form switches nothing."""
    async with (
        running(tmp_path, port=0, days=1, traffic=False) as sandbox,
        httpx.AsyncClient(base_url=sandbox.url, trust_env=False) as client,
    ):
        assert (await client.get("/sandbox", headers={"Host": "evil.example"})).status_code == 400
        assert (await client.post("/sandbox/scenario", data={"name": "outage"})).status_code == 415


async def test_traffic_starts_what_is_due(tmp_path: Path) -> None:
    """Within seconds of a start there is a run of this minute, made over HTTP and logged by the gateway."""
    shift = timedelta(seconds=56 - now().second)  # so that a minute turns soon

    def clock() -> datetime:
        return now() + shift

    async with running(tmp_path, port=0, days=1, scenarios=(), pace=0, clock=clock) as sandbox:
        log = tmp_path / "logs" / "gateway" / "peoplesoft.access.log"
        for _ in range(150):
            last = sandbox.world.runs.page("peoplesoft", None, None, 10**6)[0][-1]
            if last.started_at > sandbox.world.origin and last.finished_at is not None:
                break
            await asyncio.sleep(0.1)
        assert (last.state, last.reason) == ("done", "schedule")
        assert "127.0.0.1 - peoplesoft [" in log.read_text(encoding="utf-8")
