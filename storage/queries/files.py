"""Lists of the files that were delivered, newest first."""

from __future__ import annotations

import json
from datetime import date, datetime

import msgspec
import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.records import FileDelivery, Side
from storage.queries.joined import OWNER
from storage.queries.page import Page, limited, page_of, read_key
from storage.schema import file_delivery, integration, source
from storage.selected import AnyRow, AnySelect


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """One file as delivered. times: how often the same bytes came on its contract day; changed_at: the last."""

    id: int
    integration: str
    source: str
    side: Side
    file: FileDelivery
    times: int
    first_seen_at: datetime
    changed_at: datetime


def file_deliveries(
    connection: sa.Connection,
    *,
    integration: str | None = None,
    source: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[FileRow]:
    """Deliveries, the last arrived first.

    since, until: arrived in [since, until); after: the `next` of the page before. Raises ValueError for
    an unreadable `after`.
    """
    key, size, file = read_key(after), limited(limit), file_delivery.c
    query = file_deliveries_query()
    if integration is not None:
        query = query.where(file.integration_id == _integration_id(integration))
    if source is not None:
        query = query.where(_source_named(source))
    if since is not None:
        query = query.where(file.arrived_at >= to_micros(since))
    if until is not None:
        query = query.where(file.arrived_at < to_micros(until))
    if key is not None:
        place = sa.tuple_(file.arrived_at, file.id) < sa.tuple_(key.at, key.id)
        query = query.where(file.arrived_at <= key.at, place)
    query = query.order_by(file.arrived_at.desc(), file.id.desc()).limit(size + 1)
    rows = connection.execute(query).all()
    return page_of(rows, size, "arrived_at", file_row_of)


def file_deliveries_query() -> AnySelect:
    """Deliveries: OWNER and the columns of `file_delivery`, times in µs."""
    return (
        sa.select(*OWNER, file_delivery)
        .select_from(file_delivery)
        .join(integration, integration.c.id == file_delivery.c.integration_id)
        .join(source, source.c.id == file_delivery.c.source_id)
    )


def file_row_of(row: AnyRow) -> FileRow:
    """A row of `file_deliveries_query` with what it belongs to."""
    return FileRow(
        id=row.id,
        integration=row.integration,
        source=row.source,
        side=Side(row.side),
        file=FileDelivery(
            name=row.name,
            digest=row.digest,
            bytes=row.bytes,
            arrived_at=from_micros(row.arrived_at),
            delimiter=row.delimiter,
            encoding=row.encoding,
            header=tuple(json.loads(row.header)),
            rows_ok=row.rows_ok,
            rows_bad=row.rows_bad,
            unchanged=bool(row.unchanged),
            contract_day=date.fromordinal(row.contract_day),
            violations=tuple(json.loads(row.violations)),
        ),
        times=row.times,
        first_seen_at=from_micros(row.first_seen_at),
        changed_at=from_micros(row.changed_at),
    )


def _integration_id(key: str) -> sa.ScalarSelect[int]:
    return sa.select(integration.c.id).where(integration.c.key == key).scalar_subquery()


def _source_named(name: str) -> sa.ColumnElement[bool]:
    return source.c.name == name
