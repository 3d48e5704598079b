"""The selects that several queries start from: record tables with their integration, source and words.

Each is composed once; what a query adds makes a copy.
"""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from storage.schema import (
    call_minute,
    call_minute_latency,
    error_group,
    failed_record,
    integration,
    open_run,
    quota_sample,
    source,
    sync_run,
    text,
)
from storage.schema.runs import FINISHED_AT
from storage.selected import AnySelect

job, trigger, code, entity, operation = (
    text.alias(name) for name in ("job", "trigger_word", "code", "entity", "operation")
)
consumer, method, endpoint, scope, limit_name = (
    text.alias(name) for name in ("consumer", "http_method", "endpoint", "quota_scope", "quota_name")
)
"""The dictionary, once for each column that points into it."""

OWNER = (integration.c.key.label("integration"), source.c.name.label("source"), source.c.side)
"""The columns that every row carries: integration key, source name, side."""


def runs_query(table: sa.Table) -> AnySelect:
    """Ended or open runs: OWNER and the fields of `SyncRun`, words for ids, times and durations in µs."""
    run = table.c
    return (
        sa.select(
            *OWNER,
            run.id,
            run.external_id,
            job.c.value.label("job"),
            run.status,
            run.started_at,
            (FINISHED_AT if table is sync_run else run.finished_at).label("finished_at"),
            run.duration,
            trigger.c.value.label("trigger"),
            run.attempt,
            run.records_read,
            run.records_written,
            run.records_skipped,
            run.records_failed,
            run.bytes,
            run.error_origin,
            run.error_class,
            code.c.value.label("error_code"),
            run.error_message,
            run.url,
            run.first_seen_at,
            run.changed_at,
        )
        .join(integration, integration.c.id == run.integration_id)
        .join(source, source.c.id == run.source_id)
        .join(job, job.c.id == run.job_id)
        .outerjoin(trigger, trigger.c.id == run.trigger_id)
        .outerjoin(code, code.c.id == run.error_code_id)
    )


@cache
def ended_runs_query() -> AnySelect:
    """`runs_query` of ended runs, with `at`: the instant (µs) by which they are listed."""
    return runs_query(sync_run).add_columns(sync_run.c.at)


@cache
def open_runs_query() -> AnySelect:
    """`runs_query` of open runs, with `at`: their start, or when they were first seen (µs)."""
    run = open_run.c
    return runs_query(open_run).add_columns(sa.func.coalesce(run.started_at, run.first_seen_at).label("at"))


@cache
def failed_records_query() -> AnySelect:
    """Failed records: OWNER and the fields of `FailedRecord`, words for ids, `payload` compressed."""
    record = failed_record.c
    return (
        sa.select(
            *OWNER,
            record.id,
            record.group_id,
            record.occurred_at,
            job.c.value.label("job"),
            record.run_external_id,
            entity.c.value.label("entity"),
            record.record_key,
            record.root_key,
            operation.c.value.label("operation"),
            record.attempt,
            record.error_origin,
            record.error_class,
            code.c.value.label("error_code"),
            record.error_message,
            error_group.c.fingerprint,
            record.payload,
            record.file,
            record.line,
            record.first_seen_at,
        )
        .join(integration, integration.c.id == record.integration_id)
        .join(source, source.c.id == record.source_id)
        .join(job, job.c.id == record.job_id)
        .join(entity, entity.c.id == record.entity_id)
        .join(error_group, error_group.c.id == record.group_id)
        .outerjoin(operation, operation.c.id == record.operation_id)
        .outerjoin(code, code.c.id == record.error_code_id)
    )


@cache
def error_groups_query() -> AnySelect:
    """Causes: the columns of `error_group`, the integration's `key`, and `error_code` as a word."""
    return (
        sa.select(error_group, integration.c.key, code.c.value.label("error_code"))
        .join(integration, integration.c.id == error_group.c.integration_id)
        .outerjoin(code, code.c.id == error_group.c.error_code_id)
    )


def calls_query() -> AnySelect:
    """Calls by minute: OWNER and `minute` (µs), words for ids, status, calls, `histogram` (NULL: none)."""
    calls, sides = call_minute.c, call_minute_latency.c
    same = sa.and_(*(calls[column.name] == sides[column.name] for column in call_minute_latency.primary_key))
    return (
        sa.select(
            *OWNER,
            calls.integration_id,
            calls.minute,
            consumer.c.value.label("consumer"),
            method.c.value.label("method"),
            endpoint.c.value.label("endpoint"),
            calls.status,
            calls.calls,
            sides.histogram,
        )
        .select_from(call_minute)
        .join(integration, integration.c.id == calls.integration_id)
        .join(source, source.c.id == calls.source_id)
        .join(consumer, consumer.c.id == calls.consumer_id)
        .join(method, method.c.id == calls.method_id)
        .join(endpoint, endpoint.c.id == calls.endpoint_id)
        .outerjoin(call_minute_latency, same)
    )


@cache
def quota_samples_query() -> AnySelect:
    """Readings of limits: OWNER and the fields of `QuotaReading`, times in µs."""
    sample = quota_sample.c
    return (
        sa.select(
            *OWNER,
            sample.scope_id,
            sample.quota_id,
            scope.c.value.label("scope"),
            limit_name.c.value.label("quota"),
            sample.observed_at,
            sample.limit,
            sample.remaining,
            sample.resets_at,
            sample.window_seconds,
            sample.limited,
        )
        .select_from(quota_sample)
        .join(integration, integration.c.id == sample.integration_id)
        .join(source, source.c.id == sample.source_id)
        .join(scope, scope.c.id == sample.scope_id)
        .join(limit_name, limit_name.c.id == sample.quota_id)
    )
