"""Whatever comes in whatever order: rows are the last word, and rollups equal their recomputation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

import msgspec
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.histogram import Histogram
from core.records import OPEN_STATUSES, ApiCalls, Batch, BatchMode, FailedRecord, RunStatus, SyncRun
from storage import schema
from storage.codes import STATUS_OF
from storage.keys import SourceKey
from storage.store import Store
from storage.verify import verify
from storage.writer import Writer
from tests.storage.storage_samples import NOW, at, configuration

_examples = count()
_minutes = st.one_of(st.none(), st.integers(-100, 5000))

runs = st.builds(
    lambda number, job, status, started, finished, attempt, read, seconds: SyncRun(
        external_id=f"run {number}{job and ' of a job'}",
        job=job,
        status=status,
        started_at=None if started is None else at(started),
        finished_at=None if finished is None else at(finished),
        attempt=attempt,
        records_read=read,
        duration_seconds=seconds,
    ),
    st.integers(0, 8),
    st.sampled_from(["", "contacts"]),
    st.sampled_from(RunStatus),
    _minutes,
    _minutes,
    st.integers(1, 3),
    st.one_of(st.none(), st.integers(0, 9)),
    st.one_of(st.none(), st.none(), st.floats(-1, 5000)),
)
calls = st.builds(
    lambda minute, status, endpoint, latency, more: ApiCalls(
        minute=at(minute),
        method="GET",
        endpoint=endpoint,
        status=status,
        calls=len(latency) * 40 + more,
        latency=Histogram(value * turn for value in latency for turn in range(1, 41)),
    ),
    st.integers(0, 300),
    st.sampled_from([0, 200, 500]),
    st.sampled_from(["/users", "/tasks/{id}"]),
    st.lists(st.floats(0, 30), max_size=4),
    st.integers(1, 9),
)
failures = st.builds(
    lambda key, minute, fingerprint, message: FailedRecord(
        record_key=f"person {key}",
        occurred_at=at(minute),
        fingerprint=fingerprint,
        error_message=message,
        payload=f'{{"m": "{message}"}}',
    ),
    st.integers(0, 5),
    st.integers(0, 300),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["no manager", "bad mail"]),
)


def one_line_each(runs: Sequence[SyncRun]) -> list[SyncRun]:
    """The first line on each run: the collector has made one of several (`collectors.merging`)."""
    return list({(run.job, run.external_id): run for run in reversed(runs)}.values())


batches = st.builds(
    lambda mode, runs, calls, failures: Batch(
        cursor={},
        mode=mode,
        runs=runs if mode is BatchMode.ABSOLUTE else one_line_each(runs),
        calls=calls,
        failed_records=failures,
    ),
    st.sampled_from(BatchMode),
    st.lists(runs, max_size=12),
    st.lists(calls, max_size=6),
    st.lists(failures, max_size=6),
)


def last_words(batches: Sequence[Batch]) -> dict[tuple[str, str], tuple[RunStatus, int]]:
    """What must stand of each run: the last word of its latest attempt; no late start of a log's run."""
    found: dict[tuple[str, str], SyncRun] = {}
    for batch in batches:
        for run in batch.runs:
            key = (run.job, run.external_id)
            found[key] = next_word(found[key], run, batch.mode) if key in found else run
    return {key: (run.status, run.attempt or 1) for key, run in found.items()}


def next_word(known: SyncRun, run: SyncRun, mode: BatchMode) -> SyncRun:
    """What stands of a run after a further line or item of it."""
    told, attempt = run.attempt or known.attempt or 1, known.attempt or 1
    if told < attempt:
        return known
    run = msgspec.structs.replace(run, attempt=told)
    if mode is not BatchMode.DELTA or told > attempt:
        return run
    if run.status in OPEN_STATUSES and known.status not in OPEN_STATUSES:
        if run.started_at and known.finished_at and run.started_at > known.finished_at:
            return run
        run, known = known, run
    return msgspec.structs.replace(run, started_at=run.started_at or known.started_at)


def stored_runs(store: Store, integration: str) -> dict[tuple[str, str], tuple[RunStatus, int]]:
    """The status and attempt of each stored run; a doubled one fails."""
    found: dict[tuple[str, str], tuple[RunStatus, int]] = {}
    for table in (schema.open_run, schema.sync_run):
        query = (
            sa.select(schema.text.c.value, table.c.external_id, table.c.status, table.c.attempt)
            .join(schema.text, schema.text.c.id == table.c.job_id)
            .join(schema.integration, schema.integration.c.id == table.c.integration_id)
            .where(schema.integration.c.key == integration)
        )
        with store.read() as connection:
            for job, external_id, status, attempt in connection.execute(query):
                assert (job, external_id) not in found
                found[job, external_id] = (STATUS_OF[status], attempt)
    return found


@given(st.lists(batches, min_size=1, max_size=5))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_sequence_of_batches_leaves_the_last_word_and_equal_rollups(
    store: Store, batches: list[Batch]
) -> None:
    """Rows are what the last word on each run says, and every rollup is what its raw rows add up to."""
    key = f"example-{next(_examples)}"
    writer = Writer(store)
    text = f"""
timezone: Asia/Kolkata
integrations:
  - {{key: {key}, name: X, method: api, source_system: X, sources: [{{type: sample, name: log}}]}}
"""
    plain = text.replace("{", "{{").replace("}", "}}")
    writer.configure(configuration(plain), NOW)
    for revision, batch in enumerate(batches):
        now = NOW + timedelta(minutes=revision)
        writer.write(SourceKey(key, "log"), batch, revision=revision, now=now, horizon=None)
    assert stored_runs(store, key) == last_words(batches)
    assert verify(store) == []
