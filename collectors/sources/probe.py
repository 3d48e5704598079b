"""The `probe` source: one cheap authenticated request tells of the key, the limits and the latency."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from collectors.source import Source, SourceContext
from collectors.sources._probe_settings import PROBE_BRINGS, ProbeSettings
from core.records import Batch, BatchMode, Cursor

if TYPE_CHECKING:
    from collectors.exchange import Response
    from collectors.token_answer import LoginError


async def collect(settings: ProbeSettings, cursor: Cursor, ctx: SourceContext) -> AsyncIterator[Batch]:
    """Ask once. Whatever is answered is a fact; only silence is a SourceError."""
    from collectors.auth import Caller
    from collectors.request import build
    from collectors.token_answer import LoginError

    request = build(settings.request, {})
    caller = Caller(ctx.http, settings.auth, settings.request.url)
    refused: LoginError | None = None
    try:
        response = await caller.fetch(request, patient=False)
    except LoginError as error:
        refused, response = error, error.response
    yield _batch(settings, ctx, response, refused)


def _batch(
    settings: ProbeSettings, ctx: SourceContext, response: Response, refused: LoginError | None
) -> Batch:
    from collectors.sources._probe_facts import call_of, credential_of, quotas_of

    quotas, problems = quotas_of(settings, response)
    method = "POST" if refused is not None else settings.request.method
    return Batch(
        cursor={"at": response.received_at.isoformat()},
        mode=BatchMode.DELTA,
        calls=[call_of(method, response)],
        quotas=quotas,
        credentials=credential_of(settings, response, refused.message if refused else None),
        problems=problems,
        items=1,
        requests=ctx.http.requests,
        bytes=ctx.http.bytes,
        last=True,
    )


def cost(settings: ProbeSettings) -> int:
    """What the settings say one request uses."""
    return settings.cost


SOURCE = Source(settings=ProbeSettings, collect=collect, brings=PROBE_BRINGS, cost=cost)
