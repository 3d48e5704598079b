"""What else a batch brings: failed records and their causes, calls, limits and keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from core.clock import to_micros
from core.histogram import Histogram
from core.records import (
    ApiCalls,
    Batch,
    BatchMode,
    CredentialReading,
    FailedRecord,
    FileDelivery,
    Poll,
    PollResult,
    Problem,
    QuotaReading,
)
from storage import schema
from storage.codes import GroupState, decode_histogram
from storage.engine import Row
from storage.keys import SourceKey, Written
from storage.payloads import unpack_payload
from storage.store import Store
from storage.verify import verify
from storage.writer import Writer
from tests.storage.storage_samples import CRM, HR, NOW, at, configuration


@dataclass
class Records:
    """Writes records of any kind, and reads tables back."""

    store: Store
    writer: Writer
    revisions: dict[SourceKey, int]

    def write(self, batch: Batch, *, source: SourceKey = CRM, now: datetime = NOW) -> Written:
        revision = self.revisions.get(source, 0)
        written = self.writer.write(source, batch, revision=revision, now=now, horizon=at(50_000))
        self.revisions[source] = written.revision
        assert verify(self.store) == []
        return written

    def rows(self, table: sa.Table, *columns: str) -> list[Row]:
        with self.store.read() as connection:
            query = sa.select(*(table.c[name] for name in columns)).order_by(*table.primary_key)
            return [tuple(row) for row in connection.execute(query)]


@pytest.fixture
def records(store: Store) -> Records:
    writer = Writer(store)
    writer.configure(configuration(), NOW)
    return Records(store, writer, {})


def failed(
    key: str, minutes: float = 5, *, fingerprint: str = "f", message: str = "no manager"
) -> FailedRecord:
    return FailedRecord(
        record_key=key,
        occurred_at=at(minutes),
        entity="user",
        run_external_id="run",
        fingerprint=fingerprint,
        error_message=message,
        error_code="E1",
        payload='{"manager_id": 7}',
    )


def calls(number: int, *, minutes: float = 5, status: int = 200, latency: Sequence[float] = ()) -> ApiCalls:
    return ApiCalls(
        minute=at(minutes),
        method="POST",
        endpoint="/users",
        status=status,
        calls=number,
        latency=Histogram(latency),
    )


def test_failed_records_are_grouped_by_their_cause(records: Records) -> None:
    """Two records of one fingerprint are one group of two, with the payload kept compressed."""
    written = records.write(
        Batch(cursor={}, failed_records=[failed("a", 9), failed("b", 7), failed("c", fingerprint="g")])
    )
    assert (written.failed_records, written.duplicates) == (3, 0)
    groups = records.rows(schema.error_group, "fingerprint", "records", "first_seen_at", "last_seen_at")
    assert set(groups) == {
        ("f", 2, to_micros(at(9)), to_micros(at(7))),
        ("g", 1, to_micros(at(5)), to_micros(at(5))),
    }
    payloads = {unpack_payload(row[0]) for row in records.rows(schema.failed_record, "payload")}  # type: ignore[arg-type]
    assert payloads == {'{"manager_id": 7}'}


def test_a_failed_record_read_again_is_not_counted_again(records: Records) -> None:
    """The same record is a duplicate; with another message it is changed, and its group stays at one."""
    records.write(Batch(cursor={}, failed_records=[failed("a")]))
    assert records.write(Batch(cursor={}, failed_records=[failed("a")])).duplicates == 1
    assert (
        records.write(Batch(cursor={}, failed_records=[failed("a", 200, message="new")])).failed_records == 1
    )
    assert records.rows(schema.error_group, "records", "message") == [(1, "new")]
    assert records.rows(schema.failed_record, "error_message") == [("new",)]


@pytest.mark.parametrize(("minutes", "state"), [(10, GroupState.RESOLVED), (-10, GroupState.OPEN)])
def test_only_a_record_later_than_resolved_reopens_its_group(
    records: Records, minutes: float, state: GroupState
) -> None:
    """An older record of a resolved cause leaves it resolved; a later one is a regression."""
    records.write(Batch(cursor={}, failed_records=[failed("a", 60)]))
    resolved = {"state": GroupState.RESOLVED.value, "state_at": to_micros(NOW)}
    records.store.transact(
        lambda connection: connection.execute(sa.update(schema.error_group).values(**resolved))
    )
    later = NOW + timedelta(minutes=20)
    records.write(Batch(cursor={}, failed_records=[failed("b", minutes)]), now=later)
    regressed = to_micros(later) if state is GroupState.OPEN else None
    assert records.rows(schema.error_group, "state", "regressed_at") == [(state, regressed)]


def test_calls_of_a_delta_are_added(records: Records) -> None:
    """A log's next lines of the same minute add to it, and to its hour and day, latencies too."""
    records.write(
        Batch(cursor={}, mode=BatchMode.DELTA, calls=[calls(2, latency=[0.1, 0.2]), calls(1, latency=[0.3])])
    )
    records.write(
        Batch(cursor={}, mode=BatchMode.DELTA, calls=[calls(4, latency=[0.4]), calls(1, status=500)])
    )
    for table in (schema.call_minute, schema.call_hour, schema.call_day):
        assert records.rows(table, "status", "calls") == [(200, 7), (500, 1)]
    for table in (schema.call_minute_latency, schema.call_hour_latency, schema.call_day_latency):
        stored = [decode_histogram(row[0]).values for row in records.rows(table, "histogram")]  # type: ignore[arg-type]
        assert stored == [[0.1, 0.2, 0.3, 0.4]]


