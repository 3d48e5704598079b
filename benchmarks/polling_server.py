"""Many small systems on loopback, one address each: mixed latency, silence, and refusals for a limit."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

SILENT = 0.05
LIMITED = 0.05
RETRY_AFTER_SECONDS = (1, 2, 7, 30, 90)
_SLOW = 0.05

Arrived = tuple[float, int, str, float]
"""(when a request came, to which system, its fate, for how many seconds no other is to come)"""
_OK = "HTTP/1.1 200 OK\r\n"


def address(number: int) -> str:
    """Where the system of this number listens; all of them on 127.0.0.0/8."""
    return f"127.{1 + number // 62500}.{1 + number // 250 % 250}.{1 + number % 250}"


class System(asyncio.Protocol):
    """One connection to one system."""

    def __init__(self, number: int, fates: random.Random, log: list[Arrived], minutes: int) -> None:
        """minutes: between two runs of it."""
        self._number, self._fates, self._log, self._minutes = number, fates, log, minutes

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer a request, which is always one packet here: soon, late, with a refusal, or never."""
        if not self._log:
            print("asked", flush=True)  # noqa: T201 - the parent counts from here on
        draw, wait, headers = self._fates.random(), self._latency(), ""
        if draw < SILENT:
            self._log.append((time.time(), self._number, "silent", 0))
            return
        if draw < SILENT + LIMITED:
            seconds = self._fates.choice(RETRY_AFTER_SECONDS)
            self._log.append((time.time(), self._number, "limited", wait + seconds))
            head, body = "HTTP/1.1 429 Too Many Requests\r\n", b'{"error": "slow down"}'
            headers = f"Retry-After: {seconds}\r\n"
        else:
            self._log.append((time.time(), self._number, "answered", 0))
            head, body = _OK, _runs(self._number, self._minutes)
            headers = "X-RateLimit-Limit: 1000\r\nX-RateLimit-Remaining: 900\r\nX-RateLimit-Reset: 60\r\n"
        content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        answer = (head + headers + content).encode() + body
        asyncio.get_running_loop().call_later(wait, self._answer, answer)

    def _latency(self) -> float:
        if self._fates.random() < _SLOW:
            return self._fates.uniform(1, 3)
        return self._fates.lognormvariate(-3, 0.8)

    def _answer(self, answer: bytes) -> None:
        if isinstance(self._transport, asyncio.Transport) and not self._transport.is_closing():
            self._transport.write(answer)


def _runs(number: int, minutes: int) -> bytes:
    """The last three runs, each a minute after a multiple of so many, moved by the number; every tenth failed."""
    minute = (int(time.time()) // 60 + number) // minutes * minutes - number
    runs = [
        {
            "id": f"{number}-{one}",
            "job": "sync",
            "state": "failed" if (one + number) // minutes % 10 == 0 else "ok",
            "started": datetime.fromtimestamp(one * 60, UTC).isoformat(),
            "ended": datetime.fromtimestamp(one * 60 + 20, UTC).isoformat(),
            "written": 40 + one % 7,
            "error": "manager 17 is not known" if (one + number) // minutes % 10 == 0 else None,
        }
        for one in range(minute - 3 * minutes, minute, minutes)
    ]
    return json.dumps({"runs": runs}).encode()


async def serve(systems: int, port: int, minutes: int) -> list[Arrived]:
    """Listen until SIGTERM; then everything that arrived, in its order. minutes: between two runs of a system."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    answered: list[Arrived] = []
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    servers = [
        await loop.create_server(_factory(number, answered, minutes), address(number), port, backlog=16)
        for number in range(systems)
    ]
    print("listening", flush=True)  # noqa: T201 - the parent waits for it
    await stop.wait()
    for server in servers:
        server.close()
    return sorted(answered)


def _factory(number: int, log: list[Arrived], minutes: int) -> Callable[[], System]:
    fates = random.Random(number)  # noqa: S311 - the same fates each time
    return lambda: System(number, fates, log, minutes)


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polling_server", description=__doc__)
    parser.add_argument("--systems", type=int, default=1000)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--minutes", type=int, default=1, help="between two runs of a system")
    given = parser.parse_args()
    answered = asyncio.run(serve(given.systems, given.port, given.minutes))
    given.log.write_text("".join(json.dumps(one) + "\n" for one in answered), encoding="utf-8")


if __name__ == "__main__":
    main()
