"""Stores readings of rate limits and keys: each once, the latest beside, and hours of limits."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from core.clock import to_micros
from core.records import CredentialReading, QuotaReading
from storage import schema
from storage.days import hour_of
from storage.dictionary import MESSAGE_LENGTH, clean
from storage.engine import Row, Value
from storage.writing import Tally, Writing

_Key = tuple[int, int, int]

_SAMPLES = sa.select(schema.quota_sample.c.observed_at).where(
    schema.quota_sample.c.scope_id == sa.bindparam("scope"),
    schema.quota_sample.c.quota_id == sa.bindparam("quota"),
    schema.quota_sample.c.observed_at.in_(sa.bindparam("instants", expanding=True)),
)
_LATEST = sa.select(schema.quota.c.scope_id, schema.quota.c.quota_id, schema.quota.c.observed_at).where(
    schema.quota.c.integration_id == sa.bindparam("integration"),
    schema.quota.c.source_id == sa.bindparam("source"),
)
_HOUR = sa.select(*list(schema.quota_hour.c)[3:]).where(
    *(
        column == sa.bindparam(name)
        for column, name in zip(schema.quota_hour.primary_key, ("scope", "quota", "hour"), strict=True)
    )
)


def write_quotas(writing: Writing, readings: Sequence[QuotaReading]) -> Tally:
    """Store readings not stored yet, by (scope, quota, observed at)."""
    tally = Tally()
    if not readings:
        return tally
    texts = writing.texts.ids(
        writing.connection, {name for one in readings for name in (one.scope, one.quota)}
    )
    new: dict[_Key, QuotaReading] = {}
    for reading in readings:
        at = to_micros(reading.observed_at)
        if writing.refuses(at):
            tally.refused += 1
        else:
            new[texts[reading.scope], texts[reading.quota], at] = reading
    for key in _stored_samples(writing.connection, list(new)):
        del new[key]
    tally.stored = len(new)
    tally.duplicates = len(readings) - tally.refused - tally.stored
    samples: list[Row] = [
        (*key, writing.integration_id, writing.source_id, *_told(reading))
        for key, reading in sorted(new.items(), key=lambda item: item[0])
    ]
    writing.statements.keep(writing.connection, schema.quota_sample, samples)
    _write_latest(writing, new)
    _write_hours(writing, new)
    return tally


def _told(reading: QuotaReading) -> tuple[Value, ...]:
    resets_at = None if reading.resets_at is None else to_micros(reading.resets_at)
    return reading.limit, reading.remaining, resets_at, reading.window_seconds, int(reading.limited)


def _stored_samples(connection: sa.Connection, keys: Sequence[_Key]) -> list[_Key]:
    found = []
    for scope_id, quota_id in {key[:2] for key in keys}:
        instants = [at for scope, quota, at in keys if (scope, quota) == (scope_id, quota_id)]
        for start in range(0, len(instants), 500):
            asked = {"scope": scope_id, "quota": quota_id, "instants": instants[start : start + 500]}
            found += [(scope_id, quota_id, at) for at in connection.execute(_SAMPLES, asked).scalars()]
    return found


def _write_latest(writing: Writing, new: dict[_Key, QuotaReading]) -> None:
    mine = {"integration": writing.integration_id, "source": writing.source_id}
    stands = {(scope, quota): at for scope, quota, at in writing.connection.execute(_LATEST, mine)}
    rows: dict[tuple[int, int], Row] = {}
    for (scope, quota, at), reading in new.items():
        if at >= stands.get((scope, quota), at):
            stands[scope, quota] = at
            key = (writing.integration_id, writing.source_id, scope, quota, at)
            rows[scope, quota] = (*key, *_told(reading))
    writing.statements.put(writing.connection, schema.quota, [rows[key] for key in sorted(rows)])


def _write_hours(writing: Writing, new: dict[_Key, QuotaReading]) -> None:
    table = schema.quota_hour
    hours: dict[_Key, list[Value]] = {}
    for (scope, quota, at), reading in sorted(new.items(), key=lambda item: item[0]):
        key = (scope, quota, hour_of(at))
        if key not in hours:
            asked = {"scope": scope, "quota": quota, "hour": key[2]}
            stored = writing.connection.execute(_HOUR, asked).one_or_none()
            hours[key] = list(stored) if stored else [0, 0, None, None, None]
        hours[key] = _tighter(hours[key], reading)
    writing.statements.put(writing.connection, table, [(*key, *hours[key]) for key in sorted(hours)])


def _tighter(hour: list[Value], reading: QuotaReading) -> list[Value]:
    samples, refusals, limit, least, most = hour
    ratio = reading.used_ratio
    return [
        int(samples or 0) + 1,
        int(refusals or 0) + reading.limited,
        limit if reading.limit is None else reading.limit,
        min(_known(least, reading.remaining), default=None),
        max(_known(most, ratio), default=None),
    ]


def _known(*values: Value) -> list[float]:
    return [float(value) for value in values if value is not None]


def write_credentials(writing: Writing, readings: Sequence[CredentialReading]) -> Tally:
    """Store readings not stored yet, by (source, observed at)."""
    tally = Tally()
    rows: dict[int, Row] = {}
    for reading in readings:
        at = to_micros(reading.observed_at)
        if writing.refuses(at):
            tally.refused += 1
            continue
        valid = None if reading.valid is None else int(reading.valid)
        expires = None if reading.expires_at is None else to_micros(reading.expires_at)
        reason = clean(reading.reason, MESSAGE_LENGTH)
        rows[at] = (writing.source_id, at, writing.integration_id, valid, reason, expires)
    table = schema.credential
    if rows:
        query = sa.select(table.c.observed_at).where(
            table.c.source_id == writing.source_id, table.c.observed_at.in_(sorted(rows))
        )
        for at in writing.connection.execute(query).scalars().all():
            del rows[at]
    writing.statements.keep(writing.connection, table, [rows[at] for at in sorted(rows)])
    tally.stored = len(rows)
    tally.duplicates = len(readings) - tally.refused - len(rows)
    return tally
