"""Stores failed records, each under its cause: the error group and its count by hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from core.clock import to_micros
from core.records import FailedRecord
from storage import schema
from storage.codes import CLASS_CODE, ORIGIN_CODE, GroupState
from storage.days import hour_of
from storage.dictionary import MESSAGE_LENGTH, PAYLOAD_LENGTH, clean, clean_name
from storage.engine import Row
from storage.identities import identity_of, stored_rows
from storage.payloads import pack_payload
from storage.writing import Tally, Writing

COLUMNS = (
    "integration_id",
    "source_id",
    "group_id",
    "occurred_at",
    "identity",
    "job_id",
    "run_external_id",
    "entity_id",
    "record_key",
    "root_key",
    "operation_id",
    "attempt",
    "error_origin",
    "error_class",
    "error_code_id",
    "error_message",
    "payload",
    "file",
    "line",
    "first_seen_at",
    "changed_at",
)
_GROUP, _AT, _CONTENT = 2, 3, len(COLUMNS) - 2


@dataclass(slots=True)
class Group:
    """One cause while a batch is stored; its columns are those of `error_group`."""

    id: int
    state: int
    first_seen_at: int
    last_seen_at: int
    records: int
    state_at: int | None
    regressed_at: int | None
    newest: FailedRecord | None = None


def write_failed_records(writing: Writing, records: Sequence[FailedRecord]) -> Tally:
    """Store what is new or changed of these records."""
    tally = Tally()
    kept = _kept(writing, records, tally)
    if not kept:
        return tally
    groups = _groups(writing, list(kept.values()))
    texts = writing.texts.ids(writing.connection, _repeated(list(kept.values())))
    stored = stored_rows(writing, schema.failed_record, COLUMNS, list(kept))
    hours: dict[tuple[int, int], int] = {}
    new, changed = [], []
    for identity, record in kept.items():
        group = groups[record.fingerprint]
        row = _row(writing, record, group.id, identity, texts)
        old = stored.get(identity)
        if old is not None and old[1 : 1 + _CONTENT] == row[:_CONTENT]:
            tally.duplicates += 1
            continue
        tally.stored += 1
        if old is None:
            new.append(row)
        else:
            changed.append((*row[:_CONTENT], old[1 + _CONTENT], writing.now, old[0], old[1 + _AT]))
            _count(hours, old[1 + _GROUP], old[1 + _AT], -1)  # type: ignore[arg-type]
        _count(hours, group.id, row[_AT], 1)  # type: ignore[arg-type]
        _note(group, record, writing.now, fresh=old is None)
    writing.statements.insert(writing.connection, schema.failed_record, COLUMNS, new)
    writing.statements.update(
        writing.connection, schema.failed_record, COLUMNS, ("id", "occurred_at"), changed
    )
    moved = [(*key, records) for key, records in sorted(hours.items()) if records]
    writing.statements.add(writing.connection, schema.group_hour, ("records",), moved)
    _save_groups(writing, groups)
    return tally


def _kept(writing: Writing, records: Sequence[FailedRecord], tally: Tally) -> dict[int, FailedRecord]:
    """Those that are not too old, by their identity; of one that is told several times the last."""
    kept: dict[int, FailedRecord] = {}
    source = str(writing.source_id)
    for record in records:
        if writing.refuses(to_micros(record.occurred_at)):
            tally.refused += 1
            continue
        identity = identity_of(
            source,
            record.job,
            record.run_external_id,
            record.entity,
            record.record_key,
            str(record.attempt),
            record.fingerprint,
        )
        kept[identity] = record
    tally.duplicates = len(records) - tally.refused - len(kept)
    return kept


def _repeated(records: Sequence[FailedRecord]) -> set[str]:
    found = {name for one in records for name in (one.job, one.entity)}
    found.update(one.operation for one in records if one.operation is not None)
    found.update(one.error_code for one in records if one.error_code is not None)
    return found


def _row(writing: Writing, record: FailedRecord, group_id: int, identity: int, texts: dict[str, int]) -> Row:
    payload = None if record.payload is None else clean(record.payload, PAYLOAD_LENGTH)
    return (
        writing.integration_id,
        writing.source_id,
        group_id,
        to_micros(record.occurred_at),
        identity,
        texts[record.job],
        clean_name(record.run_external_id),
        texts[record.entity],
        clean_name(record.record_key),
        None if record.root_key is None else clean_name(record.root_key),
        None if record.operation is None else texts[record.operation],
        record.attempt,
        ORIGIN_CODE[record.error_origin],
        CLASS_CODE[record.error_class],
        None if record.error_code is None else texts[record.error_code],
        clean(record.error_message, MESSAGE_LENGTH),
        pack_payload(payload),
        None if record.file is None else clean(record.file),
        record.line,
        writing.now,
        writing.now,
    )


def _count(hours: dict[tuple[int, int], int], group_id: int, at: int, records: int) -> None:
    key = (group_id, hour_of(at))
    hours[key] = hours.get(key, 0) + records


def _note(group: Group, record: FailedRecord, now: int, *, fresh: bool) -> None:
    """Bring a group up to a record; one later than `resolved` opens it again, as a regression."""
    at = to_micros(record.occurred_at)
    group.records += fresh
    group.first_seen_at = min(group.first_seen_at, at)
    if group.newest is None or record.occurred_at >= group.newest.occurred_at:
        group.newest = record
    group.last_seen_at = max(group.last_seen_at, at)
    if fresh and group.state == GroupState.RESOLVED and group.state_at is not None and at > group.state_at:
        group.state, group.regressed_at = GroupState.OPEN.value, now


def _groups(writing: Writing, records: Sequence[FailedRecord]) -> dict[str, Group]:
    """The group of each fingerprint; new ones are made, with nothing counted yet."""
    table, connection = schema.error_group, writing.connection
    samples = {record.fingerprint: record for record in records}
    texts = writing.texts.ids(connection, {one.error_code for one in records if one.error_code is not None})
    columns = (table.c.id, table.c.state, table.c.first_seen_at, table.c.last_seen_at, table.c.records)
    query = sa.select(table.c.fingerprint, *columns, table.c.state_at, table.c.regressed_at)
    found: dict[str, Group] = {}
    names = sorted(samples)
    insert = writing.statements.upsert(table).on_conflict_do_nothing()
    for start in range(0, len(names), 500):
        chunk = names[start : start + 500]
        mine = query.where(table.c.integration_id == writing.integration_id, table.c.fingerprint.in_(chunk))
        # Held until the end, so that what a person decides meanwhile is not written over.
        held = mine.order_by(table.c.fingerprint).with_for_update()
        found.update((row[0], Group(*row[1:])) for row in connection.execute(held))
        new = [_new_group(writing, samples[name], texts) for name in chunk if name not in found]
        if new:
            connection.execute(insert, new)
            found.update((row[0], Group(*row[1:])) for row in connection.execute(held) if row[0] not in found)
    return found


def _new_group(writing: Writing, record: FailedRecord, texts: dict[str, int]) -> dict[str, int | str | None]:
    at = to_micros(record.occurred_at)
    return {
        "integration_id": writing.integration_id,
        "fingerprint": record.fingerprint,
        "error_origin": ORIGIN_CODE[record.error_origin],
        "error_class": CLASS_CODE[record.error_class],
        "error_code_id": None if record.error_code is None else texts[record.error_code],
        "message": clean(record.error_message, MESSAGE_LENGTH),
        "state": GroupState.OPEN.value,
        "first_seen_at": at,
        "last_seen_at": at,
        "records": 0,
    }


def _save_groups(writing: Writing, groups: dict[str, Group]) -> None:
    """Write back the groups that a record came to."""
    names = ("message", "state", "first_seen_at", "last_seen_at", "records", "regressed_at")
    rows: list[Row] = [
        (
            clean(group.newest.error_message, MESSAGE_LENGTH),
            group.state,
            group.first_seen_at,
            group.last_seen_at,
            group.records,
            group.regressed_at,
            group.id,
        )
        for _, group in sorted(groups.items())
        if group.newest is not None
    ]
    writing.statements.update(writing.connection, schema.error_group, names, ("id",), rows)
