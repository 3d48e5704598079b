"""A real sandbox on loopback, with a day of history and no traffic but what a test asks for."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from core.clock import now
from sandbox.server import Sandbox, running
from sandbox.world import open_world

Started = Callable[..., AbstractAsyncContextManager[tuple[Sandbox, httpx.AsyncClient]]]


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a sandbox that ran before, without faults; copy it."""
    directory = tmp_path_factory.mktemp("lived-in")
    open_world(directory, clock=now, scenarios=(), days=1)
    return directory


@pytest.fixture
def started(tmp_path: Path, lived_in: Path) -> Started:
    """Starts a sandbox: `async with started("outage") as (sandbox, client)`; fresh: in a new directory."""

    @asynccontextmanager
    async def start(*scenarios: str, fresh: bool = False) -> AsyncIterator[tuple[Sandbox, httpx.AsyncClient]]:
        directory = tmp_path / "sandbox"
        if not fresh:
            shutil.copytree(lived_in, directory)
        async with (
            running(directory, port=0, days=1, scenarios=scenarios, traffic=False, pace=0) as sandbox,
            httpx.AsyncClient(base_url=sandbox.url, trust_env=False) as client,
        ):
            yield sandbox, client

    return start


def bearer(sandbox: Sandbox, consumer: str) -> dict[str, str]:
    """The header that shows a consumer's key."""
    return {"Authorization": f"Bearer {sandbox.world.keys.of(consumer).secret}"}
