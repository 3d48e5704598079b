"""A poll stores what its source brings, and says how it went, whatever the source does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from collectors.exchange import Request
from collectors.http import Clients
from collectors.outfit import Outfit
from collectors.run import poll
from collectors.source import Source, SourceContext
from collectors.together import Together
from core.errors import SourceError, StorageError
from core.masking import Masker
from core.records import (
    Batch,
    BatchMode,
    Cursor,
    ErrorClass,
    FailedRecord,
    PollResult,
    Problem,
    RunStatus,
    SyncRun,
)
from core.settings import DurationField, Registries, SourceSettings
from core.settings.loading import loads
from storage.keys import SourceKey
from storage.queries.cursors import cursor_of, held_back, open_runs
from storage.queries.runs import runs
from storage.queries.system import source_states
from storage.store import Store
from storage.writer import Writer
from tests.collectors.collectors_server import Answer, Reply, Served

KEY = SourceKey("it", "src")
T0 = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
Steps = Callable[[Cursor, SourceContext], AsyncIterator[Batch]]


class ScriptSettings(SourceSettings):
    """A source whose collecting a test writes."""

    stale_after: DurationField | None = None


CONFIG = """
integrations:
  - key: it
    name: It
    method: api
    source_system: HR
    sources:
      - {{type: script, name: src{more}}}
