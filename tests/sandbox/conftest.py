"""A real sandbox on loopback, with a day of history and no traffic but what a test asks for."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from sandbox.server import Sandbox, running

Started = Callable[..., AbstractAsyncContextManager[tuple[Sandbox, httpx.AsyncClient]]]


@pytest.fixture
def started(tmp_path: Path) -> Started:
    """Starts a sandbox: `async with started("outage") as (sandbox, client)`."""

    @asynccontextmanager
    async def start(*scenarios: str) -> AsyncIterator[tuple[Sandbox, httpx.AsyncClient]]:
        async with (
            running(tmp_path, port=0, days=1, scenarios=scenarios, traffic=False, pace=0) as sandbox,
            httpx.AsyncClient(base_url=sandbox.url, trust_env=False) as client,
        ):
            yield sandbox, client

    return start


def bearer(sandbox: Sandbox, consumer: str) -> dict[str, str]:
    """The header that shows a consumer's key."""
    return {"Authorization": f"Bearer {sandbox.world.keys.of(consumer).secret}"}
