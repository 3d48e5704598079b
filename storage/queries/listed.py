"""What is stored, a page at a time under the vocabulary's own field names: what programs ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from storage.queries.events import latest_counts, record_events
from storage.queries.export_fields import (
    Exported,
    failed_record_fields,
    file_fields,
    quota_fields,
    run_fields,
)
from storage.queries.export_looks import credential_fields, poll_fields
from storage.queries.export_sides import count_fields, record_event_fields
from storage.queries.failures import failed_records
from storage.queries.files import file_deliveries
from storage.queries.limits import latest_credentials, latest_quotas
from storage.queries.page import Page
from storage.queries.runs import runs
from storage.queries.system import polls
from storage.schema import integration

R = TypeVar("R")


@dataclass(frozen=True)
class Asked:
    """Which records: of one integration (None: all), at or after an instant, and which page of how many."""

    integration: str | None = None
    since: datetime | None = None
    after: str | None = None
    limit: int = 50


Listing = Callable[[sa.Connection, Asked], Page[Exported]]
Latest = Callable[[sa.Connection, datetime, str | None], list[Exported]]


def _listing(read: Callable[..., Page[R]], fields: Callable[[R], Exported]) -> Listing:
    """A long list of what `read` gives a page of."""

    def listing(connection: sa.Connection, asked: Asked) -> Page[Exported]:
        page = read(
            connection, integration=asked.integration, since=asked.since, after=asked.after, limit=asked.limit
        )
        return Page(tuple(fields(row) for row in page.items), page.next)

    return listing


def _counts(connection: sa.Connection, _: datetime, key: str | None) -> list[Exported]:
    return [count_fields(row) for row in latest_counts(connection, key)]


def _quotas(connection: sa.Connection, now: datetime, key: str | None) -> list[Exported]:
    return [quota_fields(row) for row in latest_quotas(connection, now, key)]


def _credentials(connection: sa.Connection, now: datetime, key: str | None) -> list[Exported]:
    return [credential_fields(row) for row in latest_credentials(connection, now, key)]


LISTS: Mapping[str, Listing] = {
    "runs": _listing(runs, run_fields),
    "failed-records": _listing(failed_records, failed_record_fields),
    "record-events": _listing(record_events, record_event_fields),
    "files": _listing(file_deliveries, file_fields),
    "polls": _listing(polls, poll_fields),
}
"""Long lists, newest first, by the names that `export` has for them."""

LATEST: Mapping[str, Latest] = {"counts": _counts, "quotas": _quotas, "credentials": _credentials}
"""Readings of which the latest of each is asked for, all of them at once."""


def listed(connection: sa.Connection, kind: str, asked: Asked, now: datetime) -> Page[Exported]:
    """A page of one of LISTS, or all of one of LATEST. Raises ValueError for what is not known."""
    key = asked.integration
    if key is not None:
        known = sa.select(integration.c.id).where(integration.c.key == key)
        if connection.execute(known).first() is None:
            raise ValueError(f"integration: {key!r} is not known")
    if kind in LATEST:
        return Page(tuple(LATEST[kind](connection, now, key)))
    return LISTS[kind](connection, asked)
