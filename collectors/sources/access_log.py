"""Reads calls with their latency out of the access logs of nginx, Apache and others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from collectors.files.batches import off_the_loop
from collectors.source import CALLS, Source, SourceContext
from collectors.sources._access_log_settings import AccessLogSettings
from core.records import Batch, Cursor

if TYPE_CHECKING:
    from datetime import datetime

    from collectors.sources._access_log_lines import CallFormat

LINES_PER_BATCH = 20_000


def collect(settings: AccessLogSettings, cursor: Cursor, context: SourceContext) -> AsyncIterator[Batch]:
    """Reads on from the cursor; batches are deltas. Raises SourceError if no file can be read."""
    return off_the_loop(batches(settings, cursor, context.now, settled=context.all_history))


def batches(
    settings: AccessLogSettings, cursor: Cursor, now: datetime, *, settled: bool = False
) -> Iterator[Batch]:
    """The same, on the caller's thread. settled: nothing is waited for, as there is no next poll."""
    from collectors.files.formats import JsonLines
    from collectors.files.parting import Parting
    from collectors.files.reader import LogReader, never_whole
    from collectors.files.text import TextDecoder
    from collectors.problems import Problems
    from collectors.sources._access_log_count import CallCounter

    problems = Problems()
    counter = CallCounter(format_of(settings), cursor, now, problems, settings.wrapped, settings.time.order)
    as_json = settings.format == "json" and not settings.wrapped
    whole = JsonLines(TextDecoder(settings.encoding)).whole if as_json else never_whole
    reader = LogReader(
        settings.path, cursor, now, problems,
        encoding=settings.encoding, whole=whole, parting=Parting.of(settings.wrapped), settled=settled,
        storage=settings.storage,
    )  # fmt: skip
    for chunk in reader.chunks():
        reader.remember(chunk, counter.take(chunk))
        if counter.items >= LINES_PER_BATCH:
            yield counter.batch(reader.cursor())
    if counter.items or problems.count or reader.moved:
        yield counter.batch(reader.cursor())


def format_of(settings: AccessLogSettings) -> CallFormat:
    """The notation that the settings name."""
    from collectors.sources._access_log_fields import json_format, pattern_format
    from collectors.sources._access_log_lines import CombinedFormat
    from collectors.sources._access_log_w3c import W3cFormat
    from core.settings.fields import zone_named

    zone, unit = zone_named(settings.time.zone), settings.request_time_unit
    encoding, where = settings.encoding, settings.where
    match settings.format:
        case "combined":
            return CombinedFormat(zone, settings.request_time, unit, settings.consumer)
        case "json":
            return json_format(settings.fields or {}, zone, unit, encoding, where)
        case "w3c":
            return W3cFormat(settings.fields or {}, zone, unit, encoding, where)
        case "regex":
            return pattern_format(settings.pattern or "", zone, unit, encoding, where)


SOURCE = Source(settings=AccessLogSettings, collect=collect, brings=frozenset({CALLS}))
