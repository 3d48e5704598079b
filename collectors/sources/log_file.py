"""Reads runs, failed records and record events out of log files: JSON lines, CSV, logfmt or a pattern."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from collectors.files.batches import off_the_loop
from collectors.source import COUNTS, FAILED_RECORDS, RECORD_EVENTS, RUNS, Source, SourceContext
from collectors.sources._log_file_settings import LogFileSettings
from core.records import Batch, Cursor

if TYPE_CHECKING:
    from datetime import datetime

LINES_PER_BATCH = 20_000
"""A transaction's worth: larger ones bring little, smaller ones cost (DESIGN §6)."""


def collect(settings: LogFileSettings, cursor: Cursor, context: SourceContext) -> AsyncIterator[Batch]:
    """Reads on from the cursor; batches are deltas. Raises SourceError if no file can be read."""
    return off_the_loop(batches(settings, cursor, context.now, settled=context.all_history))


def batches(
    settings: LogFileSettings, cursor: Cursor, now: datetime, *, settled: bool = False
) -> Iterator[Batch]:
    """The same, on the caller's thread. settled: nothing is waited for, as there is no next poll."""
    from collectors.files.entries import beginning_in
    from collectors.files.parting import Parting
    from collectors.files.reader import LogReader, never_whole
    from collectors.problems import Problems
    from collectors.sources._log_file_parse import LogParser

    problems = Problems()
    parser = LogParser(settings, now, problems)
    begins = beginning_in(settings.begins, settings.wrapped) if settings.begins else None
    whole = never_whole if settings.wrapped or begins else parser.format.whole
    reader = LogReader(
        settings.path, cursor, now, problems,
        encoding=settings.encoding, whole=whole, quoted=parser.format.quoted,
        parting=Parting.of(settings.wrapped), begins=begins, settled=settled, told_by_path=parser.told_by_path,
        storage=settings.storage,
    )  # fmt: skip
    for chunk in reader.chunks():
        parser.take(chunk)
        if parser.items >= LINES_PER_BATCH:
            yield parser.batch(reader.cursor())
    if parser.items or problems.count or reader.moved:
        yield parser.batch(reader.cursor())


SOURCE = Source(
    settings=LogFileSettings,
    collect=collect,
    brings=frozenset({RUNS, FAILED_RECORDS, RECORD_EVENTS, COUNTS}),
)
