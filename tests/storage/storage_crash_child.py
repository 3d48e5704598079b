"""The process that the crash test kills: writes numbered batches to a source until it is done."""

from __future__ import annotations

import sys
from datetime import timedelta

import msgspec
import sqlalchemy as sa

from core.records import Batch, BatchMode, FailedRecord, RunStatus, SyncRun
from storage import schema
from storage.store import open_store
from storage.writer import Writer
from tests.storage.storage_samples import CRM, NOW

BATCHES, SIZE = 120, 100


def batch(number: int) -> Batch:
    """The runs of one batch; its last ones are those of the batch before, ended."""
    runs = []
    for place in range(SIZE):
        index = number * SIZE + place
        started = NOW - timedelta(seconds=30 * (BATCHES * SIZE - index))
        open_ = place >= SIZE - 5 and number < BATCHES - 1
        runs.append(
            SyncRun(
                external_id=f"run-{index}",
                status=RunStatus.RUNNING if open_ else RunStatus.SUCCEEDED,
                started_at=started,
                finished_at=None if open_ else started + timedelta(seconds=index % 90),
                records_read=index % 7,
            )
        )
    for place in range(5 if number else 0):
        index = number * SIZE - 5 + place
        started = NOW - timedelta(seconds=30 * (BATCHES * SIZE - index))
        ended = started + timedelta(seconds=index % 90)
        runs.append(
            SyncRun(
                external_id=f"run-{index}", status=RunStatus.FAILED, started_at=started, finished_at=ended
            )
        )
    failed = [FailedRecord(record_key=str(number), occurred_at=NOW, fingerprint=str(number % 3))]
    return Batch(cursor={"next": number + 1}, mode=BatchMode.DELTA, runs=runs, failed_records=failed)


def main(url: str) -> None:
    """Go on from the stored cursor; each acknowledged batch is a line on stdout."""
    with open_store(url, writable=True) as store:
        writer = Writer(store)
        with store.read() as connection:
            query = sa.select(schema.source.c.cursor, schema.source.c.revision).where(
                schema.source.c.name == CRM.source
            )
            stored, revision = connection.execute(query).one()
        start = int(msgspec.json.decode(stored).get("next", 0))
        for number in range(start, BATCHES):
            revision = writer.write(CRM, batch(number), revision=revision, now=NOW, horizon=None).revision
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
