"""Moves cursors and stores batches' records, of a shared source each in the integration that its route names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

import msgspec
import sqlalchemy as sa

from core.errors import CursorMoved, StorageError
from core.records import ApiCalls, Batch, CredentialReading, QuotaReading, SyncRun
from storage import schema
from storage.codes import Jobs
from storage.job_backfill import backfill_jobs
from storage.job_inference import infer_jobs
from storage.keys import SourceKey, Written
from storage.routes import KINDS, Routing, Shared, StoredRoute, split, values_of
from storage.statements import Statements
from storage.writer_calls import write_calls
from storage.writer_events import write_counts, write_record_events
from storage.writer_failures import write_failed_records
from storage.writer_files import write_files
from storage.writer_limits import write_credentials, write_quotas
from storage.writer_partial import write_partial
from storage.writer_runs import write_runs
from storage.writing import Part, Tally, Writing

R = TypeVar("R")
_NONE = Tally()
"""Of a kind of which a batch brings nothing; nobody adds to it."""


class SourceRow(NamedTuple):
    """What a write needs of the source's row.

    integration_id: its owner; route: JSON, NULL unless shared; jobs: bits of `storage.codes.Jobs`.
    """

    id: int
    name: str
    integration_id: int
    revision: int
    route: str | None
    jobs: int


_CURSOR = ("cursor", "revision")
_SOURCES = (
    sa.select(schema.integration.c.key, *(schema.source.c[name] for name in SourceRow._fields))
    .join(schema.integration, schema.integration.c.id == schema.source.c.integration_id)
    .where(
        schema.integration.c.key.in_(sa.bindparam("keys", expanding=True)),
        schema.source.c.name.in_(sa.bindparam("names", expanding=True)),
    )
    # In one order in every worker, so that none waits for another that waits for it.
    .order_by(schema.source.c.id)
    .with_for_update(of=schema.source)
)


def locked_sources(connection: sa.Connection, sources: Iterable[SourceKey]) -> dict[SourceKey, SourceRow]:
    """The rows of those that are configured, which holds every other writer of them off until the end."""
    wanted = set(sources)
    asked = {
        "keys": sorted({one.integration for one in wanted}),
        "names": sorted({one.source for one in wanted}),
    }
    rows = (
        (SourceKey(row[0], row[2]), SourceRow(*row[1:])) for row in connection.execute(_SOURCES, asked).all()
    )
    return {key: row for key, row in rows if key in wanted}


def locked_source(connection: sa.Connection, source: SourceKey) -> SourceRow:
    """The same of one. Raises StorageError where it is not configured."""
    found = locked_sources(connection, (source,)).get(source)
    if found is None:
        raise not_configured(source)
    return found


def not_configured(source: SourceKey) -> StorageError:
    """What is wrong where a source has no row."""
    return StorageError(f"source {source} is not configured here; run `configure` first")


class Step(NamedTuple):
    """One cursor's move: the source as it stands, its batch, and the cursor (JSON) that stands after it."""

    row: SourceRow
    batch: Batch
    cursor: str
    now: int


def check_revision(row: SourceRow, source: SourceKey, revision: int) -> None:
    """Raises CursorMoved where another cursor than that of this revision stands by now."""
    if row.revision != revision:
        raise CursorMoved(f"source {source} was written by another worker (revision {row.revision})")


def advance(connection: sa.Connection, statements: Statements, steps: Sequence[Step]) -> None:
    """Set the cursors; whoever does it holds the rows, and has checked their revisions."""
    moved = [(one.cursor, one.row.revision + 1, one.row.id) for one in steps if not one.batch.records]
    fed = [(one.cursor, one.row.revision + 1, one.now, one.row.id) for one in steps if one.batch.records]
    statements.update(connection, schema.source, _CURSOR, ("id",), moved)
    statements.update(connection, schema.source, (*_CURSOR, "last_record_at"), ("id",), fed)


