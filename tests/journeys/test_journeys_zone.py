"""What the command line tells of times is told in the installation's zone throughout."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.journeys.conftest import Monitor

CONFIGURATION = """
timezone: Asia/Kolkata
integrations:
  - key: shop
    name: Shop
    method: api
    source_system: Shop
    sources:
      - {type: probe, name: key, request: {url: "%s/key"}, auth: {type: bearer, token: "${SHOP_KEY}"}}
"""
EXPIRES = (datetime.now(UTC) + timedelta(days=5)).replace(hour=10, minute=0, second=0, microsecond=0)
"""15:30 in Kolkata."""


class Shop(BaseHTTPRequestHandler):
    """A system that tells when its key expires."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-Token-Expires-At", EXPIRES.isoformat())
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def shop() -> Iterator[str]:
    """Its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_reasons_tell_times_of_the_zone(monitor: Monitor, shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In both tables, as the columns beside them do; for programs they stay in UTC."""
    monkeypatch.setenv("SHOP_KEY", "key-of-the-shop")
    monitor.configure(CONFIGURATION % shop)
    assert monitor.run("collect", "--once").code == 0
    for command in ("status", "alerts"):
        shown = " ".join(monitor.run(command).out.split())
        assert (command, "15:30" in shown, "10:00" in shown) == (command, True, False)
        assert "10:00" in monitor.run(command, "--json").out
