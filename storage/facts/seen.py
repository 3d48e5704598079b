"""How sources, limits and keys were last seen as of an instant, for all integrations at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from core.clock import from_micros
from core.facts import CredentialFact, QuotaFact, SourceFacts
from core.records import CredentialReading, PollResult, QuotaReading, Side
from storage.among import among
from storage.facts.scope import Scope, feeds
from storage.schema import credential, poll, quota, quota_sample, source
from storage.schema.base import BIG
from storage.selected import AnyRow, AnySelect
from storage.words import words_of

_AT: sa.BindParameter[int] = sa.bindparam("at", type_=BIG)
"""The instant asked about (µs), in queries that are composed once."""


def sources_at(connection: sa.Connection, scope: Scope, at: int) -> Mapping[int, dict[str, SourceFacts]]:
    """The configured sources by integration id and name, as their last poll before `at` (µs) left them."""
    rows = connection.execute(_sources_query(scope.every), scope.parameters(at=at)).all()
    moved_on = {row[1] for row in rows if row[7] is not None and row[7] > at}
    polls = _last_polls(connection, moved_on, at) if moved_on else {}
    good = _last_good(connection, moved_on, at) if moved_on else {}
    found: defaultdict[int, dict[str, SourceFacts]] = defaultdict(dict)
    # Unpacked in one go, for there are many.
    for fed_id, one, name, kind, side, known_since, last_ok_at, *last in rows:
        if one in moved_on:
            last_ok_at = good.get(one)
        polled_at, result, error, not_before, bad_items = polls.get(one, _NEVER) if one in moved_on else last
        found[fed_id][name] = SourceFacts(
            name=name,
            type=kind,
            side=_SIDES[side],
            known_since=from_micros(known_since),
            last_poll_at=_instant(polled_at),
            last_result=_RESULTS[result] if result else None,
            last_ok_at=_instant(last_ok_at),
            last_error=error,
            not_before=_instant(not_before),
            bad_items_last_poll=bad_items,
        )
    return found


_SIDES = {side.value: side for side in Side}
_RESULTS = {result.value: result for result in PollResult}
_NEVER = (None, None, None, None, 0)
"""Of a source's last poll where there was none."""


@cache
def _sources_query(every: bool) -> AnySelect:
    feed, one = feeds(every), source.c
    seen = (one.id, one.name, one.type, one.side, one.known_since, one.last_ok_at)
    poll = (one.last_poll_at, one.last_result, one.last_error, one.not_before, one.bad_items_last_poll)
    query: AnySelect = sa.select(feed.c.integration_id, *seen, *poll)
    query = query.join(feed, feed.c.source_id == source.c.id)
    query = query.where(source.c.retired_at.is_(None), source.c.known_since <= _AT)
    return query.order_by(source.c.position, source.c.name)


def credentials_at(connection: sa.Connection, scope: Scope, at: int) -> Mapping[int, list[CredentialFact]]:
    """The latest reading of the key of each configured source, by integration id."""
    found: defaultdict[int, list[CredentialFact]] = defaultdict(list)
    for row in connection.execute(_credentials_query(scope.every), scope.parameters(at=at)).all():
        fact = CredentialFact(
            source=row.name, reading=credential_reading(row), invalid_since=_instant(row.invalid_since)
        )
        found[row[0]].append(fact)
    return found


@cache
def _credentials_query(every: bool) -> AnySelect:
    feed = feeds(every)
    newest = (
        sa.select(sa.func.max(credential.c.observed_at))
        .where(credential.c.source_id == source.c.id, credential.c.observed_at <= _AT)
        .correlate(source)
        .scalar_subquery()
    )
    same = sa.and_(credential.c.source_id == source.c.id, credential.c.observed_at == newest)
    query: AnySelect = sa.select(
        feed.c.integration_id, source.c.name, credential, _invalid_since().label("invalid_since")
    ).select_from(source.join(credential, same).join(feed, feed.c.source_id == source.c.id))
    query = query.where(source.c.retired_at.is_(None))
    return query.order_by(source.c.position, source.c.name)


def _invalid_since() -> sa.ColumnElement[int | None]:
    """The first reading (µs) that found the key invalid after the last one that found it valid.

    Answers that do not tell stand between and end nothing. A key that is in order is not searched for.
    """
    valid, invalid = credential.alias("valid"), credential.alias("invalid")
    last_valid = (
        sa.select(sa.func.max(valid.c.observed_at))
        .where(valid.c.source_id == source.c.id, valid.c.observed_at <= _AT, valid.c.valid == 1)
        .correlate(source)
        .scalar_subquery()
    )
    first = (
        sa.select(sa.func.min(invalid.c.observed_at))
        .where(
            invalid.c.source_id == source.c.id,
            invalid.c.observed_at <= _AT,
            invalid.c.valid == 0,
            invalid.c.observed_at > sa.func.coalesce(last_valid, 0),
        )
        .correlate(source)
        .scalar_subquery()
    )
    return sa.case((credential.c.valid == 0, first))


def credential_reading(row: AnyRow) -> CredentialReading:
    """A row of `credential` as a reading."""
    return CredentialReading(
        observed_at=from_micros(row.observed_at),
        valid=None if row.valid is None else bool(row.valid),
        reason=row.reason,
        expires_at=_instant(row.expires_at),
    )


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
            resets_at=None if resets_at is None else from_micros(resets_at),
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
        resets_at=_instant(row.resets_at),
        window_seconds=row.window_seconds,
        limited=bool(row.limited),
    )


def _last_polls(
    connection: sa.Connection, source_ids: Collection[int], at: int
) -> dict[int, tuple[Any, ...]]:
    """By source: when its last poll until `at` ended (µs), how, its error, `not_before` and bad items."""
    newest = (
        sa.select(sa.func.max(poll.c.started_at))
        .where(poll.c.source_id == source.c.id, poll.c.started_at <= at, poll.c.finished_at <= at)
        .correlate(source)
        .scalar_subquery()
    )
    query = (
        sa.select(
            poll.c.source_id,
            poll.c.finished_at.label("last_poll_at"),
            poll.c.result.label("last_result"),
            poll.c.error.label("last_error"),
            poll.c.not_before,
            poll.c.bad_items.label("bad_items_last_poll"),
        )
        .select_from(source.join(poll, sa.and_(poll.c.source_id == source.c.id, poll.c.started_at == newest)))
        .where(among(source.c.id, source_ids))
    )
    return {one: tuple(last) for one, *last in connection.execute(query).all()}


def _last_good(connection: sa.Connection, source_ids: Collection[int], at: int) -> dict[int, int]:
    newest = (
        sa.select(poll.c.finished_at)
        .where(
            poll.c.source_id == source.c.id,
            poll.c.started_at <= at,
            poll.c.finished_at <= at,
            poll.c.result == PollResult.OK.value,
        )
        .order_by(poll.c.started_at.desc())
        .limit(1)
        .correlate(source)
        .scalar_subquery()
    )
    query = sa.select(source.c.id, newest).where(among(source.c.id, source_ids))
    return {row[0]: row[1] for row in connection.execute(query).all() if row[1] is not None}


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