"""


def run_of(number: int, status: RunStatus = RunStatus.SUCCEEDED, **more: Any) -> SyncRun:
    start = T0 + timedelta(minutes=number)
    finished = None if status is RunStatus.RUNNING else start + timedelta(seconds=20)
    return SyncRun(external_id=f"r{number}", status=status, started_at=start, finished_at=finished, **more)


class Bench:
    """A store with one source, and what it takes to poll it."""

    def __init__(self, store: Store, clients: Clients, hand: Any, masker: Masker) -> None:
        self.store, self.clients, self.hand, self.masker = store, clients, hand, masker
        self.writer = Writer(store)
        self.settings: SourceSettings = SourceSettings(type="script", name="src")
        self.together: Together | None = None

    def configure(self, more: str = "") -> None:
        """Put the source in the configuration, with further keys."""
        registries = Registries(sources={"script": ScriptSettings})
        settings = loads(CONFIG.format(more=more), "monitor.yaml", registries)
        self.writer.configure(settings, self.hand())
        self.settings = settings.integrations[0].sources[0]

    def outfit(self, steps: Steps) -> Outfit:
        """Everything, with this source."""
        source = Source(
            settings=SourceSettings,
            collect=lambda _, cursor, ctx: steps(cursor, ctx),
            brings=frozenset({"runs"}),
        )
        return Outfit(
            self.store,
            self.writer,
            self.clients,
            self.masker,
            {"script": source},
            self.hand,
            together=self.together,
        )

    async def poll(self, steps: Steps, **options: Any) -> Any:
        """Look once."""
        return await poll(self.outfit(steps), "it", self.settings, **options)

    def stored(self) -> dict[str, Any]:
        """Every stored run by its id."""
        with self.store.read() as connection:
            return {row.run.external_id: row.run for row in runs(connection, limit=100).items}

    def cursor(self) -> Cursor:
        """Where the next poll goes on."""
        with self.store.read() as connection:
            return cursor_of(connection, KEY)[1]


@pytest.fixture(params=["alone", "together"])
def bench(store: Store, clients: Clients, hand: Any, masker: Masker, request: pytest.FixtureRequest) -> Bench:
    """A store with one source, whose polls are stored each by itself, or beside those of others."""
    made = Bench(store, clients, hand, masker)
    if request.param == "together":
        made.together = Together(made.writer, 0.01)
    made.configure()
    return made


async def test_batches_are_stored_with_their_cursor(bench: Bench) -> None:
    """And the poll adds them up."""

    async def steps(cursor: Cursor, ctx: SourceContext) -> AsyncIterator[Batch]:
        assert (cursor, ctx.key, ctx.now) == ({}, "it/src", bench.hand.now)
        yield Batch(cursor={"n": 1}, runs=[run_of(1), run_of(2)], items=3, bytes=10)
        yield Batch(cursor={"n": 2}, runs=[run_of(3)], items=1, bytes=5)

    done = await bench.poll(steps)
    assert (done.result, done.records, done.items, done.bytes) == (PollResult.OK, 3, 4, 15)
    assert set(bench.stored()) == {"r1", "r2", "r3"}
    assert bench.cursor() == {"n": 2}


async def test_next_poll_goes_on_at_the_cursor(bench: Bench) -> None:
    """What one poll stored is what the next one is handed."""
    seen: list[Cursor] = []

    async def steps(cursor: Cursor, _: SourceContext) -> AsyncIterator[Batch]:
        seen.append(cursor)
        yield Batch(cursor={"n": len(seen)})

    await bench.poll(steps)
    bench.hand.move(seconds=60)
    await bench.poll(steps)
    assert seen == [{}, {"n": 1}]


async def test_failure_after_batches_keeps_them(bench: Bench) -> None:
    """The poll is failed, with its cause and what it brought."""

    async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
        yield Batch(cursor={"n": 1}, runs=[run_of(1)], items=1)
        raise SourceError("answered 404 for ann.smith@example.org", permanent=True)

    done = await bench.poll(steps)
    assert (done.result, done.permanent, done.records) == (PollResult.FAILED, True, 1)
    assert "404" in done.error
    assert "ann.smith@example.org" not in done.error
    assert set(bench.stored()) == {"r1"}
    assert bench.cursor() == {"n": 1}


async def test_source_that_says_when_to_come_back_is_deferred(bench: Bench) -> None:
    """It is no failure, and nobody asks before then."""

    async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
        raise SourceError("asked to come back later", retry_after=timedelta(minutes=5))
        yield Batch(cursor={})

    done = await bench.poll(steps)
    assert done.result is PollResult.DEFERRED
    assert done.not_before == bench.hand.now + timedelta(minutes=5)


@pytest.mark.parametrize(("status", "waits"), [(429, True), (503, True), (403, True), (200, False)])
async def test_a_taken_refusal_holds_the_next_poll_back(
    bench: Bench, serve: Callable[[Answer], Served], status: int, waits: bool
) -> None:
    """A probe takes a 429 as a fact, and still nobody asks again before its `Retry-After`."""
    server = serve(lambda _: Reply({}, status, {"Retry-After": "3600"}))

    async def steps(_: Cursor, context: SourceContext) -> AsyncIterator[Batch]:
        await context.http.fetch(Request("GET", server.url), patient=False)
        yield Batch(cursor={"n": 1})

    done = await bench.poll(steps)
    assert done.result is PollResult.OK
    assert done.not_before == (bench.hand.now + timedelta(hours=1) if waits else None)
    with bench.store.read() as connection:
        assert held_back(connection) == ({KEY: done.not_before} if waits else {})


@pytest.mark.parametrize("last", [False, True])
async def test_calls_are_counted_once(bench: Bench, serve: Callable[[Answer], Served], last: bool) -> None:
    """The client counts them and batches tell them: those of a batch that is stored with its poll too."""
    server = serve(lambda _: Reply(b"[1]"))

    async def steps(_: Cursor, ctx: SourceContext) -> AsyncIterator[Batch]:
        await ctx.http.fetch(Request("GET", server.url))
        yield Batch(cursor={"n": 1}, runs=[run_of(1)], items=1, requests=1, bytes=3)
        await ctx.http.fetch(Request("GET", server.url))
        yield Batch(cursor={"n": 2}, runs=[run_of(2)], items=1, requests=1, bytes=3, last=last)

    done = await bench.poll(steps)
    assert (done.requests, done.bytes, done.items, done.records) == (2, 6, 2, 2)


async def test_fault_in_a_source_is_a_failed_poll(bench: Bench) -> None:
    """It stops nobody else, and is named by its type."""

    async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
        yield Batch(cursor={"n": 1}, runs=[run_of(1)])
        raise KeyError("oops")

    done = await bench.poll(steps)
    assert (done.result, done.error) == (PollResult.FAILED, "KeyError: 'oops'")
    assert set(bench.stored()) == {"r1"}


async def test_overtaken_poll_ends_quietly(bench: Bench) -> None:
    """Another worker stored first: its batch stands, this one's does not."""

    async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
        other = Batch(cursor={"other": 1}, runs=[run_of(1)])
        bench.writer.write(KEY, other, revision=0, now=bench.hand(), horizon=None)
        yield Batch(cursor={"n": 1}, runs=[run_of(2)])
        raise AssertionError("it goes on")

    done = await bench.poll(steps)
    assert done.result is PollResult.DEFERRED
    assert "another worker" in done.error
    assert (set(bench.stored()), bench.cursor()) == ({"r1"}, {"other": 1})


