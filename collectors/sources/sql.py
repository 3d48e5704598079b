"""The `sql` source: rows of any database that SQLAlchemy reaches, as runs, failed records, events and counts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from collectors.source import Source, SourceContext
from collectors.sources._sql_settings import SQL_BRINGS, SqlSettings
from core.records import Batch, Cursor

if TYPE_CHECKING:
    from datetime import datetime

    from collectors.problems import Problems
    from collectors.sources._sql_connection import SqlReader

ROWS_PER_BATCH = 5_000


def collect(settings: SqlSettings, cursor: Cursor, ctx: SourceContext) -> AsyncIterator[Batch]:
    """Read on from the cursor; the mark moves with the last batch only. Raises SourceError."""
    from collectors.files.batches import off_the_loop
    from collectors.sources._sql_connection import SqlReader

    reader = SqlReader(settings.url.get_secret_value(), settings.query, settings.timeout)
    return off_the_loop(batches(settings, cursor, ctx.now, reader), reader.interrupt)


def batches(settings: SqlSettings, cursor: Cursor, now: datetime, reader: SqlReader) -> Iterator[Batch]:
    """The same, on the caller's thread."""
    from collectors.problems import Problems
    from collectors.sources._sql_marks import mark_of
    from collectors.sources._sql_memory import Marks, Memory
    from collectors.sources._sql_parse import RowReader
    from core.settings.fields import zone_named

    zone = zone_named(settings.time.zone)
    memory = Memory.of_cursor(cursor, _digest(settings), zone)
    start = mark_of(settings.cursor.start, zone) if settings.cursor is not None else None
    asked = memory.ask_from(start, settings.lookback, zone)
    marks = Marks(memory, asked, now, zone)
    rows = RowReader(settings, now, marks)
    read = 0
    bound = asked.value if asked is not None else settings.first_mark
    for columns, page in reader.pages(bound, ROWS_PER_BATCH):
        problems = Problems()
        reading = rows.read(columns, page, read + 1, problems)
        if not read:
            _check_columns(columns, problems)
        read += len(page)
        yield Batch(
            cursor=cursor,
            runs=reading.runs,
            failed_records=reading.lists.failed_records,
            record_events=reading.lists.record_events,
            counts=reading.lists.counts,
            problems=problems.listed(),
            items=len(page),
        )
    if settings.cursor is not None:
        problems = Problems()
        _check_mark(settings.query, settings.cursor.field, bool(read) and not marks.any, problems)
        yield Batch(cursor=marks.memory().cursor(), problems=problems.listed())


def _check_columns(columns: list[str], problems: Problems) -> None:
    """Two columns of one name hide each other."""
    for name in sorted({name for name in columns if columns.count(name) > 1}):
        problems.add(
            "duplicate_column",
            name,
            f"the query gives two columns {name}; the last one is read, name one AS …",
        )


def _check_mark(query: str, field: str, nothing: bool, problems: Problems) -> None:
    """What keeps the mark from moving. nothing: there were rows, and none had a mark."""
    from collectors.sources._sql_query import names_cursor

    if not names_cursor(query):
        problems.add("no_mark", "query", "has no :cursor, so all is read at each poll; add a WHERE with it")
    elif nothing:
        text = f"{field} holds nothing in any row, so all is read at each poll"
        problems.add("no_mark", "cursor.field", text)


def _digest(settings: SqlSettings) -> str:
    """What marks belong to: another database, query or column makes them worthless; a new password does not."""
    import hashlib

    import sqlalchemy as sa

    url = sa.make_url(settings.url.get_secret_value())
    field = settings.cursor.field if settings.cursor is not None else None
    parts = (url.get_backend_name(), url.host, url.port, url.database, settings.query, field)
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


SOURCE = Source(settings=SqlSettings, collect=collect, brings=SQL_BRINGS)
