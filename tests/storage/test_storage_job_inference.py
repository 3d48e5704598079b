"""A run whose job stands in some of its lines only is one run: whichever lines, in whatever polls, told however often."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.records import Batch, BatchMode, FailedRecord, Poll, PollResult, SyncRun
from core.routing import UNROUTED
from core.settings import Registries, SourceSettings, loads
from storage import schema
from storage.engine import Row
from storage.keys import SourceKey
from storage.queries.export import export_failed_records, export_runs
from storage.store import Store
from storage.verify import verify
from storage.writer import Writer
from storage.writer_pushed import Pushed
from tests.storage.storage_run_log import Log
from tests.storage.storage_samples import CRM, HR, NOW, at, configuration, run
from tests.storage.test_storage_writer_properties import batches, stored_runs

DELTA = BatchMode.DELTA
_examples = count()


@pytest.fixture
def log(store: Store) -> Log:
    return Log(store)


def start(job: str = "", name: str = "7", minutes: float = 9) -> SyncRun:
    return untold(run(name, "running", started=minutes, finished=None, job=job))


def end(
    job: str = "", name: str = "7", minutes: float | None = 5, status: str = "failed", **told: object
) -> SyncRun:
    line = untold(run(name, status, started=None, finished=minutes, job=job))
    return msgspec.structs.replace(line, **told)


def untold(one: SyncRun) -> SyncRun:
    return msgspec.structs.replace(one, attempt=None)


def bad(key: str = "k", job: str = "", minutes: float = 6, name: str = "7") -> FailedRecord:
    return FailedRecord(
        record_key=key, job=job, occurred_at=at(minutes), run_external_id=name, fingerprint="x"
    )


def stored(log: Log) -> list[Row]:
    """The runs that there are: job, id, whether open."""
    words = {number: str(word) for number, word in log.rows(schema.text, "id", "value")}
    return sorted(
        (words[job], name, table is schema.open_run)
        for table in (schema.open_run, schema.sync_run)
        for job, name in log.rows(table, "job_id", "external_id")
    )


def jobs_of_records(log: Log) -> list[str]:
    words = {number: str(word) for number, word in log.rows(schema.text, "id", "value")}
    return sorted(words[job] for (job,) in log.rows(schema.failed_record, "job_id"))


def test_a_run_whose_end_alone_names_its_job_is_one(log: Log) -> None:
    """With the start that was told first, and with its failed records."""
    log.write(start(), failed=[bad()], mode=DELTA)
    log.write(end("staff", status="succeeded"), mode=DELTA)
    assert stored(log) == [("staff", "7", False)]
    assert [took for (took,) in log.rows(schema.sync_run, "took")] == [4 * 60_000_000]
    assert log.rows(schema.sync_run, "status") == [(4,)], "partial: a record of it failed"
    assert (jobs_of_records(log), log.counted()) == (["staff"], 1)


def test_a_run_that_ended_and_was_counted_without_its_job_takes_it(log: Log) -> None:
    """From a later line, which adds what it tells; it is counted once."""
    log.write(start(), mode=DELTA)
    log.write(end(), failed=[bad()], mode=DELTA)
    log.write(end("staff", minutes=None, records_read=3, error_message="no"), mode=DELTA)
    assert stored(log) == [("staff", "7", False)]
    ended = log.rows(schema.sync_run, "records_read", "error_message", "finished_at")
    assert ended == [(3, "no", log.rows(schema.sync_run, "at")[0][0])]
    assert (jobs_of_records(log), log.counted()) == (["staff"], 1)


def test_it_is_found_by_its_job_from_then_on(log: Log) -> None:
    """Told again, with and without its job, also after a restart, it changes nothing."""
    log.write(start(), mode=DELTA)
    log.write(end(), mode=DELTA)
    log.write(end("staff"), mode=DELTA)
    log.writer = Writer(log.store)
    for line in (start(), end(), end("staff"), start("staff")):
        log.write(line, mode=DELTA)
        assert stored(log) == [("staff", "7", False)]
    assert log.counted() == 1


def test_a_record_told_again_with_its_job_is_one_record(log: Log) -> None:
    """It was stored without one: of the two the sums keep one."""
    log.write(failed=[bad("a"), bad("b")], mode=DELTA)
    log.write(failed=[bad("a", "staff")], mode=DELTA)
    log.write(start("staff"), mode=DELTA)
    assert jobs_of_records(log) == ["staff", "staff"]
    assert log.rows(schema.error_group, "records") == [(2,)]


@pytest.mark.parametrize("beside", ["told in the batch", "open in the store"])
def test_nobody_can_tell_whose_a_run_is_that_two_jobs_may_have(log: Log, beside: str) -> None:
    """It stands alone and is counted as such."""
    log.write(start(), failed=[bad()], mode=DELTA)
    if beside == "told in the batch":
        written = log.write(end("staff"), end("pay"), mode=DELTA)
    else:
        log.write(start("staff"), start("pay"), mode=DELTA)
        written = log.write(end("pay"), mode=DELTA)
    assert written.unclear == 1
    assert [job for job, _, _ in stored(log)] == ["", "pay", "staff"]
    assert jobs_of_records(log) == [""]


def test_lines_that_two_jobs_may_have_are_counted(log: Log) -> None:
    """Runs and failed records; it is told with the poll."""
    log.write(start("staff"), start("pay"), mode=DELTA)
    assert log.write(end(), failed=[bad()], mode=DELTA).unclear == 2
    assert [job for job, _, _ in stored(log)] == ["", "pay", "staff"]


def test_what_is_pushed_without_a_clear_job_is_told(log: Log) -> None:
    """With the calls of its minute."""
    lines = [start("staff"), start("pay"), end()]
    pushed = [Pushed(str(n), "runs", line) for n, line in enumerate(lines)]
    poll = Poll(started_at=NOW, finished_at=NOW, result=PollResult.OK)
    assert log.writer.push(CRM, pushed, poll, now=NOW, horizon=None).written.unclear == 1
    assert "unclear_job" in str(log.rows(schema.poll, "problems"))
    log.writer.push(CRM, [Pushed("9", "runs", end("staff"))], poll, now=NOW, horizon=None)
    assert [job for job, _, _ in stored(log)] == ["", "pay", "staff"]


def test_a_run_of_another_time_is_another_run(log: Log) -> None:
    """Where ids are unique for each job only, what ended without a job is not of the job that starts later."""
    log.write(end(minutes=500, started_at=at(510)), mode=DELTA)
    log.write(start("staff"), mode=DELTA)
    assert stored(log) == [("", "7", False), ("staff", "7", True)]
    log.write(end("staff"), mode=DELTA)
    assert log.write(end(minutes=500, started_at=at(510)), mode=DELTA).duplicates == 1
    assert stored(log) == [("", "7", False), ("staff", "7", False)]


def test_a_line_that_tells_a_start_and_how_long_it_took_tells_its_end(log: Log) -> None:
    """It went on no longer, so it is another run than a later one."""
    log.write(end("staff", started_at=at(9)), mode=DELTA)
    log.write(end(minutes=None, started_at=at(600), duration_seconds=60.0), mode=DELTA)
    assert stored(log) == [("", "7", False), ("staff", "7", False)]


def test_a_line_without_a_job_that_comes_after_the_end_is_of_the_run(log: Log) -> None:
    """A summary, or the same end once more; a start after it is another run."""
    log.write(start("staff"), mode=DELTA)
    log.write(end(), mode=DELTA)
    log.write(end(), mode=DELTA)
    log.write(end(minutes=3, records_read=9), failed=[bad(minutes=3)], mode=DELTA)
    assert (stored(log), jobs_of_records(log)) == ([("staff", "7", False)], ["staff"])
    log.write(start(minutes=1), mode=DELTA)
    assert stored(log) == [("", "7", True), ("staff", "7", False)]


def test_a_run_that_goes_again_takes_its_start_without_a_job(log: Log) -> None:
    """Its end names the job, which has the run of before under that id."""
    log.write(end("staff", minutes=60, started_at=at(70)), mode=DELTA)
    log.write(start(), mode=DELTA)
    log.write(end("staff", status="succeeded"), mode=DELTA)
    assert stored(log) == [("staff", "7", False)]
    assert log.rows(schema.sync_run, "status", "took") == [(3, 4 * 60_000_000)]
    assert log.counted() == 1


def test_so_does_one_of_whose_start_nothing_is_known(log: Log) -> None:
    """A line of its progress was the first of it, and tells no time: nothing stays open."""
    log.write(end("staff", minutes=600, started_at=at(610)), mode=DELTA)
    log.write(untold(run("7", "running", started=None, finished=None, job="")), mode=DELTA)
    log.write(end("staff", status="succeeded"), mode=DELTA)
    assert stored(log) == [("staff", "7", False)]
    assert log.rows(schema.sync_run, "status", "took") == [(3, None)]


def test_a_later_attempt_names_the_job(log: Log) -> None:
    """Attempts are one run, whenever each was."""
    log.write(msgspec.structs.replace(end(minutes=600), attempt=1), mode=DELTA)
    log.write(msgspec.structs.replace(end("staff"), attempt=2), mode=DELTA)
    assert stored(log) == [("staff", "7", False)]


@pytest.mark.parametrize("first", [1, 2])
def test_another_attempt_that_leaves_out_the_job_is_of_its_run(log: Log, first: int) -> None:
    """A retry after hours, or an attempt before it told late; of two jobs that had the id nobody can tell."""
    others = {
        1: (start(minutes=60), end(minutes=50, status="succeeded")),
        2: (start(minutes=600), end(minutes=590)),
    }
    kept = end("staff", minutes={1: 590, 2: 50}[first], status={1: "failed", 2: "succeeded"}[first])
    log.write(msgspec.structs.replace(kept, attempt=first), mode=DELTA)
    for line in others[first]:
        log.write(msgspec.structs.replace(line, attempt=3 - first), mode=DELTA)
    assert stored(log) == [("staff", "7", False)]
    assert log.rows(schema.sync_run, "status", "attempt") == [(3, 2)]
    log.write(end("pay", minutes=580), mode=DELTA)
    assert log.write(msgspec.structs.replace(end(minutes=2), attempt=3), mode=DELTA).unclear == 1


def test_what_failed_in_an_attempt_before_takes_the_job_too(log: Log) -> None:
    """Of whose lines none named it; a record of a day before is another run's."""
    log.write(failed=[bad("old", minutes=3000)], mode=DELTA)
    log.write(msgspec.structs.replace(end(minutes=600), attempt=1), failed=[bad(minutes=601)], mode=DELTA)
    log.write(msgspec.structs.replace(start(minutes=60), attempt=2), mode=DELTA)
    log.write(msgspec.structs.replace(end("staff"), attempt=2), mode=DELTA)
    assert stored(log) == [("staff", "7", False)]
    assert jobs_of_records(log) == ["", "staff"]


