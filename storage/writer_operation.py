"""Stores what we did ourselves: polls, the overview snapshot, the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from zlib import crc32

import msgspec
import sqlalchemy as sa

from core.clock import to_micros
from core.errors import StorageError
from core.records import Poll, PollResult
from storage import schema
from storage.codes import encode_facts
from storage.dictionary import MESSAGE_LENGTH, clean
from storage.engine import Engine, Upsert
from storage.keys import SourceKey
from storage.overview_row import OverviewSnapshot
from storage.statements import Statements

_PROBLEMS = 20


def _micros(at: datetime | None) -> int | None:
    return None if at is None else to_micros(at)


_FOUND = (
    sa.select(schema.source.c.id, schema.source.c.integration_id)
    .join(schema.integration, schema.integration.c.id == schema.source.c.integration_id)
    .where(schema.integration.c.key == sa.bindparam("key"), schema.source.c.name == sa.bindparam("name"))
)
_STATE = sa.update(schema.source).where(schema.source.c.id == sa.bindparam("of"))


@cache
def _putting(engine: Engine, columns: tuple[str, ...]) -> Upsert:
    insert = engine.upsert(schema.poll)
    changes = {name: insert.excluded[name] for name in columns}
    return insert.on_conflict_do_update(index_elements=["source_id", "started_at"], set_=changes)


def write_poll(connection: sa.Connection, engine: Engine, source: SourceKey, poll: Poll) -> None:
    """Add a row to `poll` and bring the source's own state up to it."""
    found = connection.execute(_FOUND, {"key": source.integration, "name": source.source}).one_or_none()
    if found is None:
        raise StorageError(f"source {source} is not configured here; run `configure` first")
    error = None if poll.error is None else clean(poll.error, MESSAGE_LENGTH)
    row: dict[str, int | str | None] = {
        "integration_id": found.integration_id,
        "finished_at": to_micros(poll.finished_at),
        "result": poll.result.value,
        "error": error,
        "permanent": int(poll.permanent),
        "records": poll.records,
        "items": poll.items,
        "bad_items": poll.bad_items,
        "bytes": poll.bytes,
        "requests": poll.requests,
        "problems": clean(msgspec.json.encode(poll.problems[:_PROBLEMS]).decode(), 100_000),
        "not_before": _micros(poll.not_before),
        "truncated": int(poll.truncated),
    }
    place = {"source_id": found.id, "started_at": to_micros(poll.started_at)}
    connection.execute(_putting(engine, tuple(row)), {**place, **row})
    state: dict[str, int | str | None] = {
        "last_poll_at": row["finished_at"],
        "last_result": poll.result.value,
        "last_error": error,
        "not_before": row["not_before"],
        "bad_items_last_poll": poll.bad_items,
    }
    if poll.result is PollResult.OK:
        state["last_ok_at"] = row["finished_at"]
    connection.execute(_STATE, {"of": found.id, **state})


def write_overview(
    connection: sa.Connection, statements: Statements, snapshots: Sequence[OverviewSnapshot]
) -> None:
    """Put snapshots in the place of the older ones; unknown integrations are passed over."""
    table = schema.integration
    ids = dict(connection.execute(sa.select(table.c.key, table.c.id)).all())
    rows = [
        (
            ids[one.integration],
            one.horizon,
            to_micros(one.as_of),
            crc32(one.strip or b"", crc32(facts := encode_facts(one.facts))),
            facts,
            one.strip,
            one.runs_24h,
            one.failed_runs_24h,
            one.partial_runs_24h,
            one.failed_records_open,
            one.failed_records_24h,
            one.api_calls_24h,
            one.api_errors_24h,
            one.quota_used_ratio,
            _micros(one.last_run_at),
        )
        for one in snapshots
        if one.integration in ids
    ]
    statements.put(connection, schema.overview, sorted(rows, key=lambda row: row[:2]))


def write_action(
    connection: sa.Connection, actor: str, action: str, subject: str, detail: str, now: int
) -> None:
    """Add a row to the audit trail; detail: JSON text; now: µs."""
    row = {"actor": clean(actor), "action": clean(action), "subject": clean(subject)}
    connection.execute(sa.insert(schema.audit).values(at=now, detail=clean(detail, 100_000), **row))
