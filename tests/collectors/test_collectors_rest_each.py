"""With `each` the list of every parent is read, each from its own mark, whatever the others do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors.check import check
from collectors.http import Clients, HttpClient
from collectors.manners import Manners
from collectors.registry import sources
from collectors.retry import RetryPolicy
from collectors.source import SourceContext
from collectors.sources._rest_settings import RestSettings
from collectors.sources.rest import SOURCE, collect
from core.masking import Masker
from core.records import Batch, Cursor, PollResult, Side
from storage.queries.runs import runs
from storage.store import Store
from tests.collectors.collectors_rest import FIELDS, Look, item, look, settings
from tests.collectors.collectors_server import Answer, Reply, Seen, Served
from tests.collectors.test_collectors_run import Bench

Serve = Callable[[Answer], Served]


class Jobs:
    """Jobs with builds of their own, numbered alike. builds: of each, the newest last; broken: what a job answers instead."""

    def __init__(self, sizes: dict[str, int], *, page: int = 2) -> None:
        self.builds = {name: [item(number) for number in range(size)] for name, size in sizes.items()}
        self.page = page
        self.broken: dict[str, Reply] = {}
        self.order: list[str] = list(sizes)
        self.asked: list[str] = []

    def __call__(self, seen: Seen) -> Reply:
        if seen.path == "/jobs":
            first = int(seen.query.get("offset", "0"))
            return Reply(
                {"jobs": [{"name": name, "title": name.upper()} for name in self.order][first : first + 3]}
            )
        name = seen.path.removeprefix("/job/").removesuffix("/runs")
        self.asked.append(name)
        if name in self.broken:
            return self.broken[name]
        wanted = [one for one in self.builds[name] if one["at"] >= seen.query.get("since", "")]
        first = int(seen.query.get("offset", "0"))
        return Reply({"runs": wanted[first : first + self.page]})

    @property
    def all(self) -> set[tuple[str, str]]:
        """(job, id) of every run of every job."""
        return {(name, one["id"]) for name, builds in self.builds.items() for one in builds}

    def of(self, url: str, **keys: Any) -> RestSettings:
        """A source on them; keys of `each` in `each`."""
        each = {
            "request": {"url": f"{url}/jobs"},
            "pages": {"by": "offset", "size": 3},
            "records": "jobs",
            "field": "name",
        }
        base: dict[str, Any] = {
            "request": {"url": f"{url}/job/{{each}}/runs", "params": {"since": "{since}"}},
            "pages": {"by": "offset", "size": self.page},
            "cursor": {"field": "at"},
            "each": each | keys.pop("each", {}),
        }
        return settings(url, **(base | keys))


def found(done: Look) -> list[tuple[str, str]]:
    return [(run.job, run.external_id) for run in done.runs]


def told(done: Look) -> dict[str, str]:
    return {one.where: one.kind for one in done.problems}


async def first_batches(given: RestSettings, clients: Clients, cursor: Cursor, count: int) -> list[Batch]:
    """What was stored of a poll whose worker was killed after so many batches."""
    kept: list[Batch] = []
    ctx = SourceContext("it", given.name, Side.TARGET, clients.clock(), HttpClient(clients))
    async for batch in collect(given, cursor, ctx):
        if len(kept) == count:
            break
        kept.append(batch)
    return kept


async def test_every_run_of_every_one_is_read(serve: Serve, clients: Clients) -> None:
    """Ids that repeat among jobs stay apart: the job is what was asked for."""
    jobs = Jobs({"a": 3, "b": 1, "c": 0, "d": 4})
    server = serve(jobs)
    done = await look(jobs.of(server.url), clients)
    assert sorted(found(done)) == sorted(jobs.all)
    assert done.problems == []
    assert server.paths[:3] == ["/jobs?offset=0&limit=3", "/jobs?offset=3&limit=3", "/jobs?offset=4&limit=3"]


async def test_each_goes_on_from_its_own_mark(serve: Serve, clients: Clients) -> None:
    """One that has been quiet is asked from its own last run, and a new one from the beginning."""
    jobs = Jobs({"a": 3, "b": 60})
    server = serve(jobs)
    given = jobs.of(server.url, lookback=timedelta())
    first = await look(given, clients)
    jobs.builds["c"], jobs.order = [item(0)], ["c", "a", "b"]
    seen = len(server.seen)
    second = await look(given, clients, first.cursor)
    since = {one.path: one.query.get("since") for one in server.seen[seen:]}
    assert since["/job/a/runs"] == "2026-11-24T12:02:00Z"
    assert since["/job/b/runs"] == "2026-11-24T12:59:00Z"
    assert since["/job/c/runs"] is None
    assert found(second) == [("c", "r0"), ("a", "r2"), ("b", "r59")]


async def test_the_name_is_one_segment(serve: Serve, clients: Clients) -> None:
    """A slash in it climbs nowhere; in JSON a number stays one; where and fields see the parent."""
    server = serve(
        lambda seen: (
            Reply([{"id": 7, "path": "hr/staff"}, {"id": 8, "path": "x", "off": True}])
            if seen.path == "/projects"
            else Reply({"runs": [item(0)]})
        )
    )
    given = settings(
        server.url,
        request={"url": f"{server.url}/p/{{each}}", "method": "POST", "json": {"name": "{each}"}},
        each={"request": {"url": f"{server.url}/projects"}, "where": "!off", "field": "path"},
        fields={**FIELDS, "job": "join(' ', [each.path, 'sync'])"},
    )
    assert found(await look(given, clients)) == [("hr/staff sync", "r0")]
    assert server.paths == ["/projects", "/p/hr%2Fstaff"]
    by_id = given.model_copy(update={"each": given.each and given.each.model_copy(update={"field": "id"})})
    await look(by_id, clients)
    assert server.seen[-1].json() == {"name": 7}


async def test_names_may_be_the_list_itself(serve: Serve, clients: Clients) -> None:
    """`@` is the text; one that is none is said, and asked for once where it stands twice."""
    server = serve(
        lambda seen: (
            Reply({"jobs": ["a", "a", None, {"x": 1}, "b"]})
            if seen.path == "/jobs"
            else Reply({"runs": [item(0)]})
        )
    )
    each = {"request": {"url": f"{server.url}/jobs"}, "records": "jobs", "field": "@"}
    done = await look(settings(server.url, request={"url": f"{server.url}/{{each}}"}, each=each), clients)
    assert found(done) == [("a", "r0"), ("b", "r0")]
    assert told(done) == {"each: null": "bad_item", 'each: {"x":1}': "bad_item"}


@pytest.mark.parametrize("status", [403, 404, 410, 500])
async def test_one_that_answers_wrong_stops_no_other(serve: Serve, clients: Clients, status: int) -> None:
    """It is named with what it said, keeps its mark, and is asked again by the next poll."""
    jobs = Jobs({"a": 1, "b": 3, "c": 2})
    server = serve(jobs)
    given = jobs.of(server.url)
    first = await look(given, clients)
    jobs.broken["b"] = Reply({"message": "hidden"}, status)
    for name in jobs.builds:
        jobs.builds[name].append(item(80))
    second = await look(given, clients, first.cursor)
    assert second.error is None
    assert {("a", "r80"), ("c", "r80")} <= set(found(second))
    assert told(second) == {"each: b": "parent_failed"}
    assert str(status) in second.problems[0].message
    jobs.broken.clear()
    third = await look(given, clients, second.cursor)
    assert ("b", "r80") in found(third)
    assert told(third) == {}


async def test_many_that_answer_wrong_are_all_counted(serve: Serve, clients: Clients) -> None:
    """Some are named, the others counted: a poll keeps no more than a few problems."""
    jobs = Jobs({f"j{number}": 1 for number in range(40)})
    jobs.broken = {f"j{number}": Reply(status=403) for number in range(30)}
    done = await look(jobs.of(serve(jobs).url), clients)
    assert done.error is None
    assert len(done.runs) == 10
    assert sum(one.count for one in done.problems if one.kind == "parent_failed") == 30
    assert len(told(done)) == 11


async def test_all_that_answer_wrong_are_a_failed_poll(serve: Serve, clients: Clients) -> None:
    """A key that may read none of them is no poll that went well."""
    jobs = Jobs({"a": 1, "b": 1})
    jobs.broken = dict.fromkeys("ab", Reply(status=403))
    done = await look(jobs.of(serve(jobs).url), clients)
    assert done.error is not None
    assert "is the key right" in done.error.message
    assert done.error.permanent


async def test_a_host_that_is_silent_is_not_asked_for_all(serve: Serve, clients: Clients) -> None:
    """After three in a row the poll ends, and the next one goes on behind them."""
    jobs = Jobs(dict.fromkeys("abcdef", 1))
    jobs.broken = dict.fromkeys("bcd", Reply(drop=True))
    server = serve(jobs)
    given = jobs.of(server.url)
    done = await look(given, clients)
    assert done.error is not None
    assert found(done) == [("a", "r0")]
    assert "truncated" in done.kinds
    assert set(jobs.asked) == set("abcd")


async def test_a_limit_ends_the_poll_and_it_goes_on_there(serve: Serve, clients: Clients) -> None:
    """A Retry-After holds for all of them; the next poll begins with the one that was refused."""
    jobs = Jobs({"a": 1, "b": 1, "c": 1})
    jobs.broken["b"] = Reply(status=429, headers={"Retry-After": "90"})
    given = jobs.of(serve(jobs).url)
    first = await look(given, clients)
    assert first.error is not None
    assert first.error.retry_after == timedelta(seconds=90)
    assert found(first) == [("a", "r0")]
    jobs.broken.clear()
    jobs.asked.clear()
    second = await look(given, clients, first.cursor)
    assert sorted(found(second)) == [("b", "r0"), ("c", "r0")]
    assert "a" not in jobs.asked


async def test_a_kill_goes_on_at_the_page(serve: Serve, clients: Clients) -> None:
    """Of those that were read nothing is asked again, of the one under way only the pages that are left."""
    jobs = Jobs({"a": 2, "b": 6, "c": 2})
    server = serve(jobs)
    given = jobs.of(server.url)
    kept = await first_batches(given, clients, {}, 4)
    assert [len(batch.runs) for batch in kept] == [2, 0, 2, 2]
    server.seen.clear()
    jobs.order.reverse()
    rest = await look(given, clients, kept[-1].cursor)
    assert (
        next(seen.raw_path for seen in server.seen if seen.path != "/jobs") == "/job/b/runs?offset=4&limit=2"
    )
    assert "/job/a/runs" not in [seen.path for seen in server.seen]
    assert sorted(
        [*found(rest), *((run.job, run.external_id) for batch in kept for run in batch.runs)]
    ) == sorted(jobs.all)
    each = kept[-1].cursor["each"]
    assert isinstance(each, dict)
    assert ["mark" in each[name] for name in "ab"] == [True, False]


async def test_more_than_max_is_said_and_goes_on(serve: Serve, clients: Clients) -> None:
    """Also where the list's order has changed meanwhile, and one of them has vanished."""
    jobs = Jobs(dict.fromkeys("abcdefg", 1))
    given = jobs.of(serve(jobs).url, each={"max": 3})
    first = await look(given, clients)
    assert [one.message for one in first.problems] == [
        "4 of 7 that each lists are left; the next poll goes on there"
    ]
    jobs.order = ["g", "a", "f", "d", "b"]
    second = await look(given, clients, first.cursor)
    assert found(first) + found(second) == [(name, "r0") for name in "abcgfd"]
    assert second.problems == []
    assert "asked" not in second.cursor
    assert set(second.cursor["each"]) == set("abgfd")  # type: ignore[arg-type]


