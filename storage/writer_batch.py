"""Stores a batch's records, of a shared source each in the integration that its route names."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from core.errors import CursorMoved, StorageError
from core.records import Batch
from storage import schema
from storage.keys import SourceKey, Written
from storage.routes import KINDS, Routing, Shared, StoredRoute, split, values_of
from storage.writer_calls import write_calls
from storage.writer_events import write_counts, write_record_events
from storage.writer_failures import write_failed_records
from storage.writer_files import write_files
from storage.writer_limits import write_credentials, write_quotas
from storage.writer_partial import write_partial
from storage.writer_runs import write_runs
from storage.writing import Writing


class SourceRow(NamedTuple):
    """What a write needs of the source's row. integration_id: its owner; route: JSON, NULL unless shared."""

    id: int
    name: str
    integration_id: int
    revision: int
    route: str | None


_SOURCE = (
    sa.select(*(schema.source.c[name] for name in SourceRow._fields))
    .join(schema.integration, schema.integration.c.id == schema.source.c.integration_id)
    .where(schema.integration.c.key == sa.bindparam("key"), schema.source.c.name == sa.bindparam("name"))
    .with_for_update(of=schema.source)
)
_ADVANCE = sa.update(schema.source).where(schema.source.c.id == sa.bindparam("of"))


def locked_source(connection: sa.Connection, source: SourceKey) -> SourceRow:
    """The source's row, which holds every other writer of it off until the end."""
    found = connection.execute(_SOURCE, {"key": source.integration, "name": source.source}).one_or_none()
    if found is None:
        raise StorageError(f"source {source} is not configured here; run `configure` first")
    return SourceRow(*found)


def advance(
    connection: sa.Connection,
    row: SourceRow,
    source: SourceKey,
    batch: Batch,
    cursor: str,
    revision: int,
    now: int,
) -> None:
    """Set the cursor (JSON) that stands after the batch; CursorMoved where another one stands by now."""
    if row.revision != revision:
        raise CursorMoved(f"source {source} was written by another worker (revision {row.revision})")
    change: dict[str, str | int] = {
        "cursor": cursor,
        "revision": revision + 1,
    }
    if batch.records:
        change["last_record_at"] = now
    connection.execute(_ADVANCE, {"of": row.id, **change})


def write_batch(writing: Writing, row: SourceRow, batch: Batch) -> Written:
    """Store the records and move the sums they change; revision is left at 0."""
    if row.route is None:
        return _write(writing, batch)
    route = msgspec.json.decode(row.route, type=StoredRoute)
    shared = Shared(row.id, row.name, row.integration_id, route)
    routing = Routing(writing.connection, writing.statements, writing.texts, shared, writing.now)
    targets = routing.targets(values_of(batch, route.by))
    parts = split(batch, route.by, targets, row.integration_id)
    written = [_write(replace(writing, integration_id=one), part) for one, part in sorted(parts.items())]
    unrouted = sum(len(getattr(parts[row.integration_id], kind)) for kind in KINDS[route.by])
    return Written(*map(sum, zip(*written, strict=True)))._replace(unrouted=unrouted)


def _write(writing: Writing, batch: Batch) -> Written:
    runs = write_runs(writing, batch.runs, batch.mode)
    failed = write_failed_records(writing, batch.failed_records)
    write_partial(writing, batch)
    calls = write_calls(writing, batch.calls, batch.mode)
    quotas = write_quotas(writing, batch.quotas)
    credentials = write_credentials(writing, batch.credentials)
    events = write_record_events(writing, batch.record_events)
    counts = write_counts(writing, batch.counts)
    files = write_files(writing, batch.files)
    parts = (runs, failed, calls, quotas, credentials, events, counts, files)
    return Written(
        revision=0,
        runs=runs.stored,
        failed_records=failed.stored,
        calls=calls.stored,
        quotas=quotas.stored,
        credentials=credentials.stored,
        record_events=events.stored,
        counts=counts.stored,
        files=files.stored,
        duplicates=sum(part.duplicates for part in parts),
        refused=sum(part.refused for part in parts),
    )
