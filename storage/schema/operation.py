"""The tables of our own doings: polls, the overview snapshot and the audit trail."""

from sqlalchemy import Column, Float, Index, Table, Text, UniqueConstraint

from storage.schema.base import (
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

poll = Table(
    "poll",
    metadata,
    identity(),
    of_integration(),
    of_source(),
    number("started_at"),
    number("finished_at"),
    words("result", required=True),
    words("error"),
    counter("permanent"),
    counter("records"),
    counter("items"),
    counter("bad_items"),
    counter("bytes"),
    counter("requests"),
    words("problems", required=True),
    maybe("not_before"),
    counter("truncated"),
    UniqueConstraint("source_id", "started_at"),
    Index("ix_poll_started_at", "started_at"),
)
"""One look by a collector; result: `ok failed deferred`; problems: JSON list of `Problem` fields.

Page by (started_at, id), or within one source by started_at.
"""

overview = Table(
    "overview",
    metadata,
    of_integration(primary_key=True),
    Column("horizon", Text, primary_key=True),
    number("as_of"),
    number("version"),
    blob("facts", required=True),
    blob("strip"),
    counter("runs_24h"),
    counter("failed_runs_24h"),
    counter("partial_runs_24h"),
    counter("failed_records_open"),
    counter("failed_records_24h"),
    counter("api_calls_24h"),
    counter("api_errors_24h"),
    Column("quota_used_ratio", Float(53)),
    maybe("last_run_at"),
    Index("ix_overview_version", "integration_id", "horizon", "as_of", "version"),
    sqlite_with_rowid=False,
)
"""The current facts of an integration, so that the first page asks one cheap question.

horizon: `now`, or `yesterday` (24 h before it); version: a checksum of facts and strip, so that who has
read these need not read them again; facts: msgpack of `core.facts.Facts`
(`storage.codes.encode_facts`); strip: msgpack of the last 30 local days, as `storage.overview` says;
the numbers are those the table shows without decoding a blob.
"""

audit = Table(
    "audit",
    metadata,
    identity(),
    number("at"),
    words("actor", required=True),
    words("action", required=True),
    words("subject", required=True),
    words("detail", required=True),
    Index("ix_audit_at", "at"),
)
"""Who did what to which subject, and when; detail: JSON."""

pushed = Table(
    "pushed",
    metadata,
    of_source(primary_key=True),
    number("event", primary_key=True),
    number("at"),
    Index("ix_pushed_at", "at"),
    sqlite_with_rowid=False,
)
"""Events that were pushed: a 64-bit hash of an event's id, and when it was stored; it is stored once."""