async def test_a_long_list_does_not_hold_up_the_others(serve: Serve, clients: Clients) -> None:
    """Its pages are read on by the next poll."""
    jobs = Jobs({"a": 9, "b": 1})
    given = jobs.of(serve(jobs).url, pages={"by": "offset", "size": 2, "max": 2})
    first = await look(given, clients)
    assert found(first) == [("a", f"r{number}") for number in range(4)] + [("b", "r0")]
    assert told(first) == {"each: a: poll": "truncated"}
    second = await look(given, clients, first.cursor)
    assert found(second)[:4] == [("a", f"r{number}") for number in range(4, 8)]
    third = await look(given, clients, second.cursor)
    assert found(third)[0] == ("a", "r8")
    assert third.problems == []


async def test_a_long_list_is_not_forgotten(serve: Serve, clients: Clients) -> None:
    """A poll that asks others says that there is more of it, so that no run of it is taken for overdue."""
    jobs = Jobs({"a": 9, "b": 1})
    given = jobs.of(serve(jobs).url, pages={"by": "offset", "size": 2, "max": 2}, each={"max": 1})
    first = await look(given, clients)
    second = await look(given, clients, first.cursor)
    assert found(second) == [("b", "r0")]
    assert [one.message for one in second.problems] == [
        "of 1 that each lists there are more pages; the next poll goes on there"
    ]