def test_an_end_is_not_of_a_run_that_began_after_it(log: Log) -> None:
    """Ids are counted anew for each job: the next job's start comes in the batch that ends the one before."""
    log.write(start("staff", minutes=9), mode=DELTA)
    log.write(end(minutes=5), start("payroll", minutes=3), failed=[bad()], mode=DELTA)
    assert stored(log) == [("payroll", "7", True), ("staff", "7", False)]
    assert jobs_of_records(log) == ["staff"]


def test_a_line_that_fits_no_run_is_of_the_only_one_that_its_batch_tells(log: Log) -> None:
    """Clocks differ: a record failed a moment before its run began."""
    log.write(start("staff", minutes=9), failed=[bad(minutes=9.1)], mode=DELTA)
    assert jobs_of_records(log) == ["staff"]


def test_each_source_has_its_own_runs(log: Log) -> None:
    """A line of another source, or a list's item, names nothing here."""
    log.write(start(), mode=DELTA)
    batch = Batch(cursor={"n": 1}, mode=DELTA, runs=[end("staff")])
    log.writer.write(HR, batch, revision=0, now=NOW, horizon=None)
    log.write(end("pay"))
    assert [job for job, _, _ in stored(log)] == ["", "pay", "staff"]


def test_a_shared_source_s_run_moves_to_where_its_job_is_routed(store: Store) -> None:
    """With its failed records; no sum stays behind."""
    route = "{map: {staff: hr}}"
    text = f"""
integrations: [{{key: hr, name: HR, method: csv, source_system: HR}}]
sources: [{{type: sample, name: airflow, route: {route}}}]"""
    writer = Writer(store)
    writer.configure(loads(text, "monitor.yaml", Registries(sources={"sample": SourceSettings})), NOW)
    for revision, (lines, records) in enumerate([([start(), end()], [bad()]), ([end("staff")], [])]):
        batch = Batch(cursor={"n": revision}, mode=DELTA, runs=lines, failed_records=records)
        writer.write(SourceKey(UNROUTED, "airflow"), batch, revision=revision, now=NOW, horizon=None)
    assert verify(store) == []
    with store.read() as connection:
        rows = [*export_runs(connection), *export_failed_records(connection)]
    assert [(one["integration"], one["job"]) for one in rows] == [("hr", "staff")] * 2


