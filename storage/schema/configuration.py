"""The tables of what is watched: integrations, their sources with cursor and state, contacts."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Table, Text, UniqueConstraint

from storage.schema.base import (
    BIG,
    counter,
    identity,
    maybe,
    metadata,
    number,
    of_integration,
    of_source,
    words,
)

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
    Column("origin", Text, nullable=False, server_default="configured"),
)
"""tags: JSON list; labels: JSON object; paused: 0 | 1; position: its place in the file.

origin: `configured`, `created` (made by a route for a value not seen before; `name` is that value), or
`unrouted` (the one row that owns the shared sources and keeps what matches no route).

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
    words("route"),
    counter("jobs"),
    UniqueConstraint("integration_id", "name"),
)
"""One source of one integration, where its next poll goes on and how its last one ended.

A shared source is one of the row `unrouted`; route: JSON of `core.settings.Route` as its records are
routed now, NULL for all others.
every: microseconds; brings: JSON list or NULL for all its type offers; cursor: JSON, `{}` from the
start; revision: counts the stored batches, compared and set with each; last_poll_at: the finish of
the last poll of any result; last_result: `ok failed deferred`; last_ok_at: the finish of the last
successful one; last_error: NULL after a success; last_record_at: when it last brought a record.
jobs: which ways its stored runs were told in, bits of `storage.codes.Jobs`; what was once so stays.
"""

route = Table(
    "route",
    metadata,
    of_source(primary_key=True),
    number("value_id", primary_key=True),
    of_integration(),
    sqlite_with_rowid=False,
)
"""Where the records of a shared source go that have this value (a `text` id) in the field it routes by.

Every value that was seen or is mapped has a row; what matches nothing goes to the row `unrouted`. So
these are also the integrations that a shared source feeds.
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

feed = sa.union(
    sa.select(source.c.id.label("source_id"), source.c.integration_id),
    sa.select(route.c.source_id, route.c.integration_id),
).subquery("feed")
"""Which sources feed which integrations (source_id, integration_id): their own, and the shared ones."""