async def test_newest_first_ends_each_by_itself(serve: Serve, clients: Clients) -> None:
    """What one knows already says nothing of the next."""
    jobs = Jobs({"a": 10, "b": 10})
    for builds in jobs.builds.values():
        builds.reverse()
    server = serve(jobs)
    given = jobs.of(
        server.url,
        request={"url": f"{server.url}/job/{{each}}/runs"},
        cursor={"field": "at", "order": "newest_first"},
        lookback=timedelta(),
    )
    first = await look(given, clients)
    jobs.builds["b"].insert(0, item(20))
    jobs.asked.clear()
    second = await look(given, clients, first.cursor)
    assert ("b", "r20") in found(second)
    assert len(jobs.asked) == 4
    assert sorted(set(found(first) + found(second))) == sorted(jobs.all)


async def test_details_share_one_bound(serve: Serve, clients: Clients) -> None:
    """Calls for details are bounded by poll; the next one goes on with the one they ran out at."""
    jobs = Jobs({"a": 2, "b": 2, "c": 2})
    for builds in jobs.builds.values():
        builds[:] = [{**one, "state": "failed"} for one in builds]

    def answer(seen: Seen) -> Reply:
        return Reply({"why": seen.path}) if "/detail/" in seen.path else jobs(seen)

    server = serve(answer)
    detail = {
        "request": {"url": f"{server.url}/detail/{{each}}/{{external_id}}"},
        "fields": {"error_message": "why"},
        "max": 3,
    }
    given = jobs.of(server.url, detail=detail)
    cursor: Cursor = {}
    said: dict[tuple[str, str], str | None] = {}
    for left in (True, False):
        done = await look(given, clients, cursor)
        cursor = done.cursor
        said |= {(run.job, run.external_id): run.error_message for run in done.runs if run.error_message}
        assert ("truncated" in done.kinds) is left
    assert said == {(job, one): f"/detail/{job}/{one}" for job, one in jobs.all}
    assert sum("/detail/" in path for path in server.paths) == 6