async def test_problems_are_counted_and_the_first_kept(bench: Bench) -> None:
    """Alike ones are one, those without room are counted; a note is not a bad item."""

    async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
        many = [Problem(kind="bad_line", where=f"{number}.log", message="m") for number in range(50)]
        yield Batch(
            cursor={}, problems=[*many, Problem(kind="bad_line", where="1.log", message="m", count=2)]
        )
        yield Batch(cursor={}, problems=[Problem(kind="truncated", where="poll", message="more")])

    done = await bench.poll(steps)
    assert (done.result, done.bad_items, len(done.problems), done.truncated) == (PollResult.OK, 52, 42, True)
    assert done.problems[1].count == 3
    assert [(one.kind, one.where, one.count) for one in done.problems[40:]] == [
        ("bad_line", "and more", 10),
        ("truncated", "and more", 1),
    ]


async def test_records_are_classified_and_masked_on_arrival(bench: Bench) -> None:
    """No mail address reaches the database."""

    async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
        failed = FailedRecord(
            record_key="ann@example.org",
            occurred_at=T0,
            error_message="401 Unauthorized for ann@example.org",
            payload='{"email": "ann@example.org", "id": 5}',
        )
        run = run_of(1, RunStatus.FAILED, error_message="401 Unauthorized for ann@example.org")
        yield Batch(cursor={"n": 1}, runs=[run], failed_records=[failed])

    await bench.poll(steps)
    row = bench.stored()["r1"]
    assert row.error_class is ErrorClass.AUTHENTICATION
    assert "ann@" not in row.error_message


async def test_old_records_are_refused_and_counted(bench: Bench) -> None:
    """Older than the horizon."""

    async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
        yield Batch(cursor={"n": 1}, runs=[run_of(0), run_of(100)])

    done = await bench.poll(steps, horizon=T0 + timedelta(hours=1))
    assert set(bench.stored()) == {"r100"}
    assert [(problem.kind, problem.count) for problem in done.problems] == [("too_old", 1)]
    assert done.bad_items == 0


