"""Looks at sources as `export` writes them: the polls themselves, and the keys they were made with."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from core.clock import to_micros
from core.records import Side
from storage.facts.seen import credential_reading
from storage.queries.export_fields import Exported, iso, owner_fields
from storage.queries.exporting import Records, source_ids, streamed
from storage.queries.joined import OWNER
from storage.queries.rows import CredentialRow
from storage.queries.rows_operation import PollRow
from storage.queries.system import poll_row_of, polls_query
from storage.schema import credential, integration, poll, source

CREDENTIAL_FIELDS = ["integration", "source", "side", "valid", "reason", "expires_at", "observed_at"]

POLL_FIELDS = [
    "integration",
    "source",
    "side",
    "started_at",
    "finished_at",
    "duration_seconds",
    "result",
    "error",
    "permanent",
    "records",
    "items",
    "bad_items",
    "bytes",
    "requests",
    "problems",
    "not_before",
    "truncated",
]


def export_credentials(
    connection: sa.Connection, integration_key: str | None = None, since: datetime | None = None
) -> Records:
    """CREDENTIAL_FIELDS of every reading of a key observed at or after `since`, by source."""
    reading = credential.c
    query = (
        sa.select(*OWNER, credential)
        .select_from(credential)
        .join(integration, integration.c.id == reading.integration_id)
        .join(source, source.c.id == reading.source_id)
        .order_by(reading.observed_at)
    )
    if since is not None:
        query = query.where(reading.observed_at >= to_micros(since))
    for key in source_ids(connection, integration_key):
        for row in streamed(connection, query.where(reading.source_id == key)):
            yield credential_fields(
                CredentialRow(
                    integration=row.integration,
                    source=row.source,
                    side=Side(row.side),
                    reading=credential_reading(row),
                )
            )


def export_polls(
    connection: sa.Connection, integration_key: str | None = None, since: datetime | None = None
) -> Records:
    """POLL_FIELDS of every look begun at or after `since`, by source.

    Those at a shared source stand under the integration that owns it, also where another one is asked for.
    """
    query = polls_query().order_by(poll.c.started_at)
    if since is not None:
        query = query.where(poll.c.started_at >= to_micros(since))
    for key in source_ids(connection, integration_key):
        for row in streamed(connection, query.where(poll.c.source_id == key)):
            yield poll_fields(poll_row_of(row))


def credential_fields(row: CredentialRow) -> Exported:
    """A reading of a key under CREDENTIAL_FIELDS; valid: None where the answer did not tell."""
    reading = row.reading
    return {
        **owner_fields(row),
        "valid": reading.valid,
        "reason": reading.reason,
        "expires_at": iso(reading.expires_at),
        "observed_at": iso(reading.observed_at),
    }


def poll_fields(row: PollRow) -> Exported:
    """A look under POLL_FIELDS; problems: JSON text, the first few items that could not be read."""
    return {
        **owner_fields(row),
        "started_at": iso(row.started_at),
        "finished_at": iso(row.finished_at),
        "duration_seconds": row.duration_seconds,
        "result": row.result.value,
        "error": row.error,
        "permanent": row.permanent,
        "records": row.records,
        "items": row.items,
        "bad_items": row.bad_items,
        "bytes": row.bytes,
        "requests": row.requests,
        "problems": msgspec.json.encode(row.problems).decode(),
        "not_before": iso(row.not_before),
        "truncated": row.truncated,
    }