class TestAskingNothing:
    """A source whose lines all name their job, or none of which does, costs no further statement."""

    def asked(self, log: Log, *lines: SyncRun, records: Sequence[FailedRecord] = ()) -> list[str]:
        """What is asked for one batch."""
        sent: list[str] = []

        def before(_c: object, _cursor: object, statement: str, *_: object) -> None:
            sent.append(statement)

        engine = log.store._writer
        assert engine is not None
        sa.event.listen(engine, "before_cursor_execute", before)
        try:
            batch = Batch(cursor={"n": log.revision + 1}, mode=DELTA, runs=lines, failed_records=records)
            log.revision = log.writer.write(
                SourceKey("crm", "log"), batch, revision=log.revision, now=NOW, horizon=None
            ).revision
        finally:
            sa.event.remove(engine, "before_cursor_execute", before)
        asks = ("FROM open_run", "JOIN open_run", "UPDATE source SET jobs")
        return [one for one in sent if any(ask in one for ask in asks) and "DELETE" not in one]

    @pytest.mark.parametrize("job", ["", "staff"])
    def test_of_one_way(self, log: Log, job: str) -> None:
        """Only `write_runs` looks for open runs, once."""
        self.asked(log, start(job, "1"), records=[bad(job=job, name="1")])
        assert len(self.asked(log, end(job, "2"), records=[bad(job=job, name="2")])) == 1

    def test_of_both(self, log: Log) -> None:
        """Starts with and ends without it: one question more for the batch that has an end."""
        self.asked(log, start("staff", "1"))
        assert len(self.asked(log, start("staff", "2"))) == 1
        assert len(self.asked(log, end("", "2"))) == 2