class TestStaleRuns:
    """A run whose end is overdue has failed, until its end comes."""

    @pytest.fixture(autouse=True)
    def stale_after(self, bench: Bench) -> None:
        """An hour; it is two hours after T0."""
        bench.configure(", stale_after: 1h")

    async def listed(self, bench: Bench, *listed: SyncRun) -> None:
        async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
            yield Batch(cursor={"at": bench.hand.now.isoformat()}, runs=listed)

        assert (await bench.poll(steps)).result is PollResult.OK
        bench.hand.move(seconds=60)

    async def test_listed_as_running(self, bench: Bench) -> None:
        """Failed as of the hour, again and again the same."""
        for _ in range(2):
            await self.listed(bench, run_of(0, RunStatus.RUNNING), run_of(100, RunStatus.RUNNING))
            stored = bench.stored()
            assert (stored["r0"].status, stored["r100"].status) == (RunStatus.FAILED, RunStatus.RUNNING)
            assert stored["r0"].error_message == "no end seen"
            assert stored["r0"].finished_at == T0 + timedelta(hours=1)

    async def test_no_longer_listed(self, bench: Bench) -> None:
        """What was seen running and then nevermore."""
        await self.listed(bench, run_of(100, RunStatus.RUNNING))
        bench.hand.move(hours=1)
        await self.listed(bench)
        assert bench.stored()["r100"].status is RunStatus.FAILED
        with bench.store.read() as connection:
            assert open_runs(connection, KEY) == []

    async def test_a_log_s_run_is_overdue_only_where_no_line_ends_it(self, bench: Bench) -> None:
        """Its end stands in a later batch, and leaves its job out; the other one has none."""

        async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
            start, other = run_of(0, RunStatus.RUNNING), run_of(1, RunStatus.RUNNING)
            start = msgspec.structs.replace(start, job="staff")
            end = SyncRun(external_id=start.external_id, status=RunStatus.FAILED, finished_at=T0)
            yield Batch(cursor={"n": 1}, mode=BatchMode.DELTA, runs=[start, other])
            yield Batch(cursor={"n": 2}, mode=BatchMode.DELTA, runs=[end])

        await bench.poll(steps)
        stored = bench.stored()
        assert (stored["r0"].status, stored["r0"].error_message) == (RunStatus.FAILED, None)
        assert (stored["r1"].status, stored["r1"].error_message) == (RunStatus.FAILED, "no end seen")

    async def test_end_that_comes_takes_it_back(self, bench: Bench) -> None:
        """The source knows better."""
        await self.listed(bench, run_of(0, RunStatus.RUNNING))
        await self.listed(bench, run_of(0, RunStatus.SUCCEEDED))
        row = bench.stored()["r0"]
        assert (row.status, row.error_message, row.error_class) == (RunStatus.SUCCEEDED, None, None)

    async def test_failed_poll_says_nothing_of_runs(self, bench: Bench) -> None:
        """We were blind: that is another matter."""
        await self.listed(bench, run_of(100, RunStatus.RUNNING))
        bench.hand.move(hours=1)

        async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
            raise SourceError("no answer")
            yield Batch(cursor={})

        await bench.poll(steps)
        assert bench.stored()["r100"].status is RunStatus.RUNNING


async def test_kinds_that_are_not_wanted_are_left_out(bench: Bench) -> None:
    """`brings` narrows what a source brings."""
    bench.configure(", brings: [failed_records]")

    async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
        yield Batch(cursor={"n": 1}, runs=[run_of(1)])

    done = await bench.poll(steps)
    assert (done.records, bench.stored()) == (0, {})


async def test_cancelled_poll_finishes_the_batch_in_hand(bench: Bench) -> None:
    """What it was writing is stored with its cursor; nothing more is read."""
    reached = asyncio.Event()
    closed = asyncio.Event()

    async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
        try:
            yield Batch(cursor={"n": 1}, runs=[run_of(1)])
            reached.set()
            await asyncio.sleep(30)
            yield Batch(cursor={"n": 2}, runs=[run_of(2)])
        finally:
            closed.set()

    task = asyncio.create_task(bench.poll(steps))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed.is_set()
    assert (set(bench.stored()), bench.cursor()) == ({"r1"}, {"n": 1})


