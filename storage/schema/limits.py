"""The tables of rate limits and keys: what was seen, and the latest of each."""

from sqlalchemy import Column, Float, Index, Table

from storage.schema.base import (
    counter,
    maybe,
    metadata,
    number,
    of_integration,
    of_source,
    words,
)


def _reading() -> list[Column[float] | Column[int | None] | Column[int]]:
    """What one look at a limit told; a limit may be a fraction, so these are floats."""
    return [
        Column("limit", Float(53)),
        Column("remaining", Float(53)),
        maybe("resets_at"),
        Column("window_seconds", Float(53)),
        counter("limited"),
    ]


quota = Table(
    "quota",
    metadata,
    of_integration(primary_key=True),
    of_source(primary_key=True),
    number("scope_id", primary_key=True),
    number("quota_id", primary_key=True),
    number("observed_at"),
    *_reading(),
    sqlite_with_rowid=False,
)
"""The latest reading of each limit that a source sees; scope_id, quota_id: ids of `text`."""

quota_sample = Table(
    "quota_sample",
    metadata,
    number("scope_id", primary_key=True),
    number("quota_id", primary_key=True),
    number("observed_at", primary_key=True),
    of_integration(),
    of_source(),
    *_reading(),
    Index("ix_quota_sample_at", "observed_at"),
    sqlite_with_rowid=False,
)
"""Every reading. Sources that share a scope share its samples: find an integration's by `quota`."""

quota_hour = Table(
    "quota_hour",
    metadata,
    number("scope_id", primary_key=True),
    number("quota_id", primary_key=True),
    number("hour", primary_key=True),
    counter("samples"),
    counter("refusals"),
    Column("limit", Float(53)),
    Column("least_remaining", Float(53)),
    Column("most_used_ratio", Float(53)),
    sqlite_with_rowid=False,
)
"""By UTC hour: readings, refusals for the limit, the last limit told, the tightest of the hour."""

credential = Table(
    "credential",
    metadata,
    of_source(primary_key=True),
    number("observed_at", primary_key=True),
    of_integration(),
    maybe("valid"),
    words("reason", required=True),
    maybe("expires_at"),
    sqlite_with_rowid=False,
)
"""Every reading of the key a source uses; valid: 1, 0 or NULL when the answer did not tell."""
