"""The tables of what did not arrive: failed records, their causes, and counts per cause and hour."""

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from storage.schema.base import (
    BIG,
    blob,
    counter,
    identity,
    maybe,
    metadata,
    number,
    of_integration,
    of_source,
    words,
)

error_group = Table(
    "error_group",
    metadata,
    identity(),
    of_integration(),
    words("fingerprint", required=True),
    number("error_origin"),
    number("error_class"),
    maybe("error_code_id"),
    words("message", required=True),
    number("state"),
    number("first_seen_at"),
    number("last_seen_at"),
    counter("records"),
    maybe("state_at"),
    maybe("regressed_at"),
    words("assigned_to"),
    UniqueConstraint("integration_id", "fingerprint"),
    Index("ix_error_group_last_seen", "integration_id", "last_seen_at"),
    Index("ix_error_group_newest", "last_seen_at"),
)
"""One cause of failed records in one integration.

state: `storage.codes.GroupState` (open, acknowledged, resolved, ignored); message: that of its
newest record; first_seen_at, last_seen_at: by `occurred_at`; records: how many failed records it has
had; state_at: when a person set the state; regressed_at: when a record later than `resolved`
reopened it; assigned_to: who looks after it, NULL where nobody does.
"""

group_note = Table(
    "group_note",
    metadata,
    identity(),
    number("group_id"),
    number("at"),
    words("actor", required=True),
    words("note", required=True),
    Index("ix_group_note_group", "group_id", "at"),
)
"""What people wrote about a cause; page by (at, id)."""

group_hour = Table(
    "group_hour",
    metadata,
    Column("group_id", BIG, ForeignKey("error_group.id"), primary_key=True, autoincrement=False),
    number("hour", primary_key=True),
    counter("records"),
    sqlite_with_rowid=False,
)
"""Failed records by cause and UTC hour of `occurred_at`."""

failed_record = Table(
    "failed_record",
    metadata,
    identity(),
    of_integration(),
    of_source(),
    number("group_id"),
    number("occurred_at"),
    number("identity"),
    number("job_id"),
    words("run_external_id", required=True),
    number("entity_id"),
    words("record_key", required=True),
    words("root_key"),
    maybe("operation_id"),
    number("attempt"),
    number("error_origin"),
    number("error_class"),
    maybe("error_code_id"),
    words("error_message", required=True),
    blob("payload"),
    words("file"),
    maybe("line"),
    number("first_seen_at"),
    number("changed_at"),
    Index("ix_failed_record_at", "integration_id", "occurred_at"),
    Index("ix_failed_record_group", "group_id", "occurred_at"),
    Index("ix_failed_record_identity", "identity"),
    Index("ix_failed_record_key", "integration_id", "record_key"),
)
"""One record that did not arrive; its fingerprint is that of its group.

identity: a 64-bit hash of (source, job, run, entity, key, attempt, fingerprint); payload: masked
JSON text, zstd-compressed; job_id, entity_id, operation_id, error_code_id: ids of `text`. On
PostgreSQL it is partitioned by `occurred_at`, and its key is (id, occurred_at).
"""
