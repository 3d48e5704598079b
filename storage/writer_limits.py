"""Stores readings of rate limits and keys: each once, the latest beside, and hours of limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from core.clock import to_micros
from core.records import CredentialReading, QuotaReading
from storage import schema
from storage.days import hour_of
from storage.dictionary import MESSAGE_LENGTH, clean
from storage.engine import Row, Value
from storage.instants import micros
from storage.writing import Part, Writing

_Key = tuple[int, int, int]
"""(scope id, quota id, instant or start of the hour in µs)"""


class _New(NamedTuple):
    """A reading not stored yet, and whose source told it first."""

    writing: Writing
    reading: QuotaReading


def write_quotas(parts: Sequence[Part[QuotaReading]]) -> None:
    """Store readings not stored yet, by (scope, quota, observed at)."""
    parts = [one for one in parts if one.records]
    if not parts:
        return
    writing = parts[0].writing
    names = {name for part in parts for one in part.records for name in (one.scope, one.quota)}
    texts = writing.texts.ids(writing.connection, names)
    arrived = [_readings(part, texts) for part in parts]
    known = _stored_samples(writing, sorted({key for mine in arrived for key in mine}))
    new: dict[_Key, _New] = {}
    for part, mine in zip(parts, arrived, strict=True):
        first = {key: _New(part.writing, one) for key, one in mine.items() if key not in known}
        known |= first.keys()
        new |= first
        part.tally.stored = len(first)
        part.tally.duplicates = len(part.records) - part.tally.refused - len(first)
    samples: list[Row] = [
        (*key, one.writing.integration_id, one.writing.source_id, *_told(one.reading))
        for key, one in sorted(new.items(), key=lambda item: item[0])
    ]
    writing.statements.keep(writing.connection, schema.quota_sample, samples)
    _write_latest(writing, new)
    _write_hours(writing, new)


def _readings(part: Part[QuotaReading], texts: Mapping[str, int]) -> dict[_Key, QuotaReading]:
    found: dict[_Key, QuotaReading] = {}
    for reading in part.records:
        at = to_micros(reading.observed_at)
        if part.writing.refuses(at):
            part.tally.refused += 1
        else:
            found[texts[reading.scope], texts[reading.quota], at] = reading
    return found


def _told(reading: QuotaReading) -> tuple[Value, ...]:
    resets_at = micros(reading.resets_at)
    return reading.limit, reading.remaining, resets_at, reading.window_seconds, int(reading.limited)


def _stored_samples(writing: Writing, keys: Sequence[_Key]) -> set[Row]:
    table = schema.quota_sample
    names = table.primary_key.columns.keys()
    return set(writing.statements.find(writing.connection, table, names, names, keys))


def _write_latest(writing: Writing, new: Mapping[_Key, _New]) -> None:
    table = schema.quota
    names = table.primary_key.columns.keys()
    owners = {(one.writing.integration_id, one.writing.source_id) for one in new.values()}
    stored = writing.statements.find(
        writing.connection, table, [*names, "observed_at"], names[:2], sorted(owners)
    )
    stands: dict[Row, Value] = {row[:4]: row[4] for row in stored}
    rows: dict[Row, Row] = {}
    for (scope, quota, at), one in new.items():
        key = (one.writing.integration_id, one.writing.source_id, scope, quota)
        if at >= stands.get(key, at):  # type: ignore[operator]
            stands[key] = at
            rows[key] = (*key, at, *_told(one.reading))
    writing.statements.put(writing.connection, table, [rows[key] for key in sorted(rows)])


def _write_hours(writing: Writing, new: Mapping[_Key, _New]) -> None:
    table = schema.quota_hour
    names = table.primary_key.columns.keys()
    wanted = sorted({(scope, quota, hour_of(at)) for scope, quota, at in new})
    columns = [column.name for column in table.c]
    stored = writing.statements.find(writing.connection, table, columns, names, wanted)
    hours: dict[Row, Sequence[Value]] = {row[:3]: row[3:] for row in stored}
    for (scope, quota, at), one in sorted(new.items(), key=lambda item: item[0]):
        key = (scope, quota, hour_of(at))
        hours[key] = _tighter(hours.get(key, (0, 0, None, None, None)), one.reading)
    writing.statements.put(writing.connection, table, [(*key, *hours[key]) for key in wanted])


def _tighter(hour: Sequence[Value], reading: QuotaReading) -> list[Value]:
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


def write_credentials(parts: Sequence[Part[CredentialReading]]) -> None:
    """Store readings not stored yet, by (source, observed at)."""
    parts = [one for one in parts if one.records]
    if not parts:
        return
    writing, table = parts[0].writing, schema.credential
    arrived = [_credentials(part) for part in parts]
    wanted = [key for mine in arrived for key in mine]
    names = table.primary_key.columns.keys()
    known = set(writing.statements.find(writing.connection, table, names, names, wanted))
    new: dict[tuple[int, int], Row] = {}
    for part, mine in zip(parts, arrived, strict=True):
        fresh = {key: row for key, row in mine.items() if key not in known}
        new |= fresh
        part.tally.stored = len(fresh)
        part.tally.duplicates = len(part.records) - part.tally.refused - len(fresh)
    writing.statements.keep(writing.connection, table, [new[key] for key in sorted(new)])


def _credentials(part: Part[CredentialReading]) -> dict[tuple[int, int], Row]:
    """The rows of one batch's readings, by (source id, instant)."""
    writing, rows = part.writing, dict[tuple[int, int], Row]()
    for reading in part.records:
        at = to_micros(reading.observed_at)
        if writing.refuses(at):
            part.tally.refused += 1
            continue
        valid = None if reading.valid is None else int(reading.valid)
        expires = micros(reading.expires_at)
        reason = clean(reading.reason, MESSAGE_LENGTH)
        key = (writing.source_id, at)
        rows[key] = (*key, writing.integration_id, valid, reason, expires)
    return rows
