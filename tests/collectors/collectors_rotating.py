"""A system that gives out tokens by OAuth 2, and a new refresh token with each."""

from __future__ import annotations

import threading
from urllib.parse import parse_qsl

from tests.collectors.collectors_rest import item
from tests.collectors.collectors_server import Reply, Seen


class Rotating:
    """Takes each refresh token once, and gives the next. next: the one it takes; used: those it took; instead: a
    status that it answers to all calls for a token."""

    def __init__(self, wait: float = 0) -> None:
        self.next, self.valid, self.wait, self.instead = "first", "", wait, 0
        self.used: list[str] = []
        self.asked = threading.Event()

    def __call__(self, seen: Seen) -> Reply:
        if seen.path != "/token":
            good = self.valid and seen.headers.get("authorization") == f"Bearer {self.valid}"
            return Reply({"runs": [item(1)]}) if good else Reply(status=401)
        if self.instead:
            return Reply({}, self.instead)
        form = dict(parse_qsl(seen.body.decode()))
        if form["refresh_token"] != self.next:
            return Reply({"error": "invalid_grant"}, 400)
        self.used.append(self.next)
        self.asked.set()
        self.valid, self.next = f"token-{len(self.used)}", f"refresh-{len(self.used)}"
        return Reply({"access_token": self.valid, "refresh_token": self.next}, wait=self.wait)