lines_of_a_run = st.tuples(
    st.lists(st.sampled_from(["", "staff"]), min_size=4, max_size=4).filter(any),
    st.lists(st.booleans(), min_size=4, max_size=4),
    st.integers(1, 2),
)


def writer_of(store: Store, key: str) -> Writer:
    """One that knows an integration of this key, apart from those of other examples."""
    text = f"""
timezone: Asia/Kolkata
integrations:
  - {{key: {key}, name: X, method: api, source_system: X, sources: [{{type: sample, name: log}}]}}
"""
    writer = Writer(store)
    writer.configure(configuration(text.replace("{", "{{").replace("}", "}}")), NOW)
    return writer


@given(lines_of_a_run)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_however_its_lines_are_cut_a_run_is_one(
    store: Store, drawn: tuple[list[str], list[bool], int]
) -> None:
    """Whichever of its lines name the job, wherever polls end, and told twice: one run, rollups equal."""
    jobs, cuts, times = drawn
    key = f"example-{next(_examples)}"
    writer = writer_of(store, key)
    told = [start(jobs[0]), start(jobs[1]), end(jobs[2], records_read=5), end(jobs[3], minutes=4)]
    polls: list[list[SyncRun]] = [[]]
    for line, cut in zip(told, cuts, strict=True):
        polls[-1].append(line)
        if cut:
            polls.append([])
    for revision, lines in enumerate([poll for poll in polls if poll] * times):
        records = [bad(str(n), line.job) for n, line in enumerate(lines)]
        batch = Batch(cursor={"n": revision}, mode=DELTA, runs=lines, failed_records=records)
        writer.write(SourceKey(key, "log"), batch, revision=revision, now=NOW, horizon=None)
    with store.read() as connection:
        runs = [one for one in export_runs(connection) if one["integration"] == key]
        records = [one for one in export_failed_records(connection) if one["integration"] == key]  # type: ignore[misc]
    assert [(one["job"], one["status"], one["records_read"]) for one in runs] == [("staff", "failed", 5)]
    assert {one["job"] for one in records} == {"staff"}  # type: ignore[index]
    assert verify(store) == []


@given(st.lists(batches, min_size=1, max_size=5))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whoever_takes_whose_job_no_run_stands_twice(store: Store, drawn: list[Batch]) -> None:
    """Runs with and without a job under the same ids, open, ended, again, at any time: sums equal their rows."""
    key = f"mixed-{next(_examples)}"
    writer = writer_of(store, key)
    for revision, batch in enumerate(drawn):
        runs = [msgspec.structs.replace(one, external_id=one.external_id[:5]) for one in batch.runs]
        records = [
            msgspec.structs.replace(one, run_external_id=f"run {n}", job="contacts" if n % 2 else "")
            for n, one in enumerate(batch.failed_records)
        ]
        mixed = msgspec.structs.replace(batch, runs=runs, failed_records=records)
        writer.write(SourceKey(key, "log"), mixed, revision=revision, now=NOW, horizon=None)
    stored_runs(store, key)
    assert verify(store) == []
