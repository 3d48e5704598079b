"""The routes for programs: liveness, readiness, metrics, what is stored as JSON, and pushing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from api.alert_metrics import alert_exposition
from api.alerts import alert_routes, standing
from api.answers import NO_STORE
from api.context import ApiContext
from api.docs_page import page
from api.metrics import exposition
from api.openapi import document
from api.push import push_routes
from api.records import record_routes


def routes(context: Callable[[], ApiContext]) -> list[BaseRoute]:
    """All routes. context: asked at each request, since the server starts before it is complete.

    An unknown path under `/api/` answers 404 as JSON; without that the dashboard's page would
    answer 200 in its place.
    """

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n", headers=NO_STORE)

    async def readyz(_: Request) -> Response:
        current = context()
        found = await run_in_threadpool(current.readiness, current.clock())
        document = {"ready": found.ready, "checks": dict(found.checks)}
        return JSONResponse(document, status_code=200 if found.ready else 503, headers=NO_STORE)

    async def status(_: Request) -> Mapping[str, object]:
        current = context()
        return await run_in_threadpool(current.status, current.clock())

    async def integrations(request: Request) -> Response:
        return JSONResponse(await status(request), headers=NO_STORE)

    async def metrics(request: Request) -> Response:
        text = exposition(await status(request)) + alert_exposition(await standing(context()))
        return Response(text, media_type="text/plain; version=0.0.4", headers=NO_STORE)

    async def openapi(_: Request) -> Response:
        return JSONResponse(document())

    async def docs(_: Request) -> Response:
        return HTMLResponse(page())

    async def nothing_here(request: Request) -> Response:
        return JSONResponse({"error": f"{request.url.path} is not served here"}, status_code=404)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Route("/api/v1/integrations", integrations),
        *alert_routes(context),
        *record_routes(context),
        *push_routes(context),
        Route("/api/v1/openapi.json", openapi),
        Route("/api/v1/docs", docs),
        Route("/api/{path:path}", nothing_here, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]
