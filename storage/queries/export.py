"""Everything stored, record by record, under the vocabulary's own field names: what `export` writes.

Times are ISO 8601 in UTC (`+00:00`), oldest first within an integration; what is not known is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.records import StatusClass
from storage.codes import decode_histogram
from storage.queries.decode import failed_record_row_of, quota_row_of, run_row_of
from storage.queries.export_alerts import ALERT_FIELDS, export_alerts
from storage.queries.export_fields import (
    CALL_FIELDS,
    FAILED_RECORD_FIELDS,
    FILE_FIELDS,
    QUOTA_FIELDS,
    RUN_FIELDS,
    failed_record_fields,
    file_fields,
    iso,
    owner_fields,
    quota_fields,
    run_fields,
)
from storage.queries.export_looks import CREDENTIAL_FIELDS, POLL_FIELDS, export_credentials, export_polls
from storage.queries.export_sides import (
    COUNT_FIELDS,
    RECORD_EVENT_FIELDS,
    export_counts,
    export_record_events,
)
from storage.queries.exporting import Export, Records, integration_ids, streamed
from storage.queries.files import file_deliveries_query, file_row_of
from storage.queries.joined import (
    calls_query,
    ended_runs_query,
    failed_records_query,
    open_runs_query,
    quota_samples_query,
)
from storage.schema import (
    call_minute,
    failed_record,
    file_delivery,
    integration,
    open_run,
    quota_sample,
    sync_run,
)
from storage.selected import AnySelect


def export_runs(
    connection: sa.Connection, integration: str | None = None, since: datetime | None = None
) -> Records:
    """RUN_FIELDS of every run: the ended ones that ended at or after `since`, and all open ones.

    duration_seconds is computed from start and finish where the source did not tell it. A run that ends
    while the export goes on stands in it once, as it was first met.
    """
    still = open_runs_query().order_by(open_run.c.id)
    opened = connection.execute(_of(still, integration)).all()
    met = {(row.integration, row.source, row.job, row.external_id) for row in opened}
    for key in integration_ids(connection, integration):
        run = sync_run.c
        query = ended_runs_query().where(run.integration_id == key)
        if since is not None:
            query = query.where(run.at >= to_micros(since))
        for row in streamed(connection, query.order_by(run.at, run.id)):
            if (row.integration, row.source, row.job, row.external_id) not in met:
                yield run_fields(run_row_of(row))
    for row in opened:
        yield run_fields(run_row_of(row))


def export_failed_records(
    connection: sa.Connection, integration: str | None = None, since: datetime | None = None
) -> Records:
    """FAILED_RECORD_FIELDS of every failed record that occurred at or after `since`."""
    record = failed_record.c
    for key in integration_ids(connection, integration):
        query = failed_records_query().where(record.integration_id == key)
        if since is not None:
            query = query.where(record.occurred_at >= to_micros(since))
        for row in streamed(connection, query.order_by(record.occurred_at, record.id)):
            yield failed_record_fields(failed_record_row_of(row))


def export_calls(
    connection: sa.Connection, integration: str | None = None, since: datetime | None = None
) -> Records:
    """CALL_FIELDS of every minute kept that began at or after `since`, by consumer … and status."""
    calls = call_minute.c
    for key in integration_ids(connection, integration):
        query = calls_query().where(calls.integration_id == key)
        if since is not None:
            query = query.where(calls.minute >= to_micros(since))
        for row in streamed(connection, query.order_by(*call_minute.primary_key)):
            latency = decode_histogram(row.histogram)
            yield {
                **owner_fields(row),
                "minute": iso(from_micros(row.minute)),
                "consumer": row.consumer,
                "method": row.method,
                "endpoint": row.endpoint,
                "status": row.status,
                "status_class": StatusClass.of(row.status).value,
                "calls": row.calls,
                "latency_p50_seconds": latency.quantile(0.5),
                "latency_p95_seconds": latency.quantile(0.95),
            }


def export_quotas(
    connection: sa.Connection, integration: str | None = None, since: datetime | None = None
) -> Records:
    """QUOTA_FIELDS of every reading observed at or after `since`, by scope and quota."""
    query = _of(quota_samples_query(), integration)
    if since is not None:
        query = query.where(quota_sample.c.observed_at >= to_micros(since))
    for row in streamed(connection, query.order_by(*quota_sample.primary_key)):
        yield quota_fields(quota_row_of(row))


def export_files(
    connection: sa.Connection, integration: str | None = None, since: datetime | None = None
) -> Records:
    """FILE_FIELDS of every file that arrived at or after `since`; header is a JSON list as text."""
    file = file_delivery.c
    for key in integration_ids(connection, integration):
        query = file_deliveries_query().where(file.integration_id == key)
        if since is not None:
            query = query.where(file.arrived_at >= to_micros(since))
        for row in streamed(connection, query.order_by(file.arrived_at, file.id)):
            yield file_fields(file_row_of(row))


EXPORTS: Mapping[str, tuple[Export, list[str]]] = {
    "runs": (export_runs, RUN_FIELDS),
    "failed-records": (export_failed_records, FAILED_RECORD_FIELDS),
    "record-events": (export_record_events, RECORD_EVENT_FIELDS),
    "counts": (export_counts, COUNT_FIELDS),
    "calls": (export_calls, CALL_FIELDS),
    "quotas": (export_quotas, QUOTA_FIELDS),
    "credentials": (export_credentials, CREDENTIAL_FIELDS),
    "files": (export_files, FILE_FIELDS),
    "polls": (export_polls, POLL_FIELDS),
    "alerts": (export_alerts, ALERT_FIELDS),
}
"""What can be exported, and with which columns."""


def _of(query: AnySelect, key: str | None) -> AnySelect:
    return query if key is None else query.where(integration.c.key == key)
