"""The route that tells which alerts fire, since when, and who was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.answers import NO_STORE
from api.context import ApiContext

_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"no", "false", "0"})


async def standing(
    context: ApiContext, *, everything: bool = False, integration: str | None = None
) -> Mapping[str, object]:
    """The `alerts --json` document as of now."""
    return await run_in_threadpool(context.alerts, context.clock(), everything, integration)


def alert_routes(context: Callable[[], ApiContext]) -> list[BaseRoute]:
    """The routes on alerts. context: asked at each request."""

    async def alerts(request: Request) -> Response:
        wanted = request.query_params.get("all", "no").lower()
        if wanted not in _YES | _NO:
            error = {"error": f"all: got {wanted!r}; write yes or no"}
            return JSONResponse(error, status_code=400, headers=NO_STORE)
        integration = request.query_params.get("integration")
        document = await standing(context(), everything=wanted in _YES, integration=integration)
        return JSONResponse(document, headers=NO_STORE)

    return [Route("/api/v1/alerts", alerts)]