async def test_nothing_listed_is_said(serve: Serve, clients: Clients) -> None:
    """A wrong `records` or `where` would else look like a quiet system."""
    done = await look(Jobs({}).of(serve(Jobs({})).url), clients)
    assert told(done) == {"each": "no_parents"}


async def test_what_is_listed_is_read_where_the_next_page_of_them_cannot_be_asked_for(
    serve: Serve, clients: Clients
) -> None:
    """It is told, and what is not listed for that is not forgotten."""
    jobs = Jobs({"a": 1, "b": 2})
    server = serve(
        lambda seen: (
            jobs(seen) if seen.path != "/jobs" else Reply({"jobs": [{"name": "a"}], "next": "http://[::1"})
        )
    )
    each = {
        "request": {"url": f"{server.url}/jobs"},
        "pages": {"by": "next_url", "next": "next"},
        "records": "jobs",
        "field": "name",
    }
    done = await look(jobs.of(server.url, each=each), clients, {})
    assert done.error is None
    assert done.ids == ["r0"]
    (told,) = done.problems
    assert (told.kind, told.where) == ("truncated", "each")
    assert "names as its next page" in told.message


async def test_a_list_that_cannot_be_read_is_a_failed_poll(serve: Serve, clients: Clients) -> None:
    """What is known of each stays."""
    jobs = Jobs({"a": 1})
    server = serve(jobs)
    first = await look(jobs.of(server.url), clients)
    server.answer = lambda _: Reply({"message": "no"}, 403)
    second = await look(jobs.of(server.url), clients, first.cursor)
    assert second.error is not None
    assert second.cursor == first.cursor


