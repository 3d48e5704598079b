"""Takes in CSV files as they arrive, each held against the agreed contract, row by row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from collectors.files.batches import off_the_loop
from collectors.source import FAILED_RECORDS, FILES, RUNS, Source, SourceContext
from collectors.sources._csv_settings import CsvDropSettings
from core.records import Batch, Cursor

if TYPE_CHECKING:
    from datetime import datetime

LONGEST_WAIT = timedelta(seconds=60)


async def collect(
    settings: CsvDropSettings, cursor: Cursor, context: SourceContext
) -> AsyncGenerator[Batch, None]:
    """Takes in the files that are new and complete. Raises SourceError if they cannot be looked at.

    A look that has no next one (`all_history`) waits for files just written instead of leaving them.
    """
    now = context.now
    if context.all_history and (pause := await asyncio.to_thread(_pause, settings, cursor, now)):
        await asyncio.sleep(pause.total_seconds())
        now += pause
    inner = off_the_loop(batches(settings, cursor, context, now))
    try:
        async for batch in inner:
            yield batch
    finally:
        if isinstance(inner, AsyncGenerator):
            await inner.aclose()


def batches(
    settings: CsvDropSettings, cursor: Cursor, context: SourceContext, now: datetime
) -> Iterator[Batch]:
    """The same, on the caller's thread."""
    from collectors.sources._csv_intake import Intake

    return Intake(settings, cursor, context, now).batches()


def _pause(settings: CsvDropSettings, cursor: Cursor, now: datetime) -> timedelta:
    """How long to wait until no file is so new that it may still be written."""
    from collectors.files.finding import matching_files
    from collectors.problems import Problems
    from collectors.sources._csv_arrivals import Memory, unsettled

    found = matching_files(settings.path, Problems(), settings.storage)
    return min(LONGEST_WAIT, unsettled(found, Memory.of(cursor), now, settings.settle))


SOURCE = Source(settings=CsvDropSettings, collect=collect, brings=frozenset({FILES, RUNS, FAILED_RECORDS}))
