"""The routes that hand out stored records: long lists page by page, readings as they are now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.answers import NO_STORE
from api.context import ApiContext
from core.errors import StorageError
from core.since import since_of
from storage.queries.listed import LATEST, LISTS, Asked
from storage.queries.page import MAX_LIMIT, read_key

T = TypeVar("T")

LIMIT = 50
"""Records on a page that does not say how many."""

PARAMETERS = ("integration", "since", "limit", "after")
"""What a list may be asked with; of readings as they are now only the integration."""


def record_routes(context: Callable[[], ApiContext]) -> list[BaseRoute]:
    """The routes on records. context: asked at each request."""

    def route(kind: str) -> Route:
        async def records(request: Request) -> Response:
            current = context()
            now = current.clock()
            try:
                asked = asked_of(kind, request.query_params, now)
                page = await run_in_threadpool(current.records, kind, asked, now)
            except ValueError as wrong:
                return JSONResponse({"error": str(wrong)}, status_code=400, headers=NO_STORE)
            except StorageError as error:
                return JSONResponse({"error": str(error)}, status_code=503, headers=NO_STORE)
            document = {"as_of": now.isoformat(), "items": page.items, "next": page.next}
            return JSONResponse(document, headers=NO_STORE)

        return Route(f"/api/v1/{kind}", records)

    return [route(kind) for kind in (*LISTS, *LATEST)]


def asked_of(kind: str, given: Mapping[str, str], now: datetime) -> Asked:
    """Which records a request's parameters ask for. Raises ValueError that names the wrong one."""
    known = PARAMETERS if kind in LISTS else PARAMETERS[:1]
    for name in given:
        if name not in known:
            raise ValueError(f"{name}: means nothing here; write {', '.join(known)}")
    _read("after", read_key, given.get("after"))
    return Asked(
        integration=given.get("integration"),
        since=_read("since", lambda text: since_of(text, now), given.get("since")),
        after=given.get("after"),
        limit=_read("limit", _limit, given.get("limit")) or LIMIT,
    )


def _read(name: str, read: Callable[[str], T], text: str | None) -> T | None:
    try:
        return None if text is None else read(text)
    except ValueError as wrong:
        raise ValueError(f"{name}: {wrong}") from None


def _limit(text: str) -> int:
    if text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MAX_LIMIT:
        return int(text)
    raise ValueError(f"got {text!r}; write a number from 1 to {MAX_LIMIT}")