async def test_failed_records_are_told_apart(serve: Serve, clients: Clients) -> None:
    """Without runs their job is what was asked for, and they see it as `parent.each`."""
    jobs = Jobs({"a": 1, "b": 1})
    for builds in jobs.builds.values():
        builds[0]["errors"] = [{"key": "7"}]
    failed = {"records": "errors", "fields": {"record_key": "key", "error_message": "parent.each.title"}}
    done = await look(jobs.of(serve(jobs).url, fields=None, failed_records=failed), clients)
    assert [
        (one.job, one.record_key, one.error_message) for batch in done.batches for one in batch.failed_records
    ] == [
        ("a", "7", "A"),
        ("b", "7", "B"),
    ]


async def test_ids_that_two_share_are_said(serve: Serve, clients: Clients) -> None:
    """A job made of what two of them have alike tells nothing apart; it is no loss in silence."""
    jobs = Jobs({"a1": 2, "a2": 2})
    given = jobs.of(serve(jobs).url, fields={**FIELDS, "job": "each.folder || 'all'"})
    done = await look(given, clients)
    assert told(done) == {"each: a2": "repeated_id"}
    assert sum(one.count for one in done.problems) == 2
    assert "runs of a1" in done.problems[0].message


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"fields": {**FIELDS, "job": "name"}},
            "fields: job or external_id does not look at each.*leave job out",
        ),
        ({"fields": {**FIELDS, "job": "'each'"}}, "does not look at each"),
        ({"fields": {**FIELDS, "job": "each(steps, 'at')[0].name"}}, "does not look at each"),
        ({"request": {"url": "http://h.example/runs"}}, "request has no {each}"),
        ({"each": {"request": {"url": "http://other.example/jobs"}}}, "each.request.url is on another host"),
        (
            {"each": {"pages": {"by": "cursor", "in": "text", "next": "n"}}},
            "each.pages: in: text has .* write each.request: {method: POST",
        ),
        ({"counts": {"fields": {"count": "n"}}}, "counts.fields: entity does not look at each"),
        (
            {"record_events": {"fields": {"event_id": "i", "record_key": "k", "step": "s", "outcome": "o"}}},
            "record_events.fields: event_id does not look",
        ),
        (
            {"failed_records": {"fields": {"record_key": "k", "job": "j"}}},
            "failed_records.fields: job or run_external_id",
        ),
    ],
)
def test_what_would_mix_them_up_is_refused(keys: dict[str, Any], said: str) -> None:
    """Before anything is read, with the remedy."""
    with pytest.raises(ValidationError, match=said):
        Jobs({}).of("http://h.example", **keys)


def test_ids_that_are_their_own_may_keep_any_job() -> None:
    """Where the id is made of each, or the job is."""
    Jobs({}).of(
        "http://h.example", fields={**FIELDS, "job": "ref", "external_id": "join('-', [each.name, id])"}
    )
    given = Jobs({}).of("http://h.example", fields={**FIELDS, "job": "each.title"})
    assert SOURCE.cost(given) == 4


