"""The routes for what is pushed: events and heartbeats, each with its sender's token."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.context import ApiContext
from api.inbox import Inbox, Sender, Taken
from collectors.bodies import BodyError, in_utf8
from collectors.unpacking import GZIP, Damaged, TooLarge, unpacked
from core.errors import StorageError

ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
MOST_MESSAGE = 10_000
LONGEST_RID = 200
NO_STORE = {"cache-control": "no-store"}
READING_ONLY = (
    "this process only reads the database; send to the one that collects (it holds the database's lock), "
    "or store in PostgreSQL, where every process may write"
)


class Refusal(Exception):
    """A call that is not answered as asked. status: of HTTP; headers: beside it."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}

    def response(self) -> Response:
        """The refusal as JSON: what is wrong and what to do."""
        return JSONResponse({"error": self.message}, self.status, {**NO_STORE, **self.headers})


def push_routes(context: Callable[[], ApiContext]) -> list[BaseRoute]:
    """The routes; context as in `api.routes`."""

    async def events(request: Request) -> Response:
        try:
            _only(request, {"POST"})
            inbox, sender, now = await _admitted(request, context())
            body = await _body(request, sender.settings.max_body)
            kind = request.headers.get("content-type", "")
            taken = await run_in_threadpool(inbox.take, sender, body, kind, now)
        except Refusal as refusal:
            return refusal.response()
        except BodyError as error:
            return Refusal(400, str(error)).response()
        except StorageError as error:
            return Refusal(503, str(error), {"retry-after": "30"}).response()
        return _answer(taken)

    async def heartbeat(request: Request) -> Response:
        try:
            _only(request, {"GET", "POST", "HEAD"})
            inbox, sender, now = await _admitted(request, context())
            return await _beat(request, inbox, sender, now)
        except Refusal as refusal:
            return refusal.response()
        except StorageError as error:
            return Refusal(503, str(error), {"retry-after": "30"}).response()

    return [
        Route("/api/v1/events", events, methods=ALL_METHODS),
        Route("/api/v1/heartbeat/{key}", heartbeat, methods=ALL_METHODS),
        Route("/api/v1/heartbeat/{key}/{action}", heartbeat, methods=ALL_METHODS),
    ]


async def _beat(request: Request, inbox: Inbox, sender: Sender, now: datetime) -> Response:
    key, action = request.path_params["key"], request.path_params.get("action", "")
    if action not in {"", "start", "fail"}:
        raise Refusal(404, "a heartbeat ends with nothing, /start or /fail")
    if key != sender.heartbeat:
        raise Refusal(404, "this token has no heartbeat of that key; see `heartbeat` of its source")
    if request.method == "HEAD":
        raise Refusal(405, "send GET or POST", {"allow": "GET, POST"})
    rid = request.query_params.get("rid", "")
    if len(rid) > LONGEST_RID or not rid.isprintable():
        raise Refusal(422, f"rid: write at most {LONGEST_RID} printable characters")
    body = await _body(request, sender.settings.max_body)
    text = in_utf8(body, request.headers.get("content-type", ""))
    message = text[: 4 * MOST_MESSAGE].decode("utf-8", "replace")[:MOST_MESSAGE]
    run = await run_in_threadpool(inbox.beat, sender, action, rid, message, now)
    return JSONResponse({"run": run}, headers=NO_STORE)


def _only(request: Request, methods: set[str]) -> None:
    if request.method not in methods:
        allow = ", ".join(sorted(methods - {"HEAD"}))
        raise Refusal(405, f"send {allow}", {"allow": allow})


async def _admitted(request: Request, context: ApiContext) -> tuple[Inbox, Sender, datetime]:
    """Whose call it is. Raises Refusal without a right token, or where there were too many calls."""
    inbox, now = context.inbox, context.clock()
    if inbox is None:
        raise Refusal(503, READING_ONLY)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    sender = inbox.sender(token.strip()) if scheme.lower() == "bearer" else None
    if sender is None:
        reason = "no bearer token" if scheme.lower() != "bearer" else "unknown token"
        client = request.client.host if request.client else "?"
        wait = await run_in_threadpool(inbox.refuse, request.url.path, client, reason, now)
        if wait is not None:
            raise Refusal(429, "too many calls without a right token", _retry_after(wait.total_seconds()))
        text = "send the token of a push source as `Authorization: Bearer …`"
        raise Refusal(401, f"{reason}; {text}", {"www-authenticate": "Bearer"})
    wait = sender.limit.take(now)
    if wait is not None:
        most = sender.settings.max_per_minute
        text = f"more than {most} calls a minute; send several events in a call, or raise max_per_minute"
        raise Refusal(429, text, _retry_after(wait.total_seconds()))
    return inbox, sender, now


def _retry_after(seconds: float) -> dict[str, str]:
    return {"retry-after": str(max(1, math.ceil(seconds)))}


async def _body(request: Request, most: int) -> bytes:
    """The body, unpacked. Raises Refusal where it is compressed otherwise than by gzip, too large or cut off."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise Refusal(415, f"{encoding[:20]} is not read; send the body as it is, or compressed by gzip")
    told = request.headers.get("content-length", "")
    too_large = Refusal(413, f"the body is larger than {most} bytes; send several, or raise max_body")
    if told.isdecimal() and int(told[:20]) > most:
        raise too_large
    parts, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise too_large
            parts.append(chunk)
    except ClientDisconnect:
        raise Refusal(400, "the body was cut off; send it again") from None
    body = b"".join(parts)
    if encoding not in {"gzip", "x-gzip"}:
        return body
    try:
        return await run_in_threadpool(unpacked, body, GZIP, most)
    except TooLarge:
        raise too_large from None
    except Damaged as error:
        raise Refusal(400, f"the body is no whole gzip ({error}); send it again") from None


def _answer(taken: Taken) -> Response:
    """200 all taken, 207 some, 422 none."""
    good = taken.stored + taken.duplicates
    status = 200 if not taken.refused else 207 if good else 422
    refused = [
        {
            "where": one.where,
            "id": one.id,
            "problems": [_problem(one.where, place, text) for place, text in one.problems],
        }
        for one in taken.refused
    ]
    document = {
        "stored": taken.stored,
        "duplicates": taken.duplicates,
        "unrouted": taken.unrouted,
        "refused": len(refused),
        "items": refused,
    }
    return JSONResponse(document, status, NO_STORE)


def _problem(where: str, place: str, text: str) -> dict[str, str]:
    """Where, what and the remedy, which stands after the last semicolon."""
    what, _, remedy = text.rpartition("; ")
    at = f"{where}.{place}" if place else where
    return {"where": at, "what": what or text, "remedy": remedy if what else "mend it and send it again"}
