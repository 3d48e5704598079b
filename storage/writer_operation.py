"""Stores what we did ourselves: the overview snapshot, the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import sqlalchemy as sa

from core.clock import to_micros
from storage import schema
from storage.codes import encode_facts
from storage.dictionary import clean
from storage.instants import micros
from storage.overview_row import OverviewSnapshot
from storage.statements import Statements

_IDS = sa.select(schema.integration.c.key, schema.integration.c.id)


def write_overview(
    connection: sa.Connection, statements: Statements, snapshots: Sequence[OverviewSnapshot]
) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Put snapshots in the place of the older ones; unknown integrations are passed over.

    The version of each row that was put, by integration key and horizon, as `queries.overview` knows it:
    its integration's id, `as_of` (µs), checksum.
    """
    ids = dict(connection.execute(_IDS).all())
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
            micros(one.last_run_at),
        )
        for one in snapshots
        if one.integration in ids
    ]
    statements.put(connection, schema.overview, sorted(rows, key=lambda row: row[:2]))
    keys = {one: key for key, one in ids.items()}
    return {(keys[row[0]], row[1]): (row[0], row[2], row[3]) for row in rows}


def write_action(
    connection: sa.Connection, actor: str, action: str, subject: str, detail: str, now: int
) -> None:
    """Add a row to the audit trail; detail: JSON text; now: µs."""
    row = {"actor": clean(actor), "action": clean(action), "subject": clean(subject)}
    connection.execute(sa.insert(schema.audit).values(at=now, detail=clean(detail, 100_000), **row))