def write_batch(writing: Writing, row: SourceRow, batch: Batch) -> Written:
    """Store the records of one source and move the sums they change; revision is left at 0."""
    if row.route is None:
        return write_own([(writing, row, batch)])[0]
    route = msgspec.json.decode(row.route, type=StoredRoute)
    shared = Shared(row.id, row.name, row.integration_id, route)
    routing = Routing(writing.connection, writing.statements, writing.texts, shared, writing.now)
    settled = _settle_jobs(writing, row, batch, routing)
    parts = split(settled.batch, route.by, settled.targets, row.integration_id)
    written = [
        _write_batches([(replace(writing, integration_id=one), part)])[0]
        for one, part in sorted(parts.items())
    ]
    unrouted = sum(len(getattr(parts[row.integration_id], kind)) for kind in KINDS[route.by])
    return Written(*map(sum, zip(*written, strict=True)))._replace(unrouted=unrouted, unclear=settled.unclear)


def write_own(batches: Sequence[tuple[Writing, SourceRow, Batch]]) -> list[Written]:
    """Store batches of different sources, none of them shared; what became of each, its revision left at 0."""
    settled = [_settle_jobs(writing, row, batch) for writing, row, batch in batches]
    written = _write_batches(
        [(writing, one.batch) for (writing, _, _), one in zip(batches, settled, strict=True)]
    )
    return [
        one._replace(unclear=unclear) if unclear else one
        for one, (_, unclear, _) in zip(written, settled, strict=True)
    ]


class _Settled(NamedTuple):
    """A batch whose lines have their jobs, as far as they can be told. unclear: how many lines and runs cannot;
    targets: the integration of each value that the source's route goes by, none where it has no route."""

    batch: Batch
    unclear: int
    targets: Mapping[str, int]


def _settle_jobs(writing: Writing, row: SourceRow, batch: Batch, routing: Routing | None = None) -> _Settled:
    """Infer the jobs that lines leave out, then give those that lines tell to what is stored without one."""
    known = Jobs(row.jobs)
    inferred = infer_jobs(writing, batch, known)
    by = routing.shared.route.by if routing else ""
    targets = routing.targets(values_of(inferred.batch, by)) if routing else {}
    unclear = backfill_jobs(writing, inferred.batch, known, targets if by == "job" else {})
    return _Settled(inferred.batch, inferred.unclear + unclear, targets)


def _write_batches(batches: Sequence[tuple[Writing, Batch]]) -> list[Written]:
    """Store batches, table by table."""
    parts = [_Parts.of(writing, batch) for writing, batch in batches]
    write_runs([one.runs for one in parts])
    failed = [_kept(write_failed_records, writing, batch.failed_records) for writing, batch in batches]
    for writing, batch in batches:
        if batch.runs or batch.failed_records:
            write_partial(writing, batch)
    write_calls([one.calls for one in parts])
    write_quotas([one.quotas for one in parts])
    write_credentials([one.credentials for one in parts])
    return [
        _written(one, failed_records, writing, batch)
        for one, failed_records, (writing, batch) in zip(parts, failed, batches, strict=True)
    ]


class _Parts(NamedTuple):
    """The kinds of one batch that are stored for several batches at once."""

    runs: Part[SyncRun]
    calls: Part[ApiCalls]
    quotas: Part[QuotaReading]
    credentials: Part[CredentialReading]

    @classmethod
    def of(cls, writing: Writing, batch: Batch) -> _Parts:
        """A batch's."""
        return cls(
            Part(writing, batch.runs, batch.mode),
            Part(writing, batch.calls, batch.mode),
            Part(writing, batch.quotas, batch.mode),
            Part(writing, batch.credentials, batch.mode),
        )


def _kept(write: Callable[[Writing, Sequence[R]], Tally], writing: Writing, records: Sequence[R]) -> Tally:
    """Most batches bring none of a kind, and nothing is asked of it then."""
    return write(writing, records) if records else _NONE


def _written(parts: _Parts, failed: Tally, writing: Writing, batch: Batch) -> Written:
    """Store the kinds that few batches bring, and say what became of all."""
    events = _kept(write_record_events, writing, batch.record_events)
    counts = _kept(write_counts, writing, batch.counts)
    files = _kept(write_files, writing, batch.files)
    runs, calls, quotas, credentials = [one.tally for one in parts]
    tallies = [runs, failed, calls, quotas, credentials, events, counts, files]
    duplicates, refused = sum([one.duplicates for one in tallies]), sum([one.refused for one in tallies])
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
        duplicates=duplicates,
        refused=refused,
    )
