"""How sources, limits and keys were last seen as of an instant, for all integrations at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.clock import from_micros
from core.facts import CredentialFact, QuotaFact, SourceFacts
from core.records import CredentialReading, PollResult, QuotaReading, Side
from storage.facts.scope import Scope
from storage.schema import credential, feed, poll, quota, quota_sample, source
from storage.selected import AnyRow
from storage.words import words_of


def sources_at(connection: sa.Connection, scope: Scope, at: int) -> Mapping[int, dict[str, SourceFacts]]:
    """The configured sources by integration id and name, as their last poll before `at` (µs) left them."""
    fed = feed.c.integration_id.label("fed_id")
    query = (
        sa.select(source, fed)
        .join(feed, feed.c.source_id == source.c.id)
        .where(scope.holds(fed), source.c.retired_at.is_(None), source.c.known_since <= at)
    )
    rows = connection.execute(query.order_by(source.c.position, source.c.name)).all()
    moved_on = [row.id for row in rows if row.last_poll_at is not None and row.last_poll_at > at]
    polls = _last_polls(connection, moved_on, at) if moved_on else {}
    good = _last_good(connection, moved_on, at) if moved_on else {}
    found: defaultdict[int, dict[str, SourceFacts]] = defaultdict(dict)
    for row in rows:
        then = row.id in set(moved_on)
        last = polls.get(row.id) if then else row
        found[row.fed_id][row.name] = SourceFacts(
            name=row.name,
            type=row.type,
            side=Side(row.side),
            known_since=from_micros(row.known_since),
            last_poll_at=_instant(last.last_poll_at if last else None),
            last_result=PollResult(last.last_result) if last and last.last_result else None,
            last_ok_at=_instant(good.get(row.id) if then else row.last_ok_at),
            last_error=last.last_error if last else None,
            not_before=_instant(last.not_before if last else None),
            bad_items_last_poll=last.bad_items_last_poll if last else 0,
        )
    return found


def credentials_at(connection: sa.Connection, scope: Scope, at: int) -> Mapping[int, list[CredentialFact]]:
    """The latest reading of the key of each configured source, by integration id."""
    newest = (
        sa.select(sa.func.max(credential.c.observed_at))
        .where(credential.c.source_id == source.c.id, credential.c.observed_at <= at)
        .correlate(source)
        .scalar_subquery()
    )
    same = sa.and_(credential.c.source_id == source.c.id, credential.c.observed_at == newest)
    query = (
        sa.select(feed.c.integration_id, source.c.name, credential, _invalid_since(at).label("invalid_since"))
        .select_from(source.join(credential, same).join(feed, feed.c.source_id == source.c.id))
        .where(scope.holds(feed.c.integration_id), source.c.retired_at.is_(None))
        .order_by(source.c.position, source.c.name)
    )
    found: defaultdict[int, list[CredentialFact]] = defaultdict(list)
    for row in connection.execute(query):
        fact = CredentialFact(
            source=row.name, reading=credential_reading(row), invalid_since=_instant(row.invalid_since)
        )
        found[row[0]].append(fact)
    return found


def _invalid_since(at: int) -> sa.ColumnElement[int | None]:
    """The first reading (µs) that found the key invalid after the last one that found it valid.

    Answers that do not tell stand between and end nothing. A key that is in order is not searched for.
    """
    valid, invalid = credential.alias("valid"), credential.alias("invalid")
    last_valid = (
        sa.select(sa.func.max(valid.c.observed_at))
        .where(valid.c.source_id == source.c.id, valid.c.observed_at <= at, valid.c.valid == 1)
        .correlate(source)
        .scalar_subquery()
    )
    first = (
        sa.select(sa.func.min(invalid.c.observed_at))
        .where(
            invalid.c.source_id == source.c.id,
            invalid.c.observed_at <= at,
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
    seen, sample = quota.c, quota_sample.c
    newest = (
        sa.select(sa.func.max(sample.observed_at))
        .where(sample.scope_id == seen.scope_id, sample.quota_id == seen.quota_id, sample.observed_at <= at)
        .correlate(quota)
        .scalar_subquery()
    )
    same = sa.and_(
        sample.scope_id == seen.scope_id, sample.quota_id == seen.quota_id, sample.observed_at == newest
    )
    limits = sa.select(feed.c.integration_id, source.c.name, *_reading()).select_from(
        quota.join(source, source.c.id == seen.source_id)
        .join(feed, feed.c.source_id == source.c.id)
        .outerjoin(quota_sample, same)
    )
    query = limits.where(scope.holds(feed.c.integration_id), source.c.retired_at.is_(None)).order_by(
        seen.observed_at.desc()
    )
    rows = connection.execute(query).all()
    words = words_of(connection, {one for row in rows for one in (row.scope_id, row.quota_id)})
    samples = _samples(connection, scope, at, words)
    found: defaultdict[int, dict[tuple[int, int], QuotaFact]] = defaultdict(dict)
    for row in rows:
        if row.observed_at is None or row.observed_at > at:
            continue
        some = samples.get((row.scope_id, row.quota_id), ())
        fact = QuotaFact(source=row.name, reading=quota_reading(row, words), samples=tuple(some))
        found[row.integration_id].setdefault((row.scope_id, row.quota_id), fact)
    return {key: [limits[pair] for pair in sorted(limits)] for key, limits in found.items()}


def _samples(
    connection: sa.Connection, scope: Scope, at: int, words: Mapping[int, str]
) -> Mapping[tuple[int, int], list[QuotaReading]]:
    """The last SAMPLES readings of each limit, newest first, by (scope id, quota id)."""
    sample, seen = quota_sample.c, quota.c
    limits = sa.select(seen.scope_id, seen.quota_id).where(scope.holds(seen.integration_id)).distinct()
    limit = limits.subquery("limits")
    newest = (
        sa.select(sample.observed_at)
        .where(
            sample.scope_id == limit.c.scope_id,
            sample.quota_id == limit.c.quota_id,
            sample.observed_at <= at,
        )
        .order_by(sample.observed_at.desc())
        .limit(SAMPLES)
        .correlate(limit)
    )
    same = sa.and_(sample.scope_id == limit.c.scope_id, sample.quota_id == limit.c.quota_id)
    if connection.dialect.name == "sqlite":
        joined = limit.join(quota_sample, sa.and_(same, sample.observed_at.in_(newest)))
    else:
        instants = newest.lateral("newest")
        both = sa.and_(same, sample.observed_at == instants.c.observed_at)
        joined = limit.join(instants, sa.true()).join(quota_sample, both)
    query = sa.select(quota_sample).select_from(joined).order_by(sample.observed_at.desc())
    found: defaultdict[tuple[int, int], list[QuotaReading]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.scope_id, row.quota_id].append(quota_reading(row, words))
    return found


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


def _reading() -> list[sa.ColumnElement[Any]]:
    """The sample's columns; those of the latest reading where its samples are pruned."""
    seen, sample = quota.c, quota_sample.c
    pruned = sample.observed_at.is_(None)
    names = ("observed_at", "limit", "remaining", "resets_at", "window_seconds", "limited")
    chosen = [sa.case((pruned, seen[name]), else_=sample[name]).label(name) for name in names]
    return [seen.scope_id, seen.quota_id, *chosen]


def _last_polls(connection: sa.Connection, source_ids: list[int], at: int) -> dict[int, AnyRow]:
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
        .where(source.c.id.in_(source_ids))
    )
    return {row.source_id: row for row in connection.execute(query)}


def _last_good(connection: sa.Connection, source_ids: list[int], at: int) -> dict[int, int]:
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
    query = sa.select(source.c.id, newest).where(source.c.id.in_(source_ids))
    return {row[0]: row[1] for row in connection.execute(query) if row[1] is not None}


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
