"""How limits were last seen as of an instant, for all integrations at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from operator import itemgetter

import sqlalchemy as sa

from core.clock import from_micros
from core.facts import QuotaFact
from core.records import QuotaReading
from storage.among import among
from storage.facts.scope import Scope, feeds
from storage.instants import instant
from storage.schema import quota, quota_sample, source
from storage.schema.base import BIG
from storage.selected import AnyRow, AnySelect
from storage.words import words_of

_AT: sa.BindParameter[int] = sa.bindparam("at", type_=BIG)
"""The instant asked about (µs), in a query that is composed once."""

SAMPLES = 12
"""How many of the last readings of a limit a forecast is shown."""


def quotas_at(connection: sa.Connection, scope: Scope, at: int) -> Mapping[int, list[QuotaFact]]:
    """The latest reading of each limit, by integration id; of one scope, whoever saw it last counts."""
    rows = connection.execute(_quotas_query(scope.every), scope.parameters()).all()
    if not rows:
        return {}
    words = words_of(connection, {one for row in rows for one in (row.scope_id, row.quota_id)})
    samples = _samples(connection, {row.scope_id for row in rows}, at, words)
    found: defaultdict[int, dict[tuple[int, int], QuotaFact]] = defaultdict(dict)
    for row in rows:
        pair = (row.scope_id, row.quota_id)
        some = tuple(samples.get(pair, ()))
        # Where its samples are pruned, the reading that the limit itself keeps.
        if some or row.observed_at <= at:
            fact = QuotaFact(
                source=row.name, reading=some[0] if some else quota_reading(row, words), samples=some
            )
            found[row.integration_id].setdefault(pair, fact)
    return {key: [limits[pair] for pair in sorted(limits)] for key, limits in found.items()}


@cache
def _quotas_query(every: bool) -> AnySelect:
    feed = feeds(every)
    query: AnySelect = sa.select(feed.c.integration_id, source.c.name, quota).select_from(
        quota.join(source, source.c.id == quota.c.source_id).join(feed, feed.c.source_id == source.c.id)
    )
    query = query.where(source.c.retired_at.is_(None))
    return query.order_by(quota.c.observed_at.desc())


def _samples(
    connection: sa.Connection, scopes: Collection[int], at: int, words: Mapping[int, str]
) -> Mapping[tuple[int, int], list[QuotaReading]]:
    """The last SAMPLES readings of each limit of these scopes, newest first, by (scope id, quota id)."""
    query = _samples_query(connection.dialect.name == "sqlite")
    rows = list(connection.execute(query, {"at": at, "scopes": sorted(scopes)}).all())
    found: defaultdict[tuple[int, int], list[QuotaReading]] = defaultdict(list)
    # Not sorted by the database, which would walk all samples there are along the index of their instants.
    rows.sort(key=_seen_at, reverse=True)
    # Unpacked in one go, for there are many.
    for seen_at, scope_id, quota_id, limit, remaining, resets_at, window, limited in rows:
        reading = QuotaReading(
            scope=words.get(scope_id, ""),
            quota=words.get(quota_id, ""),
            observed_at=from_micros(seen_at),
            limit=limit,
            remaining=remaining,
            resets_at=instant(resets_at),
            window_seconds=window,
            limited=bool(limited),
        )
        found[scope_id, quota_id].append(reading)
    return found


_seen_at = itemgetter(0)


@cache
def _samples_query(by_in: bool) -> AnySelect:
    """by_in: for a database that has no lateral join."""
    sample, seen = quota_sample.c, quota.c
    limits = sa.select(seen.scope_id, seen.quota_id).where(among(seen.scope_id, "scopes"))
    limit = limits.distinct().subquery("limits")
    newest = (
        sa.select(sample.observed_at)
        .where(
            sample.scope_id == limit.c.scope_id,
            sample.quota_id == limit.c.quota_id,
            sample.observed_at <= _AT,
        )
        .order_by(sample.observed_at.desc())
        .limit(SAMPLES)
        .correlate(limit)
    )
    same = sa.and_(sample.scope_id == limit.c.scope_id, sample.quota_id == limit.c.quota_id)
    if by_in:
        joined = limit.join(quota_sample, sa.and_(same, sample.observed_at.in_(newest)))
    else:
        instants = newest.lateral("newest")
        both = sa.and_(same, sample.observed_at == instants.c.observed_at)
        joined = limit.join(instants, sa.true()).join(quota_sample, both)
    told = (sample.limit, sample.remaining, sample.resets_at, sample.window_seconds, sample.limited)
    query: AnySelect = sa.select(sample.observed_at, sample.scope_id, sample.quota_id, *told)
    return query.select_from(joined)


def quota_reading(row: AnyRow, words: Mapping[int, str]) -> QuotaReading:
    """A row of `quota` or `quota_sample` as a reading."""
    return QuotaReading(
        scope=words.get(row.scope_id, ""),
        quota=words.get(row.quota_id, ""),
        observed_at=from_micros(row.observed_at),
        limit=row.limit,
        remaining=row.remaining,
        resets_at=instant(row.resets_at),
        window_seconds=row.window_seconds,
        limited=bool(row.limited),
    )
