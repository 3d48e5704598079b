"""The routes on a real server over a real database, for tests that push."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from alerts.standing import alerts_document
from api.context import ApiContext, Readiness
from api.guard import Guard
from api.inbox import Inbox
from api.routes import routes
from composition.names import registries
from core import clock
from core.masking import Masker
from core.settings import Settings, loads
from storage.queries.export_fields import Exported
from storage.queries.listed import Asked, listed
from storage.queries.page import Page
from storage.store import Store
from storage.writer import Writer

TOKEN = "crm-token-of-the-tests"
SHARED = "shared-token-of-the-tests"
CONFIGURATION = f"""
integrations:
  - key: crm
    name: CRM
    method: api
    source_system: CRM
    sources:
      - {{type: push, name: jobs, token: {TOKEN}, expect_every: 1h, max_body: 100KB}}
  - {{key: hr, name: HR, method: api, source_system: HR}}
sources:
  - {{type: push, name: nightly, token: {SHARED}, route: {{map: {{users: hr}}, create: true, max: 1}}}}
"""


@dataclass
class Pushing:
    """A running server: its client, its database, and the integrations told to have changed."""

    client: httpx.Client
    store: Store
    settings: Settings
    changed: list[str]
    inbox: Inbox

    def events(
        self, body: bytes | str, *, token: str | None = TOKEN, kind: str = "application/json", **headers: str
    ) -> httpx.Response:
        """Push a body."""
        sent = {"content-type": kind, **headers}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        return self.client.post("/api/v1/events", content=body, headers=sent)

    def beat(
        self, path: str, *, token: str = TOKEN, method: str = "GET", body: str | None = None
    ) -> httpx.Response:
        """Send a heartbeat."""
        headers = {"authorization": f"Bearer {token}"}
        return self.client.request(method, f"/api/v1/heartbeat/{path}", content=body, headers=headers)


def _alerts(
    store: Store, settings: Settings, now: datetime, everything: bool, integration: str | None
) -> Mapping[str, object]:
    with store.read() as connection:
        return alerts_document(
            connection, settings, now, "en", everything=everything, integration=integration
        )


def _records(store: Store, kind: str, asked: Asked, now: datetime) -> Page[Exported]:
    with store.read() as connection:
        return listed(connection, kind, asked, now)


@contextmanager
def pushing(store: Store, text: str = CONFIGURATION, *, reading_only: bool = False) -> Iterator[Pushing]:
    """The server on a free port, with the guard in front as in the app."""
    settings = loads(text, "monitor.yaml", registries())
    writer, changed = Writer(store), list[str]()
    writer.configure(settings, clock.now())
    inbox = Inbox(lambda: settings, writer, lambda _: Masker(b"k" * 32), changed=changed.append)
    context = ApiContext(
        clock=clock.now,
        readiness=lambda _: Readiness(True, {}),
        status=lambda _: {"as_of": "2026-11-24T12:00:00+00:00", "integrations": []},
        alerts=partial(_alerts, store, settings),
        records=partial(_records, store),
        inbox=None if reading_only else inbox,
    )
    app = Starlette(
        routes=routes(lambda: context), middleware=[Middleware(Guard, policy="default-src 'self'")]
    )
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        yield Pushing(client, store, settings, changed, inbox)
    server.should_exit = True
    thread.join(10)