async def test_check_shows_them(serve: Serve, clients: Clients, masker: Masker) -> None:
    """The first runs, by their job, and the one that answers wrong."""
    jobs = Jobs({"a": 1, "b": 1, "c": 9})
    jobs.broken["a"] = Reply(status=404)
    given = jobs.of(serve(jobs).url, pages={"by": "none"})
    jobs.page = 9
    done = await check("it", given, clients=clients, masker=masker, sources=sources(), clock=clients.clock)
    assert [one.job for one in done.first["runs"]] == ["b", "c", "c", "c", "c"]  # type: ignore[attr-defined]
    assert not done.ok
    assert [(one.where, one.kind) for one in done.poll.problems] == [("each: a", "parent_failed")]
    assert done.poll.result is PollResult.OK


async def test_a_killed_worker_stores_each_run_once(
    store: Store, serve: Serve, clients: Clients, hand: Any, masker: Masker
) -> None:
    """Wherever it is killed: what the next one reads goes beside what was stored."""
    jobs = Jobs({"a": 3, "b": 5, "c": 2})
    given = jobs.of(serve(jobs).url)
    bench = Bench(store, clients, hand, masker)
    bench.configure()

    async def killed(cursor: Cursor, ctx: SourceContext) -> AsyncIterator[Batch]:
        count = 0
        async for batch in collect(given, cursor, ctx):
            yield batch
            count += 1
            if count == 2:
                raise asyncio.CancelledError

    for _ in range(2):
        with pytest.raises(asyncio.CancelledError):
            await bench.poll(killed)
    assert (await bench.poll(lambda cursor, ctx: collect(given, cursor, ctx))).error is None
    with store.read() as connection:
        rows = [(row.run.job, row.run.external_id) for row in runs(connection, limit=100).items]
    assert sorted(rows) == sorted(jobs.all)


@examples(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.integers(0, 7), min_size=1, max_size=6),
    page=st.integers(1, 3),
    most=st.integers(1, 4),
    pages=st.integers(1, 3),
    kills=st.lists(st.integers(0, 6), max_size=6),
    broken=st.lists(st.integers(0, 5), max_size=4),
)
async def test_whatever_happens_every_run_is_stored(
    serve: Serve,
    sizes: Sequence[int],
    page: int,
    most: int,
    pages: int,
    kills: Sequence[int],
    broken: Sequence[int],
) -> None:
    """Kills, bounds and answers that are wrong for a while: in the end all is there, and nothing else."""
    jobs = Jobs({f"j{number}": size for number, size in enumerate(sizes)}, page=page)
    server = serve(jobs)
    clients = Clients(Manners(retry=RetryPolicy(attempts=1)))
    given = jobs.of(server.url, each={"max": most}, pages={"by": "offset", "size": page, "max": pages})
    stored: dict[tuple[str, str], int] = {}
    cursor: Cursor = {}
    try:
        for number, kill in enumerate(kills):
            jobs.broken = {f"j{broken[number]}": Reply(status=500)} if number < len(broken) else {}
            for batch in await first_batches_or_failed(given, clients, cursor, kill):
                cursor = batch.cursor
                stored |= {(run.job, run.external_id): 1 for run in batch.runs}
        jobs.broken = {}
        # Bounds so small never come to an end: what was read within lookback is read again each time.
        for _ in range(120):
            if stored.keys() == jobs.all:
                break
            done = await look(given, clients, cursor)
            assert done.error is None
            cursor = done.cursor
            stored |= {(run.job, run.external_id): 1 for run in done.runs}
    finally:
        await clients.aclose()
    assert stored.keys() == jobs.all


async def first_batches_or_failed(
    given: RestSettings, clients: Clients, cursor: Cursor, count: int
) -> list[Batch]:
    """As `first_batches`, also where the poll fails before."""
    done = await look(given, clients, cursor)
    return done.batches[:count]
