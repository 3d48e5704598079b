"""Rate limits and keys: the latest readings, and limits over time."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.records import Side
from storage.days import hour_of
from storage.facts.quotas import quotas_at
from storage.facts.scope import scope_of
from storage.facts.seen import credentials_at
from storage.queries.decode import quota_row_of
from storage.queries.joined import quota_samples_query
from storage.queries.rows import CredentialRow, QuotaRow
from storage.queries.rows_series import QuotaHour
from storage.schema import feed, quota, quota_hour, quota_sample, source
from storage.schema import integration as watched
from storage.words import words_of


def latest_quotas(connection: sa.Connection, now: datetime, integration: str | None = None) -> list[QuotaRow]:
    """The latest reading of each limit of each configured integration, by integration and scope.

    Of one scope, whoever saw it last counts; source: the one that sees it for this integration.
    """
    within = scope_of(connection, None if integration is None else {integration})
    sides = _sides(connection)
    found = quotas_at(connection, within, to_micros(now))
    return [
        QuotaRow(
            integration=one.key,
            source=fact.source,
            side=sides[one.id, fact.source],
            reading=fact.reading,
        )
        for one in within.integrations.values()
        for fact in found.get(one.id, ())
    ]


def latest_credentials(
    connection: sa.Connection, now: datetime, integration: str | None = None
) -> list[CredentialRow]:
    """The latest reading of the key of each configured source, by integration."""
    within = scope_of(connection, None if integration is None else {integration})
    sides = _sides(connection)
    found = credentials_at(connection, within, to_micros(now))
    return [
        CredentialRow(
            integration=one.key,
            source=fact.source,
            side=sides[one.id, fact.source],
            reading=fact.reading,
        )
        for one in within.integrations.values()
        for fact in found.get(one.id, ())
    ]


def quota_series(
    connection: sa.Connection, integration: str, since: datetime, until: datetime, most: int = 2000
) -> list[QuotaRow]:
    """The readings in [since, until) of the limits that an integration sees, oldest first.

    Of more than `most` the newest; `quota_hours` has the long view.
    """
    sample = quota_sample.c
    query = (
        quota_samples_query()
        .where(
            sa.tuple_(sample.scope_id, sample.quota_id).in_(_limits_of(integration)),
            sample.observed_at >= to_micros(since),
            sample.observed_at < to_micros(until),
        )
        .order_by(sample.observed_at.desc(), sample.scope_id, sample.quota_id)
        .limit(most)
    )
    return [quota_row_of(row) for row in reversed(connection.execute(query).all())]


def quota_hours(
    connection: sa.Connection, integration: str, since: datetime, until: datetime
) -> list[QuotaHour]:
    """The hours (UTC) that start in [since, until) of the limits that an integration sees, oldest first."""
    hour = quota_hour.c
    query = (
        sa.select(quota_hour)
        .where(
            sa.tuple_(hour.scope_id, hour.quota_id).in_(_limits_of(integration)),
            hour.hour >= hour_of(to_micros(since)),
            hour.hour < to_micros(until),
        )
        .order_by(hour.hour, hour.scope_id, hour.quota_id)
    )
    rows = connection.execute(query).all()
    words = words_of(connection, {one for row in rows for one in (row.scope_id, row.quota_id)})
    return [
        QuotaHour(
            scope=words[row.scope_id],
            quota=words[row.quota_id],
            at=from_micros(row.hour),
            samples=row.samples,
            refusals=row.refusals,
            limit=row.limit,
            least_remaining=row.least_remaining,
            most_used_ratio=row.most_used_ratio,
        )
        for row in rows
    ]


def _limits_of(integration: str) -> sa.Select[tuple[int, int]]:
    return (
        sa.select(quota.c.scope_id, quota.c.quota_id)
        .join(watched, watched.c.id == quota.c.integration_id)
        .where(watched.c.key == integration)
    )


def _sides(connection: sa.Connection) -> dict[tuple[int, str], Side]:
    query = sa.select(feed.c.integration_id, source.c.name, source.c.side).join(
        feed, feed.c.source_id == source.c.id
    )
    return {(row.integration_id, row.name): Side(row.side) for row in connection.execute(query)}
