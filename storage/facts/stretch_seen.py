"""Limits, keys, files and looks of one integration over a stretch of time, read once, as of any instant in it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.facts import CredentialFact, FileFact, QuotaFact, SourceFacts
from core.records import PollResult, QuotaReading, Side
from storage.facts.files import DAYS_BACK, MOST, files_between
from storage.facts.quotas import SAMPLES, quota_reading
from storage.facts.scope import Scope
from storage.facts.seen import credential_reading
from storage.instants import instant
from storage.schema import credential, feed, poll, quota, quota_sample, source
from storage.selected import AnyRow
from storage.words import words_of

_DAY = 86_400_000_000


class QuotaStretch:
    """The readings of each limit; a limit seen by several sources is told of the one that saw it last."""

    def __init__(self, connection: sa.Connection, scope: Scope, until: int) -> None:
        """Read the limits' samples, as far as they are kept."""
        rows = _limits(connection, scope)
        sample = quota_sample.c
        seen: defaultdict[tuple[int, int], list[AnyRow]] = defaultdict(list)
        for row in connection.execute(
            sa.select(quota_sample)
            .where(sample.scope_id.in_([row.scope_id for row in rows]), sample.observed_at <= until)
            .order_by(sample.observed_at)
        ):
            seen[row.scope_id, row.quota_id].append(row)
        words = words_of(connection, {one for row in rows for one in (row.scope_id, row.quota_id)})
        sources: dict[tuple[int, int], str] = {}
        for row in rows:
            sources.setdefault((row.scope_id, row.quota_id), row.name)
        self._limits = [
            (name, [row.observed_at for row in seen[pair]], [quota_reading(row, words) for row in seen[pair]])
            for pair, name in sorted(sources.items())
        ]

    def at(self, at: int) -> tuple[QuotaFact, ...]:
        """Each limit as last seen by then (µs)."""
        return tuple(_quota(name, instants, readings, at) for name, instants, readings in self._limits if instants and instants[0] <= at)  # fmt: skip


def _quota(name: str, instants: list[int], readings: list[QuotaReading], at: int) -> QuotaFact:
    last = bisect_right(instants, at)
    some = readings[max(0, last - SAMPLES) : last]
    return QuotaFact(source=name, reading=some[-1], samples=tuple(reversed(some)))


def _limits(connection: sa.Connection, scope: Scope) -> list[AnyRow]:
    seen = quota.c
    query = (
        sa.select(seen.scope_id, seen.quota_id, source.c.name)
        .select_from(
            quota.join(source, source.c.id == seen.source_id).join(feed, feed.c.source_id == source.c.id)
        )
        .where(scope.holds(feed.c.integration_id), source.c.retired_at.is_(None))
        .order_by(seen.observed_at.desc())
    )
    return list(connection.execute(query))


class CredentialStretch:
    """The readings of each source's key."""

    def __init__(self, connection: sa.Connection, scope: Scope, until: int) -> None:
        """Read them, as far as they are kept."""
        query = (
            sa.select(source.c.name, credential)
            .select_from(
                source.join(credential, credential.c.source_id == source.c.id).join(
                    feed, feed.c.source_id == source.c.id
                )
            )
            .where(scope.holds(feed.c.integration_id), source.c.retired_at.is_(None))
            .where(credential.c.observed_at <= until)
            .order_by(source.c.position, source.c.name, credential.c.observed_at)
        )
        self._keys: dict[str, tuple[list[int], list[CredentialFact]]] = {}
        invalid_since: dict[str, datetime] = {}
        for row in connection.execute(query):
            reading = credential_reading(row)
            if reading.valid:
                invalid_since.pop(row.name, None)
            elif reading.valid is not None:
                invalid_since.setdefault(row.name, reading.observed_at)
            since = invalid_since.get(row.name) if reading.valid is False else None
            instants, facts = self._keys.setdefault(row.name, ([], []))
            instants.append(row.observed_at)
            facts.append(CredentialFact(source=row.name, reading=reading, invalid_since=since))

    def at(self, at: int) -> tuple[CredentialFact, ...]:
        """Each key as last seen by then (µs)."""
        return tuple(
            facts[bisect_right(instants, at) - 1]
            for instants, facts in self._keys.values()
            if instants[0] <= at
        )


