"""The tables of both sides of an integration: the steps of single records, and how many there are."""

from sqlalchemy import Index, Table

from storage.schema.base import blob, identity, maybe, metadata, number, of_integration, of_source, words

record_event = Table(
    "record_event",
    metadata,
    identity(),
    of_integration(),
    of_source(),
    number("at"),
    number("identity"),
    words("event_id", required=True),
    number("entity_id"),
    words("record_key", required=True),
    number("step_id"),
    number("outcome_id"),
    maybe("status"),
    blob("request"),
    blob("response"),
    number("first_seen_at"),
    number("changed_at"),
    Index("ix_record_event_at", "integration_id", "at"),
    Index("ix_record_event_record", "integration_id", "record_key", "at"),
    Index("ix_record_event_identity", "identity"),
)
"""One step of one record on one side.

identity: a 64-bit hash of (source, event_id); record_key: masked where it is personal; request,
response: masked JSON text, zstd-compressed; status: of HTTP, NULL where there is none; entity_id,
step_id, outcome_id: ids of `text`. Page by (at, id). On PostgreSQL it is partitioned by `at`, and its
key is (id, at).
"""

count_reading = Table(
    "count_reading",
    metadata,
    of_source(primary_key=True),
    number("entity_id", primary_key=True),
    number("observed_at", primary_key=True),
    of_integration(),
    number("count"),
    Index("ix_count_reading_at", "observed_at"),
    sqlite_with_rowid=False,
)
"""How many records of an entity (an id of `text`) one side held at an instant."""
