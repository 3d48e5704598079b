"""Stores what is pushed: each event once by its id, heartbeats as runs, and the calls as one poll a minute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from core.clock import to_micros
from core.problems import Told
from core.records import OPEN_STATUSES, Batch, BatchMode, Poll, Problem, RunStatus, SyncRun
from storage import schema
from storage.codes import STATUS_OF
from storage.dictionary import clean_name
from storage.identities import identity_of
from storage.keys import SourceKey, Written
from storage.run_rows import STATUS, key_of
from storage.statements import Statements
from storage.writer_batch import SourceRow, write_batch
from storage.writer_polls import write_polls
from storage.writing import Writing

HEARTBEAT = "heartbeat"
"""The `trigger` of a run that heartbeats tell."""

_read_problems = msgspec.json.Decoder(list[Problem]).decode


class Pushed(NamedTuple):
    """One event. kind: the list of `Batch` that its record belongs to."""

    id: str
    kind: str
    record: object


class PushWritten(NamedTuple):
    """written: what storing did; stored: how many events were not stored before."""

    written: Written
    stored: int


def batch_of(events: Iterable[Pushed]) -> Batch:
    """The events as one batch, which adds to what stands."""
    kinds: dict[str, list[object]] = {}
    for event in events:
        kinds.setdefault(event.kind, []).append(event.record)
    return msgspec.structs.replace(Batch(cursor={}, mode=BatchMode.DELTA), **kinds)


def write_events(writing: Writing, row: SourceRow, events: Sequence[Pushed]) -> PushWritten:
    """Store the events that were not stored before; of two with one id in a call the first holds."""
    by_hash: dict[int, Pushed] = {}
    for event in events:
        by_hash.setdefault(identity_of(event.id), event)
    known = _known(writing, list(by_hash))
    fresh = {one: event for one, event in by_hash.items() if one not in known}
    written = write_batch(writing, row, batch_of(fresh.values()))
    rows = [(writing.source_id, one, writing.now) for one in sorted(fresh)]
    writing.statements.keep(writing.connection, schema.pushed, rows)
    if fresh:
        change = sa.update(schema.source).where(schema.source.c.id == row.id)
        writing.connection.execute(change.values(last_record_at=writing.now))
    return PushWritten(written, len(fresh))


def write_heartbeat(writing: Writing, row: SourceRow, run: SyncRun) -> str:
    """Open or end the run that a heartbeat tells of; its external id.

    run: its external_id is the caller's, or "" to end the newest open run of the job, or make one.
    A heartbeat sent again changes nothing.
    """
    external_id = run.external_id or _newest_open(writing, run) or f"hb-{writing.now}"
    if not _repeats(writing, run, external_id):
        run = msgspec.structs.replace(run, external_id=external_id)
        write_batch(writing, row, Batch(cursor={}, mode=BatchMode.DELTA, runs=[run]))
        change = sa.update(schema.source).where(schema.source.c.id == row.id)
        writing.connection.execute(change.values(last_record_at=writing.now))
    return external_id


def add_to_poll(
    connection: sa.Connection, statements: Statements, source: SourceKey, row: SourceRow, poll: Poll
) -> None:
    """Count a call in the poll of its minute. poll.started_at: the start of that minute."""
    table = schema.poll
    found = connection.execute(
        sa.select(table).where(table.c.source_id == row.id, table.c.started_at == to_micros(poll.started_at))
    ).one_or_none()
    if found is not None:
        poll = msgspec.structs.replace(
            poll,
            records=found.records + poll.records,
            items=found.items + poll.items,
            bad_items=found.bad_items + poll.bad_items,
            bytes=found.bytes + poll.bytes,
            requests=found.requests + poll.requests,
            problems=Told([*_read_problems(found.problems), *poll.problems]).listed(),
        )
    write_polls(connection, statements, [(source, poll)], {source: row})


def _known(writing: Writing, hashes: Sequence[int]) -> set[int]:
    table, found = schema.pushed, set[int]()
    for start in range(0, len(hashes), 500):
        query = sa.select(table.c.event).where(
            table.c.source_id == writing.source_id, table.c.event.in_(hashes[start : start + 500])
        )
        found |= set(writing.connection.execute(query).scalars())
    return found


def _newest_open(writing: Writing, run: SyncRun) -> str | None:
    """The open run that a heartbeat without an id ends."""
    if run.status in OPEN_STATUSES:
        return None
    table, texts = schema.open_run, writing.texts.ids(writing.connection, (run.job, HEARTBEAT))
    query = (
        sa.select(table.c.external_id)
        .where(
            table.c.source_id == writing.source_id,
            table.c.job_id == texts[run.job],
            table.c.trigger_id == texts[HEARTBEAT],
        )
        .order_by(table.c.started_at.desc(), table.c.id.desc())
        .limit(1)
    )
    return writing.connection.execute(query).scalar_one_or_none()


def _repeats(writing: Writing, run: SyncRun, external_id: str) -> bool:
    """Whether the run is stored as this heartbeat says: a start after an end, or the same again."""
    key = (writing.source_id, writing.texts.id(writing.connection, run.job), clean_name(external_id))
    ended = [
        STATUS_OF[row[1 + STATUS]]  # type: ignore[index]
        for row in writing.identity.find(writing.connection, [key])
        if key_of(row[1:]) == key
    ]
    if ended:
        return run.status is RunStatus.RUNNING or ended[0] is run.status
    table = schema.open_run
    query = sa.select(table.c.id).where(
        table.c.source_id == writing.source_id, table.c.job_id == key[1], table.c.external_id == key[2]
    )
    return run.status is RunStatus.RUNNING and writing.connection.execute(query).first() is not None
