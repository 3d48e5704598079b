"""How sources and keys were last seen as of an instant, for all integrations at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from core.clock import from_micros
from core.facts import CredentialFact, SourceFacts
from core.records import CredentialReading, PollResult, Side
from storage.among import among
from storage.facts.scope import Scope, feeds
from storage.instants import instant
from storage.schema import credential, poll, source
from storage.schema.base import BIG
from storage.selected import AnyRow, AnySelect

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
            last_poll_at=instant(polled_at),
            last_result=_RESULTS[result] if result else None,
            last_ok_at=instant(last_ok_at),
            last_error=error,
            not_before=instant(not_before),
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
            source=row.name, reading=credential_reading(row), invalid_since=instant(row.invalid_since)
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
        expires_at=instant(row.expires_at),
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
