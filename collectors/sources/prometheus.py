"""The `prometheus` source: calls, runs and limits out of PromQL, instant or over a stretch of time."""

from __future__ import annotations

from collections.abc import AsyncIterator

from collectors.source import Source, SourceContext
from collectors.sources._prometheus_settings import PROMETHEUS_BRINGS, PrometheusSettings, QuotaQuery
from core.records import Batch, Cursor


def collect(settings: PrometheusSettings, cursor: Cursor, ctx: SourceContext) -> AsyncIterator[Batch]:
    """Ask every query once. Raises SourceError."""
    from collectors.sources._prometheus_poll import PrometheusPoll

    return PrometheusPoll(settings, cursor, ctx).batches()


def cost(settings: PrometheusSettings) -> int:
    """A call for each query, and one more for a limit in PromQL."""
    limits = sum(isinstance(query, QuotaQuery) and query.limit is not None for query in settings.queries)
    return len(settings.queries) + limits


SOURCE = Source(settings=PrometheusSettings, collect=collect, brings=PROMETHEUS_BRINGS, cost=cost)