def test_a_minute_in_which_nobody_called_is_known_and_adds_up(records: Records) -> None:
    """Prometheus tells 0 of a status that was met before; `verify` finds the sums of nothing equal to their raw rows."""
    records.write(Batch(cursor={}, mode=BatchMode.ABSOLUTE, calls=[calls(0, status=400)]))
    assert records.rows(schema.call_minute, "status", "calls") == [(400, 0)]


def test_calls_of_an_absolute_batch_take_the_place_of_their_minute(records: Records) -> None:
    """A minute read again holds what was read last; its hour moves by the difference."""
    records.write(Batch(cursor={}, calls=[calls(5, latency=[0.1] * 200), calls(3, minutes=6)]))
    assert records.write(Batch(cursor={}, calls=[calls(5, latency=[0.1] * 200)])).duplicates == 1
    records.write(Batch(cursor={}, calls=[calls(2, latency=[0.5])]))
    assert sorted(records.rows(schema.call_minute, "calls")) == [(2,), (3,)]
    assert records.rows(schema.call_hour, "calls") == [(5,)]
    ((histogram,),) = records.rows(schema.call_day_latency, "histogram")
    assert isinstance(histogram, bytes)
    assert decode_histogram(histogram).count == 1


def test_a_quota_is_stored_once_and_its_latest_stands_beside(records: Records) -> None:
    """Readings are kept by (scope, quota, moment); the hour keeps the tightest."""

    def reading(minutes: float, remaining: float | None, *, limited: bool = False) -> QuotaReading:
        return QuotaReading(
            scope="key-1",
            quota="minute",
            observed_at=at(minutes),
            limit=100,
            remaining=remaining,
            limited=limited,
        )

    records.write(Batch(cursor={}, quotas=[reading(3, 10), reading(5, 90)]))
    written = records.write(Batch(cursor={}, quotas=[reading(3, 10), reading(2, None, limited=True)]))
    assert (written.quotas, written.duplicates) == (1, 1)
    records.write(Batch(cursor={}, quotas=[reading(4, 50)]), source=HR)
    assert records.rows(schema.quota, "observed_at", "limited") == [
        (to_micros(at(2)), 1),
        (to_micros(at(4)), 0),
    ]
    assert len(records.rows(schema.quota_sample, "observed_at")) == 4
    assert records.rows(
        schema.quota_hour, "samples", "refusals", "limit", "least_remaining", "most_used_ratio"
    ) == [(4, 1, 100.0, 10.0, 0.9)]


def test_a_key_is_stored_as_seen(records: Records) -> None:
    """Valid, invalid and not told are three things; the same reading is stored once."""
    readings = [
        CredentialReading(observed_at=at(minutes), valid=valid, expires_at=at(-9))
        for minutes, valid in ((3, True), (2, False), (1, None))
    ]
    records.write(Batch(cursor={}, credentials=readings))
    assert records.write(Batch(cursor={}, credentials=readings)).duplicates == 3
    assert records.rows(schema.credential, "valid") == [(1,), (0,), (None,)]


def test_what_is_too_old_is_refused(records: Records) -> None:
    """Refused records are counted, and the rest of the batch is stored."""
    written = records.write(
        Batch(
            cursor={},
            failed_records=[failed("a", 60_000)],
            calls=[calls(1, minutes=60_000), calls(1)],
            quotas=[QuotaReading(scope="s", quota="q", observed_at=at(60_000))],
            credentials=[CredentialReading(observed_at=at(60_000), valid=True)],
            files=[FileDelivery(name="a.csv", digest="d", bytes=3, arrived_at=NOW)],
        )
    )
    assert (written.refused, written.files, written.calls) == (4, 1, 1)


def test_a_poll_is_kept_and_the_source_shows_it(records: Records) -> None:
    """A failed poll leaves its error on the source, and when it last went well."""
    fine = Poll(started_at=at(3), finished_at=at(2), result=PollResult.OK, records=5)
    problem = Problem(kind="bad_line", where="a.log:3", message="not JSON")
    failing = Poll(
        started_at=at(1), finished_at=NOW, result=PollResult.FAILED, error="refused", problems=[problem]
    )
    for poll in (fine, failing, failing):
        records.writer.save_poll(CRM, poll)
    assert records.rows(schema.poll, "result", "records") == [("ok", 5), ("failed", 0)]
    columns = ("last_poll_at", "last_ok_at", "last_result", "last_error")
    assert records.rows(schema.source, *columns)[0] == (to_micros(NOW), to_micros(at(2)), "failed", "refused")
    records.writer.save_poll(CRM, Poll(started_at=NOW, finished_at=NOW, result=PollResult.OK))
    assert records.rows(schema.source, "last_error")[0] == (None,)


def test_an_action_is_audited(records: Records) -> None:
    """Who did what to which subject stands in the audit."""
    records.writer.record_action("local", "backup", "database", {"to": "x"}, NOW)
    assert records.rows(schema.audit, "at", "actor", "action", "subject", "detail") == [
        (to_micros(NOW), "local", "backup", "database", '{"to": "x"}')
    ]
