"""The tables of what is watched: integrations, their sources with cursor and state, contacts."""

from sqlalchemy import Column, ForeignKey, Table, Text, UniqueConstraint

from storage.schema.base import BIG, counter, identity, maybe, metadata, number, of_integration, words

integration = Table(
    "integration",
    metadata,
    identity(),
    Column("key", Text, nullable=False, unique=True),
    words("name", required=True),
    words("method", required=True),
    words("source_system", required=True),
    words("target_system", required=True),
    words("criticality", required=True),
    words("stage", required=True),
    words("tags", required=True),
    words("labels", required=True),
    words("docs"),
    counter("paused"),
    counter("position"),
    number("known_since"),
    maybe("retired_at"),
)
"""tags: JSON list; labels: JSON object; paused: 0 | 1; position: its place in the file.

known_since: when it first stood in the configuration; retired_at: when it was taken out of it (its
history stays), NULL while it is configured.
"""

source = Table(
    "source",
    metadata,
    identity(),
    Column("integration_id", BIG, ForeignKey("integration.id"), nullable=False),
    words("name", required=True),
    words("type", required=True),
    words("side", required=True),
    number("every"),
    counter("required"),
    words("brings"),
    counter("position"),
    number("known_since"),
    maybe("retired_at"),
    words("cursor", required=True),
    counter("revision"),
    maybe("last_poll_at"),
    words("last_result"),
    maybe("last_ok_at"),
    words("last_error"),
    maybe("not_before"),
    counter("bad_items_last_poll"),
    maybe("last_record_at"),
    UniqueConstraint("integration_id", "name"),
)
"""One source of one integration, where its next poll goes on and how its last one ended.

every: microseconds; brings: JSON list or NULL for all its type offers; cursor: JSON, `{}` from the
start; revision: counts the stored batches, compared and set with each; last_poll_at: the finish of
the last poll of any result; last_result: `ok failed deferred`; last_ok_at: the finish of the last
successful one; last_error: NULL after a success; last_record_at: when it last brought a record.
"""

contact = Table(
    "contact",
    metadata,
    identity(),
    Column("key", Text, nullable=False, unique=True),
    words("name", required=True),
    words("email"),
    words("phone"),
    words("telegram"),
    words("language"),
    words("timezone"),
    maybe("retired_at"),
)
"""A person or team to call."""

integration_contact = Table(
    "integration_contact",
    metadata,
    of_integration(primary_key=True),
    number("position", primary_key=True),
    Column("contact_id", BIG, ForeignKey("contact.id"), nullable=False),
    counter("after"),
    sqlite_with_rowid=False,
)
"""Who is called for an integration, in order; after: the delay in microseconds."""
