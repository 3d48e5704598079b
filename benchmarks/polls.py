"""Measures what a poll costs us: 5,000 a minute are to fit into a tenth of a core."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measure import NOW, Measured
from collectors.exchange import Request
from collectors.http import Clients, HttpClient
from collectors.outfit import Outfit
from collectors.registry import SettingsModels, sources
from collectors.run import poll
from collectors.together import Together
from composition.collecting import STORED_APART_SECONDS
from core.masking import Masker
from core.settings import Registries, Settings, loads
from storage.migrate import upgrade
from storage.store import open_store
from storage.writer import Writer

HOSTS, ROUNDS = 80, 12
"""As many polls as fall due in a second, which is how long the worker gathers them."""
A_MINUTE = 5_000
_SERVER = """
import asyncio
ANSWER = b'HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: 2\\r\\n\\r\\n[]'
async def answer(reader, writer):
    try:
        while await reader.readuntil(b'\\r\\n\\r\\n'):
            writer.write(ANSWER)
    except asyncio.IncompleteReadError:
        writer.close()
async def main():
    servers = [await asyncio.start_server(answer, '127.0.0.1', 0) for _ in range(HOSTS)]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""
_INTEGRATION = """
  - key: i{0}
    name: I{0}
    method: api
    source_system: A
    sources:
      - {{type: rest, name: log, request: {{url: "http://127.0.0.1:{1}/runs"}}, fields: {{external_id: id, status: status}}}}
"""


def polls(folder: Path) -> Measured:
    """Polls of a source with nothing new, over HTTP on this machine; our own CPU, the server's is not in it."""
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER.replace("HOSTS", str(HOSTS))], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        ports = [int(port) for port in server.stdout.readline().split()]
        text = "integrations:" + "".join(_INTEGRATION.format(*pair) for pair in enumerate(ports))
        whole, call = asyncio.run(_costs(folder, loads(text, "bench.yaml", Registries(SettingsModels()))))
    finally:
        server.kill()
        server.wait()
    share = whole * A_MINUTE / 60
    found = (
        f"{share:.0%} of a core ({whole * 1000:.1f} ms of CPU a poll, of which the call itself"
        f" {call * 1000:.1f} ms; {call * A_MINUTE / 60:.0%} of a core for the calls alone)"
    )
    return Measured("5,000 polls a minute", "≤ 10 % of a core", found, share <= 0.1)


async def _costs(folder: Path, settings: Settings) -> tuple[float, float]:
    """CPU seconds of a whole poll, stored, and of its call alone: the least round of each."""
    url = f"sqlite:///{folder / 'polls.db'}"
    upgrade(url)
    whole: list[float] = []
    calls: list[float] = []
    with open_store(url, writable=True) as store:
        writer = Writer(store)
        writer.configure(settings, NOW)
        clients = Clients()
        outfit = Outfit(
            store,
            writer,
            clients,
            Masker(b"bench" * 8, settings.masking),
            sources(),
            together=Together(writer, STORED_APART_SECONDS),
        )
        watched = [(one.key, source) for one in settings.integrations for source in one.sources]
        requests = [Request("GET", f"{source.request.url}") for _, source in watched]  # type: ignore[attr-defined]
        for _ in range(ROUNDS):
            begin = time.process_time()
            done = await asyncio.gather(*(poll(outfit, key, source) for key, source in watched))
            middle = time.process_time()
            await asyncio.gather(*(HttpClient(clients).fetch(request) for request in requests))
            whole.append(middle - begin)
            calls.append(time.process_time() - middle)
            assert all(one.error is None for one in done), done
        await clients.aclose()
    return min(whole) / len(watched), min(calls) / len(watched)
