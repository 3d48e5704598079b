"""The `rest` source: runs and records of a JSON API, GET or POST."""

from __future__ import annotations

from collections.abc import AsyncIterator

from collectors.source import Source, SourceContext
from collectors.sources._rest_pages_settings import NoPages
from collectors.sources._rest_settings import REST_BRINGS, RestSettings
from core.records import Batch, Cursor


def collect(settings: RestSettings, cursor: Cursor, ctx: SourceContext) -> AsyncIterator[Batch]:
    """Walk the list once, page by page; with `each`, the list of each of them."""
    if settings.each is not None:
        from collectors.sources._rest_each import EachPoll

        return EachPoll(settings, settings.each, cursor, ctx).batches()
    from collectors.sources._rest_sweep import RestPoll

    return RestPoll(settings, cursor, ctx).batches()


def cost(settings: RestSettings) -> int:
    """One call, and one more to see that a paged list is at its end; with `each` as many to list what to ask for."""
    lists = [settings.pages] if settings.each is None else [settings.each.pages, settings.pages]
    return sum(1 if isinstance(pages, NoPages) else 2 for pages in lists)


SOURCE = Source(settings=RestSettings, collect=collect, brings=REST_BRINGS, cost=cost)