class FileStretch:
    """The files delivered."""

    def __init__(self, connection: sa.Connection, scope: Scope, since: int, until: int) -> None:
        """Read those that any instant in [since, until] (µs) looks back on."""
        self._files = files_between(connection, scope, since - DAYS_BACK * _DAY, until)
        self._at = [to_micros(file.arrived_at) for file in self._files]

    def at(self, at: int) -> tuple[FileFact, ...]:
        """The newest by then (µs), newest first, at most MOST."""
        first, last = bisect_right(self._at, at - DAYS_BACK * _DAY), bisect_right(self._at, at)
        return tuple(self._files[max(first, last - MOST) : last][::-1])


class SourceStretch:
    """How each source was looked at."""

    def __init__(self, connection: sa.Connection, scope: Scope, since: int, until: int) -> None:
        """Read the looks within [since, until] (µs), and the last before."""
        query = (
            sa.select(source)
            .join(feed, feed.c.source_id == source.c.id)
            .where(scope.holds(feed.c.integration_id), source.c.retired_at.is_(None))
        )
        self._sources = connection.execute(query.order_by(source.c.position, source.c.name)).all()
        ids = [row.id for row in self._sources]
        self._looks, self._good = _looks(connection, ids, since, until)

    def at(self, at: int) -> Mapping[str, SourceFacts]:
        """Each source by name, as its last look that had ended by then (µs) left it."""
        return {row.name: self._facts(row, at) for row in self._sources if row.known_since <= at}

    def _facts(self, row: AnyRow, at: int) -> SourceFacts:
        look, good = _last(self._looks[row.id], at), _last(self._good[row.id], at)
        if row.last_poll_at is not None and row.last_poll_at <= at:
            look, good = (row.last_poll_at, row.last_result), (row.last_ok_at, "")
        return SourceFacts(
            name=row.name,
            type=row.type,
            side=Side(row.side),
            known_since=from_micros(row.known_since),
            last_poll_at=instant(look[0] if look else None),
            last_result=PollResult(look[1]) if look and look[1] else None,
            last_ok_at=instant(good[0] if good else None),
        )


_Looks = defaultdict[int, list[tuple[int, str]]]


def _looks(connection: sa.Connection, ids: list[int], since: int, until: int) -> tuple[_Looks, _Looks]:
    """(finished, result) of each source's looks in [since, until] and the last before, and of the good ones."""
    columns = (poll.c.source_id, poll.c.finished_at, poll.c.result)
    looks: _Looks = defaultdict(list)
    good: _Looks = defaultdict(list)
    for one in ids:
        for only_good in (False, True):
            before = sa.select(*columns).where(poll.c.source_id == one, poll.c.started_at < since)
            if only_good:
                before = before.where(poll.c.result == PollResult.OK.value)
            for row in connection.execute(before.order_by(poll.c.started_at.desc()).limit(1)):
                (good if only_good else looks)[one].append((row.finished_at, row.result))
    inside = (poll.c.source_id.in_(ids), poll.c.started_at >= since, poll.c.finished_at <= until)
    for source_id, finished_at, result in connection.execute(
        sa.select(*columns).where(*inside).order_by(poll.c.started_at)
    ):
        looks[source_id].append((finished_at, result))
        if result == PollResult.OK.value:
            good[source_id].append((finished_at, result))
    return looks, good


def _last(looks: list[tuple[int, str]], at: int) -> tuple[int, str] | None:
    place = bisect_right(looks, at, key=lambda look: look[0])
    return looks[place - 1] if place else None