@pytest.mark.parametrize("bench", ["alone"], indirect=True)
async def test_cancelled_while_writing_waits_for_the_write(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction is not left to chance."""
    import threading

    begun, go_on = threading.Event(), threading.Event()
    write = bench.writer.write

    def slow(*words: Any, **more: Any) -> Any:
        begun.set()
        go_on.wait(60)
        return write(*words, **more)

    monkeypatch.setattr(bench.writer, "write", slow)

    async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
        yield Batch(cursor={"n": 1}, runs=[run_of(1)])

    task = asyncio.create_task(bench.poll(steps))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.cursor() == {"n": 1}


@pytest.mark.parametrize("bench", ["alone"], indirect=True)
async def test_our_own_database_in_trouble_is_no_failed_source(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that cannot be written raises; no failed poll is held against the source."""

    async def steps(cursor: Cursor, _: SourceContext) -> AsyncIterator[Batch]:
        yield Batch(cursor={"n": 1}, runs=[run_of(1)])

    def locked(*_: object, **__: object) -> None:
        raise StorageError("the database is locked")

    polls: list[object] = []
    monkeypatch.setattr(bench.writer, "write", locked)
    monkeypatch.setattr(bench.writer, "save_poll", lambda *given: polls.append(given))
    with pytest.raises(StorageError, match="locked"):
        await bench.poll(steps)
    assert polls == []


@pytest.mark.parametrize("bench", ["together"], indirect=True)
class TestLastBatch:
    """One that says that it is the last is stored with how the poll went."""

    @pytest.fixture
    def rounds(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
        """How many batches and polls each transaction was given."""
        found: list[tuple[int, int]] = []
        save = bench.writer.save_together

        def counted(brought: Any, told: Any) -> Any:
            found.append((len(brought), len(told)))
            return save(brought, told)

        monkeypatch.setattr(bench.writer, "save_together", counted)
        return found

    def result(self, bench: Bench) -> str | None:
        """How the last poll went, as it is stored."""
        with bench.store.read() as connection:
            return source_states(connection, bench.hand())[0].last_result

    async def test_in_one_transaction(self, bench: Bench, rounds: list[tuple[int, int]]) -> None:
        """The first goes before it, and what was refused of the last is told."""

        async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
            yield Batch(cursor={"n": 1}, runs=[run_of(100)], items=1)
            yield Batch(cursor={"n": 2}, runs=[run_of(0), run_of(101)], items=2, last=True)

        done = await bench.poll(steps, horizon=T0 + timedelta(hours=1))
        assert (done.result, done.records, done.items) == (PollResult.OK, 3, 3)
        assert [(problem.kind, problem.count) for problem in done.problems] == [("too_old", 1)]
        assert (rounds, bench.cursor(), self.result(bench)) == ([(1, 0), (1, 0)], {"n": 2}, "ok")

    async def test_overtaken(self, bench: Bench) -> None:
        """Another worker stored first: nothing of it stands, and nothing is counted."""

        async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
            other = Batch(cursor={"other": 1}, runs=[run_of(1)])
            bench.writer.write(KEY, other, revision=0, now=bench.hand(), horizon=None)
            yield Batch(cursor={"n": 1}, runs=[run_of(2)], last=True)

        done = await bench.poll(steps)
        assert (done.result, done.records, bench.cursor()) == (PollResult.DEFERRED, 0, {"other": 1})
        assert (set(bench.stored()), self.result(bench)) == ({"r1"}, "deferred")

    async def test_that_was_not_the_last_thing_said(self, bench: Bench) -> None:
        """A fault after it fails the poll, and the batch stands."""

        async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
            yield Batch(cursor={"n": 1}, runs=[run_of(1)], last=True)
            raise KeyError("oops")

        done = await bench.poll(steps)
        assert (done.result, done.error, done.records) == (PollResult.FAILED, "KeyError: 'oops'", 1)
        assert (set(bench.stored()), self.result(bench)) == ({"r1"}, "failed")

    async def test_cancelled_before_it_is_handed_in(self, bench: Bench) -> None:
        """It was read, so it is stored; there was no more, so nothing says that there was."""
        reached = asyncio.Event()

        async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
            yield Batch(cursor={"n": 1}, runs=[run_of(1)], last=True)
            reached.set()
            await asyncio.sleep(30)

        task = asyncio.create_task(bench.poll(steps))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (bench.cursor(), self.result(bench)) == ({"n": 1}, "ok")

    async def test_our_own_database_in_trouble(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        """No failed poll is held against the source."""

        async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
            yield Batch(cursor={"n": 1}, runs=[run_of(1)], last=True)

        def locked(*_: object) -> None:
            raise StorageError("the database is locked")

        monkeypatch.setattr(bench.writer, "save_together", locked)
        with pytest.raises(StorageError, match="locked"):
            await bench.poll(steps)

    async def test_of_a_source_that_is_not_configured(self, bench: Bench) -> None:
        """It says so, as each batch does."""

        async def steps(_: Cursor, __: SourceContext) -> AsyncIterator[Batch]:
            yield Batch(cursor={"n": 1}, runs=[run_of(1)], last=True)

        with pytest.raises(StorageError, match="nobody/src is not configured"):
            await poll(bench.outfit(steps), "nobody", bench.settings)
