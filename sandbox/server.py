"""Starts and stops the sandbox: one process, one directory, one loopback address."""

import asyncio
import contextlib
import fcntl
import json
import os
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from core.clock import Clock, now
from sandbox.admission import Admission
from sandbox.config import DASHBOARD, monitor_yaml
from sandbox.gateway import Gateway
from sandbox.routes_api import customer_routes
from sandbox.routes_control import control_routes
from sandbox.routes_journals import journal_routes
from sandbox.routes_systems import system_routes
from sandbox.syncs import Syncs
from sandbox.traffic import Traffic
from sandbox.world import HISTORY_DAYS, World, open_world, replace_file

DEFAULT_PORT = 8710
READY_FILE = "sandbox.json"
_ADDRESS = "127.0.0.1"
_PORTS_TRIED = 20


class SandboxBusyError(Exception):
    """Another sandbox runs in this directory."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox."""

    url: str
    port: int
    world: World
    traffic: Traffic


@asynccontextmanager
async def running(
    directory: Path,
    *,
    port: int = DEFAULT_PORT,
    dashboard: str = DASHBOARD,
    seed: int = 7,
    scenarios: Iterable[str] | None = None,
    days: int = HISTORY_DAYS,
    traffic: bool = True,
    pace: float = 1.0,
    clock: Clock = now,
) -> AsyncIterator[Sandbox]:
    """A sandbox that answers on loopback until the block is left.

    port: 0 = any; a taken one gives way to the next free. dashboard: where it will be reached, for links in messages. traffic: sync by schedule (off: only on
    `/sandbox/sync`); pace: 0 = without the pauses of real systems. `sandbox.json` {url, port, pid} stands in the directory while it answers, and
    `monitor.yaml` is the configuration that watches it. SandboxBusyError when one runs there already.
    """
    with _owned(directory) as directory, _listening(port) as listener:
        world = open_world(directory, clock=clock, seed=seed, scenarios=scenarios, days=days)
        port = listener.getsockname()[1]
        url = f"http://{_ADDRESS}:{port}"
        async with httpx.AsyncClient(base_url=url, timeout=30.0, trust_env=False) as client:
            flow = Traffic(world, Syncs(world, client, pace))
            async with _serving(_application(world, flow, pace), listener):
                replace_file(directory / "monitor.yaml", monitor_yaml(url, directory, dashboard))
                replace_file(
                    directory / READY_FILE, json.dumps({"url": url, "port": port, "pid": os.getpid()})
                )
                try:
                    async with _flowing(flow if traffic else None):
                        yield Sandbox(url, port, world, flow)
                finally:
                    world.abort_open()
                    (directory / READY_FILE).unlink(missing_ok=True)


def _application(world: World, traffic: Traffic, pace: float) -> Starlette:
    admission = Admission(world, pace)
    return Starlette(
        routes=[
            *customer_routes(world, admission),
            *journal_routes(world, admission),
            *system_routes(world),
            *control_routes(world, traffic),
        ],
        middleware=[
            Middleware(Gateway, world=world),
            Middleware(TrustedHostMiddleware, allowed_hosts=[_ADDRESS, "localhost"]),
        ],
    )


class _Server(uvicorn.Server):
    """uvicorn that leaves the signals to whoever started it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _serving(app: Starlette, listener: socket.socket) -> AsyncIterator[None]:
    server = _Server(
        uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", ws="none", server_header=False,
            timeout_graceful_shutdown=2, timeout_keep_alive=30,
        )
    )  # fmt: skip
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                await task
                raise OSError("the sandbox's server ended before it began")
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def _flowing(traffic: Traffic | None) -> AsyncIterator[None]:
    if traffic is None:
        yield
        return
    task = asyncio.create_task(traffic.forever())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    wanted = [0] if port == 0 else [*range(port, port + _PORTS_TRIED), 0]
    for number in wanted:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_ADDRESS, number))
        except OSError:
            listener.close()
            continue
        with listener:
            yield listener
        return
    raise OSError(f"no free port on {_ADDRESS}")


@contextmanager
def _owned(directory: Path) -> Iterator[Path]:
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w", encoding="utf-8") as lock:
        _lock(lock, directory)
        (directory / READY_FILE).unlink(missing_ok=True)
        yield directory


def _lock(lock: IO[str], directory: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise SandboxBusyError(
            f"a sandbox runs in {directory} already (see {READY_FILE} there); stop it or use another --dir"
        ) from None
