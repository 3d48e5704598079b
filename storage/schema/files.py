"""The table of the files that were delivered."""

from sqlalchemy import Index, Table, UniqueConstraint

from storage.schema.base import counter, identity, metadata, number, of_integration, of_source, words

file_delivery = Table(
    "file_delivery",
    metadata,
    identity(),
    of_integration(),
    of_source(),
    number("contract_day"),
    words("digest", required=True),
    words("name", required=True),
    number("bytes"),
    words("delimiter"),
    words("encoding"),
    words("header", required=True),
    counter("rows_ok"),
    counter("rows_bad"),
    counter("unchanged"),
    words("violations", required=True),
    number("times"),
    number("arrived_at"),
    number("first_seen_at"),
    number("changed_at"),
    UniqueConstraint("source_id", "contract_day", "digest"),
    Index("ix_file_delivery_at", "integration_id", "arrived_at"),
    Index("ix_file_delivery_arrived", "arrived_at"),
)
"""One file as delivered. contract_day: the proleptic ordinal of the contract's local day; header,
violations: JSON lists of text; times: how often these bytes came that day; arrived_at: of the first.
"""
