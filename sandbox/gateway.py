"""The gateway before Butterboard: it forwards every request and writes a line about it."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.access_lines import Call
from sandbox.world import World


class Gateway:
    """ASGI middleware; logs what goes to `/api/`, by the consumer whose key was sent."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app, self._world = app, world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward; the line is written when the answer has gone out."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        status, sent, began, at = 499, 0, time.perf_counter(), self._world.clock()

        async def counting(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counting)
        finally:
            headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
            query = scope["query_string"].decode("latin-1")
            self._world.logs.call(
                Call(
                    at=at, consumer=self._consumer(headers.get(b"authorization", "")), method=scope["method"],
                    path=_logged(scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")), status=status, bytes=sent,
                    seconds=time.perf_counter() - began, agent=_logged(headers.get(b"user-agent", "-")),
                    address=(scope.get("client") or ("127.0.0.1", 0))[0],
                )
            )  # fmt: skip

    def _consumer(self, authorization: str) -> str:
        key = self._world.keys.find(authorization.partition(" ")[2].strip())
        return "" if key is None else key.consumer


def _logged(text: str) -> str:
    return text.replace("\\", "\\x5C").replace('"', "\\x22")[:500]
