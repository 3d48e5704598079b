"""What export gives is what was written, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.alerting import AlertOutcome
from core.histogram import Histogram
from core.records import (
    ApiCalls,
    CountReading,
    CredentialReading,
    ErrorClass,
    ErrorOrigin,
    FailedRecord,
    FileDelivery,
    QuotaReading,
    RecordEvent,
    RunStatus,
    SyncRun,
)
from storage import queries
from storage.queries.export import EXPORTS
from storage.store import Store
from tests.storage.storage_alerts import event
from tests.storage.storage_reading import GATEWAY, Filled
from tests.storage.storage_samples import CRM, NOW, at, run

first_day, last_day = datetime(2026, 10, 1), datetime(2026, 11, 24)  # noqa: DTZ001 - the strategy adds it
instants = st.datetimes(first_day, last_day, timezones=st.just(UTC))
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
counts = st.none() | st.integers(0, 10**9)


@st.composite
def sync_runs(draw: st.DrawFn) -> SyncRun:
    status = draw(st.sampled_from(RunStatus))
    ended = status not in ("queued", "running")
    return SyncRun(
        external_id=draw(words),
        job=draw(st.sampled_from(["", "a", "ночь"])),
        status=status,
        started_at=draw(st.none() | instants),
        finished_at=draw(st.none() | instants) if ended else None,
        duration_seconds=draw(st.none() | st.integers(0, 10**9).map(lambda micros: micros / 1e6)),
        trigger=draw(st.none() | words),
        attempt=draw(st.integers(1, 9)),
        records_read=draw(counts),
        records_written=draw(counts),
        records_skipped=draw(counts),
        records_failed=draw(counts),
        bytes=draw(counts),
        error_origin=draw(st.none() | st.sampled_from(ErrorOrigin)),
        error_class=draw(st.none() | st.sampled_from(ErrorClass)),
        error_code=draw(st.none() | words),
        error_message=draw(st.none() | words),
        url=draw(st.none() | words),
    )


def told(run: SyncRun) -> dict[str, object]:
    """A run as export should write it."""
    seconds = run.duration_seconds
    if seconds is None and run.started_at and run.finished_at:
        seconds = (run.finished_at - run.started_at).total_seconds()
    return {
        "external_id": run.external_id,
        "job": run.job,
        "status": run.status,
        "started_at": run.started_at and run.started_at.isoformat(),
        "finished_at": run.finished_at and run.finished_at.isoformat(),
        "duration_seconds": seconds,
        "trigger": run.trigger,
        "attempt": run.attempt,
        "records_read": run.records_read,
        "records_written": run.records_written,
        "records_skipped": run.records_skipped,
        "records_failed": run.records_failed,
        "bytes": run.bytes,
        "error_origin": run.error_origin,
        "error_class": run.error_class,
        "error_code": run.error_code,
        "error_message": run.error_message,
        "url": run.url,
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(sync_runs(), max_size=8, unique_by=lambda run: (run.job, run.external_id)))
def test_runs_come_out_as_they_went_in(store: Store, written: list[SyncRun]) -> None:
    """Every run written is exported once, open ones too, with the same values."""
    _number[0] += 1
    mark = f"{_number[0]}:"
    filled = Filled(store)
    with store.read() as connection:
        filled.revisions[CRM], _ = queries.cursor_of(connection, CRM)
    mine = [msgspec.structs.replace(run, external_id=mark + run.external_id) for run in written]
    filled.runs(*mine)
    with store.read() as connection:
        exported = [
            row for row in queries.export_runs(connection, "crm") if str(row["external_id"]).startswith(mark)
        ]
    for row in exported:
        assert (row.pop("integration"), row.pop("source"), row.pop("side")) == ("crm", "log", "target")
    expected = [told(run) for run in mine]
    assert sorted(exported, key=_name) == sorted(expected, key=_name)


_number = [0]


def _name(row: Mapping[str, object]) -> str:
    return f"{row['job']}/{row['external_id']}"


def test_failed_records_come_out_as_they_went_in(store: Store) -> None:
    """Payload, root, file and line are there, oldest first."""
    filled = Filled(store)
    record = FailedRecord(
        record_key="42",
        occurred_at=at(5),
        entity="user",
        job="sync",
        run_external_id="r1",
        root_key="7",
        operation="create",
        attempt=2,
        error_origin=ErrorOrigin.BUTTERBOARD,
        error_class=ErrorClass.MISSING_REFERENCE,
        error_code="404",
        error_message="no manager",
        fingerprint="no manager",
        payload='{"id":42}',
        file="staff.csv",
        line=17,
    )
    filled.write(failed_records=[record, FailedRecord(record_key="1", occurred_at=at(9), fingerprint="x")])
    with store.read() as connection:
        first, second = queries.export_failed_records(connection)
        assert [row["record_key"] for row in queries.export_failed_records(connection, since=at(6))] == ["42"]
        assert list(queries.export_failed_records(connection, "hr")) == []
    assert first["record_key"] == "1"
    assert second == {
        "integration": "crm",
        "source": "log",
        "side": "target",
        "job": "sync",
        "run_external_id": "r1",
        "entity": "user",
        "record_key": "42",
        "root_key": "7",
        "operation": "create",
        "attempt": 2,
        "error_origin": "butterboard",
        "error_class": "missing_reference",
        "error_code": "404",
        "error_message": "no manager",
        "fingerprint": "no manager",
        "payload": '{"id":42}',
        "occurred_at": at(5).isoformat(),
        "file": "staff.csv",
        "line": 17,
    }


def test_calls_come_out_by_minute_and_status(store: Store) -> None:
    """A call row has its class and its latencies; unreadable lines are class invalid."""
    filled = Filled(store)
    minute = at(0).replace(second=0)
    latency = Histogram([0.1, 0.2, 0.3])
    filled.write(
        GATEWAY,
        calls=[
            ApiCalls(minute=minute, method="GET", endpoint="/u", status=200, calls=4, latency=latency),
            ApiCalls(minute=minute, method="", endpoint="", status=0, calls=1),
            ApiCalls(minute=minute, method="GET", endpoint="/u", status=499, calls=2, consumer="a"),
        ],
    )
    with store.read() as connection:
        rows = list(queries.export_calls(connection, "crm"))
    assert {row["status_class"]: row["calls"] for row in rows} == {"2xx": 4, "invalid": 1, "499": 2}
    assert next(row for row in rows if row["status"] == 200) == {
        "integration": "crm",
        "source": "gateway",
        "side": "source",
        "minute": minute.isoformat(),
        "consumer": "",
        "method": "GET",
        "endpoint": "/u",
        "status": 200,
        "status_class": "2xx",
        "calls": 4,
        "latency_p50_seconds": 0.2,
        "latency_p95_seconds": 0.3,
    }


def test_quotas_come_out_as_they_were_read(store: Store) -> None:
    """Whole numbers are whole, unknown ones None."""
    filled = Filled(store)
    filled.write(
        quotas=[
            QuotaReading(
                scope="k", quota="hour", observed_at=at(5), limit=5000, remaining=4000, resets_at=at(-9)
            ),
            QuotaReading(scope="k", quota="hour", observed_at=at(4), limited=True),
        ]
    )
    with store.read() as connection:
        first, second = queries.export_quotas(connection)
    assert (first["limit"], first["remaining"]) == (5000, 4000)
    assert first["used_ratio"] == pytest.approx(0.2)
    assert isinstance(first["limit"], int)
    assert first["resets_at"] == at(-9).isoformat()
    assert (second["limited"], second["limit"], second["used_ratio"]) == (True, None, None)


def test_every_export_has_exactly_its_columns(store: Store) -> None:
    """The columns told beside an export are those of its rows, in order."""
    filled = Filled(store)
    filled.write(
        runs=[run("1")],
        failed_records=[FailedRecord(record_key="1", occurred_at=at(9), fingerprint="x")],
        calls=[ApiCalls(minute=at(0).replace(second=0), method="GET", endpoint="/", status=200, calls=1)],
        quotas=[QuotaReading(scope="k", quota="q", observed_at=at(1))],
        files=[FileDelivery(name="a.csv", digest="d", bytes=1, arrived_at=at(1))],
        record_events=[RecordEvent(event_id="1", entity="", record_key="1", step="", outcome="", at=at(1))],
        counts=[CountReading(entity="", count=1, observed_at=at(1))],
        credentials=[CredentialReading(observed_at=at(1), valid=True)],
    )
    filled.poll(CRM, 1)
    filled.writer.evaluate(lambda _: AlertOutcome(events=(event(),)), NOW)
    with store.read() as connection:
        for export, columns in EXPORTS.values():
            assert [list(row) for row in export(connection, None, None)] == [columns]


def test_runs_since_keep_open_ones(store: Store) -> None:
    """A run that is open now is part of now, however long ago it started."""
    filled = Filled(store)
    filled.runs(run("old", finished=300), run("new", finished=10), run("open", "running", finished=None))
    with store.read() as connection:
        rows = list(queries.export_runs(connection, since=NOW - timedelta(hours=1)))
    assert [row["external_id"] for row in rows] == ["new", "open"]
