"""The `rest` source: runs and records of a JSON API, GET or POST."""

from __future__ import annotations

from collections.abc import AsyncIterator

from collectors.source import Source, SourceContext
from collectors.sources._rest_settings import REST_BRINGS, NoPages, RestSettings
from core.records import Batch, Cursor


def collect(settings: RestSettings, cursor: Cursor, ctx: SourceContext) -> AsyncIterator[Batch]:
    """Walk the list once, page by page."""
    from collectors.sources._rest_sweep import RestPoll

    return RestPoll(settings, cursor, ctx).batches()


def cost(settings: RestSettings) -> int:
    """One call, and one more to see that a paged list is at its end."""
    return 1 if isinstance(settings.pages, NoPages) else 2


SOURCE = Source(settings=RestSettings, collect=collect, brings=REST_BRINGS, cost=cost)
