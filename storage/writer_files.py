"""Stores the files that were delivered: each once a contract day, a copy counted on it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa

from core.clock import to_micros
from core.records import FileDelivery
from storage import schema
from storage.dictionary import clean, clean_name
from storage.engine import Row
from storage.selected import AnyRow
from storage.writing import Tally, Writing

COLUMNS = (
    "integration_id",
    "source_id",
    "contract_day",
    "digest",
    "name",
    "bytes",
    "delimiter",
    "encoding",
    "header",
    "rows_ok",
    "rows_bad",
    "unchanged",
    "violations",
    "times",
    "arrived_at",
    "first_seen_at",
    "changed_at",
)
_MOST_COLUMNS = 500
_NAME_LENGTH = 200


def write_files(writing: Writing, files: Sequence[FileDelivery]) -> Tally:
    """Store deliveries, by (source, contract day, digest); one stored already has come once more.

    What is counted is each delivery handed in: the cursor stored with it guards against counting twice.
    """
    tally = Tally()
    for file in files:
        if writing.refuses(to_micros(file.arrived_at)):
            tally.refused += 1
            continue
        day = (file.contract_day or file.arrived_at.date()).toordinal()
        stored = _stored(writing, day, file.digest)
        if stored is None:
            writing.statements.insert(
                writing.connection, schema.file_delivery, COLUMNS, [_row(writing, file, day)]
            )
        else:
            violations = json.dumps(list(dict.fromkeys([*json.loads(stored.violations), *file.violations])))
            again: Row = (violations, stored.times + 1, writing.now, stored.id)
            changing = ("violations", "times", "changed_at")
            writing.statements.update(writing.connection, schema.file_delivery, changing, ("id",), [again])
        tally.stored += 1
    return tally


def _stored(writing: Writing, day: int, digest: str) -> AnyRow | None:
    table = schema.file_delivery.c
    query = sa.select(table.id, table.violations, table.times).where(
        table.source_id == writing.source_id,
        table.contract_day == day,
        table.digest == clean_name(digest),
    )
    return writing.connection.execute(query).one_or_none()


def _row(writing: Writing, file: FileDelivery, day: int) -> Row:
    header = [clean(name, _NAME_LENGTH) for name in file.header[:_MOST_COLUMNS]]
    return (
        writing.integration_id,
        writing.source_id,
        day,
        clean_name(file.digest),
        clean_name(file.name),
        file.bytes,
        None if file.delimiter is None else clean(file.delimiter),
        file.encoding,
        json.dumps(header, ensure_ascii=False),
        file.rows_ok,
        file.rows_bad,
        int(file.unchanged),
        json.dumps(list(file.violations)),
        1,
        to_micros(file.arrived_at),
        writing.now,
        writing.now,
    )
