"""The `rest` source reads lists as they really come."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import msgspec
import pytest
from pydantic import ValidationError

from collectors.http import Clients
from core.records import RunStatus
from tests.collectors.collectors_rest import FIELDS, by_offset, item, look, settings
from tests.collectors.collectors_server import Answer, Reply, Seen, Served

Serve = Callable[[Answer], Served]


class TestMark:
    """{since} is the mark less lookback, and the mark moves after a whole sweep only."""

    REQUEST: ClassVar[dict[str, Any]] = {"params": {"from": "{since}", "keep": "a{other}"}}

    async def test_without_a_mark_the_parameter_is_dropped(self, serve: Serve, clients: Clients) -> None:
        """And braces of any other kind are left alone."""
        server = serve(lambda _: Reply({"runs": []}))
        await look(settings(server.url, request=self.REQUEST, cursor={"field": "at"}), clients)
        assert server.seen[0].query == {"keep": "a{other}"}

    async def test_start_is_sent_as_it_is(self, serve: Serve, clients: Clients) -> None:
        """The first mark, encoded once."""
        server = serve(lambda _: Reply({"runs": []}))
        cursor = {"field": "at", "start": "2026-01-01T00:00:00+03:00"}
        await look(settings(server.url, request=self.REQUEST, cursor=cursor), clients)
        assert server.paths[0].startswith("/runs?from=2026-01-01T00%3A00%3A00%2B03%3A00&")

    async def test_next_poll_looks_back(self, serve: Serve, clients: Clients) -> None:
        """In the notation that the source itself uses."""
        server = serve(lambda _: Reply({"runs": [item(30), item(10)]}))
        given = settings(
            server.url, request=self.REQUEST, cursor={"field": "at"}, lookback=timedelta(minutes=10)
        )
        first = await look(given, clients)
        await look(given, clients, first.cursor)
        assert first.cursor["mark"] == "2026-11-24T12:30:00Z"
        assert server.seen[1].query["from"] == "2026-11-24T12:20:00Z"

    async def test_run_that_is_open_is_asked_for_again(self, serve: Serve, clients: Clients) -> None:
        """However far behind lookback it is, up to a week."""
        runs = [item(0, "running"), item(110)]
        server = serve(lambda _: Reply({"runs": runs}))
        given = settings(
            server.url, request=self.REQUEST, cursor={"field": "at"}, lookback=timedelta(minutes=10)
        )
        first = await look(given, clients)
        runs[0] = item(0, "succeeded")
        second = await look(given, clients, first.cursor)
        await look(given, clients, second.cursor)
        assert server.seen[1].query["from"] == "2026-11-24T11:59:59Z"
        assert server.seen[2].query["from"] == "2026-11-24T13:40:00Z"

    async def test_run_that_is_open_too_long_holds_nothing_back(self, serve: Serve, clients: Clients) -> None:
        """After `stale_after` it is no longer waited for."""
        server = serve(lambda _: Reply({"runs": [item(0, "running"), item(110)]}))
        given = settings(
            server.url,
            request=self.REQUEST,
            cursor={"field": "at"},
            stale_after=timedelta(hours=1),
            lookback=timedelta(),
        )
        first = await look(given, clients)
        await look(given, clients, first.cursor)
        assert server.seen[1].query["from"] == "2026-11-24T13:50:00Z"

    async def test_future_runs_do_not_push_it_ahead(self, serve: Serve, clients: Clients, hand: Any) -> None:
        """A day's runs are listed in the morning: the mark stays at the clock."""
        server = serve(lambda _: Reply({"runs": [item(600, "queued"), item(10)]}))
        done = await look(settings(server.url, cursor={"field": "at"}), clients)
        assert done.cursor["mark"] == "2026-11-24T14:00:00Z"
        assert hand.now.hour == 14

    async def test_failed_sweep_leaves_it(self, serve: Serve, clients: Clients) -> None:
        """Only a whole one moves it."""
        server = serve(
            lambda seen: Reply({"runs": [item(1)]}) if seen.query["offset"] == "0" else Reply(status=500)
        )
        given = settings(server.url, pages={"by": "offset", "size": 1}, cursor={"field": "at"})
        done = await look(given, clients)
        assert done.error is not None
        assert "mark" not in done.cursor

    async def test_boundary_is_inclusive(self, serve: Serve, clients: Clients) -> None:
        """A second run at the mark's own instant is found by the next poll."""
        items = [item(5)]
        server = serve(by_offset(items))
        given = settings(
            server.url,
            request={"params": {"since": "{since}"}},
            pages={"by": "offset", "size": 10},
            cursor={"field": "at"},
            lookback=timedelta(),
        )
        first = await look(given, clients)
        items.append({**item(5), "id": "twin"})
        assert (await look(given, clients, first.cursor)).ids == ["r5", "twin"]

    async def test_number_in_a_json_body_stays_a_number(self, serve: Serve, clients: Clients) -> None:
        """Milliseconds in, milliseconds out; and a body without a mark drops its key."""
        server = serve(lambda _: Reply({"runs": [item(1, at=1_795_521_600_000)]}))
        given = settings(
            server.url,
            request={"method": "POST", "json": {"filter": {"since": "{since}"}, "q": "{a}"}},
            cursor={"field": "at"},
        )
        first = await look(given, clients)
        await look(given, clients, first.cursor)
        assert server.seen[0].json() == {"filter": {}, "q": "{a}"}
        assert server.seen[1].json() == {"filter": {"since": 1_795_518_000_000}, "q": "{a}"}

    @pytest.mark.parametrize(
        ("written", "sent"),
        [
            ("s", 1_795_518_000),
            ("ms", 1_795_518_000_250),
            ("ns", 1_795_518_000_250_000_000),
            ("%Y-%m-%dT%H:%M:%S", "2026-11-24T14:00:00"),
            ("%d/%m/%Y %I:%M %p", "24/11/2026 02:00 PM"),
        ],
    )
    async def test_goes_out_as_the_call_wants_it(
        self, serve: Serve, clients: Clients, written: str, sent: object
    ) -> None:
        """Some lists are asked by epoch or local time and answer in ISO 8601."""
        server = serve(lambda _: Reply({"runs": [item(1, at="2026-11-24T12:00:00.25Z")]}))
        given = settings(
            server.url,
            request={"method": "POST", "json": {"since": "{since}"}},
            cursor={"field": "at", "written": written},
            time={"zone": "Europe/Moscow"},
        )
        first = await look(given, clients)
        await look(given, clients, first.cursor)
        assert server.seen[1].json() == {"since": sent}

    async def test_dates_of_a_named_order_sort_by_time(self, serve: Serve, clients: Clients) -> None:
        """As texts the end of last year would come after all of this one."""
        dates = ["11/24/2026 9:15 AM", "12/31/2025 1:00 PM", "11/24/2026 10:30 AM"]
        server = serve(lambda _: Reply({"runs": [item(n, at=at) for n, at in enumerate(dates)]}))
        given = settings(server.url, cursor={"field": "at"}, time={"order": "mdy"})
        assert (await look(given, clients)).cursor["mark"] == "2026-11-24T10:30:00Z"

    def test_a_notation_that_is_none_is_refused(self) -> None:
        """The problem says what may stand there."""
        with pytest.raises(ValidationError, match=r"got .epoch.; use s, ms, us or ns, or a pattern"):
            settings("http://h.example", cursor={"field": "at", "written": "epoch"})

    async def test_field_that_is_nowhere_is_told(self, serve: Serve, clients: Clients) -> None:
        """Else everything would be read at each poll and nobody would know."""
        server = serve(lambda _: Reply({"runs": [item(1)]}))
        assert "no_mark" in (await look(settings(server.url, cursor={"field": "nope"}), clients)).kinds

    async def test_items_that_are_passed_over_are_no_reason_to_tell_it(
        self, serve: Serve, clients: Clients
    ) -> None:
        """Nobody looked for the mark of what `where` leaves out."""
        server = serve(lambda _: Reply({"runs": [item(1, kind="other")]}))
        done = await look(settings(server.url, cursor={"field": "at"}, where="kind == 'sync'"), clients)
        assert (done.ids, done.kinds) == ([], set())


async def test_since_without_a_cursor_is_said(serve: Serve, clients: Clients) -> None:
    """It could never be filled in: all is read at each poll, and the remedy is named."""
    server = serve(lambda _: Reply({"runs": [item(1)]}))
    done = await look(settings(server.url, request={"params": {"after": "{since}"}}), clients)
    assert done.ids == ["r1"]
    assert [(one.kind, one.where) for one in done.problems] == [("no_mark", "request")]
    assert "write cursor" in done.problems[0].message


class TestRepeatedIds:
    """Tries of one run under one id, where no attempt tells them apart."""

    TRIES: ClassVar[list[dict[str, Any]]] = [
        item(9, "succeeded", id="a"),
        item(7, id="b"),
        item(5, "failed", id="a"),
        item(1, "failed", id="a"),
    ]

    @pytest.mark.parametrize("size", [1, 2, 3, 100])
    @pytest.mark.parametrize("newest_first", [True, False])
    async def test_the_last_start_wins(
        self, serve: Serve, clients: Clients, size: int, newest_first: bool
    ) -> None:
        """However the list is sorted, and wherever its pages end; said once."""
        server = serve(by_offset(self.TRIES if newest_first else self.TRIES[::-1]))
        done = await look(settings(server.url, pages={"by": "offset", "size": size}), clients)
        last = {run.external_id: run for run in done.runs}
        assert (last["a"].status, last["b"].status) == (RunStatus.SUCCEEDED, RunStatus.SUCCEEDED)
        assert [(one.kind, one.message, one.count) for one in done.problems] == [
            ("repeated_id", "the same run id repeats with different starts; map attempt", 1)
        ]

    async def test_an_id_that_tells_nothing_apart_is_said(self, serve: Serve, clients: Clients) -> None:
        """Items without a start that share an id (tasks of several connectors) are not lost in silence."""
        tasks = [{"id": 0, "state": "running"}, {"id": 1, "state": "failed"}, {"id": 0, "state": "running"}]
        server = serve(lambda _: Reply({"runs": tasks}))
        fields = {"external_id": "id", "status": "state"}
        done = await look(settings(server.url, fields=fields), clients)
        assert [one.kind for one in done.problems] == ["repeated_id"]
        assert "map job" in done.problems[0].message

    async def test_pages_of_older_tries_are_not_the_end(self, serve: Serve, clients: Clients) -> None:
        """What stands behind them is read."""
        server = serve(by_offset([item(9, id="a"), item(5, id="a"), item(1)]))
        done = await look(settings(server.url, pages={"by": "offset", "size": 1}), clients)
        assert done.ids == ["a", "r1"]

    async def test_other_jobs_and_the_same_start_are_no_repeats(self, serve: Serve, clients: Clients) -> None:
        """A list that shifts shows a run twice, and jobs may number their runs alike."""
        server = serve(
            lambda _: Reply(
                {
                    "runs": [
                        item(1, "running", job="x"),
                        item(1, job="x"),
                        item(2, id="r1", job="y"),
                        {**item(0, id="r1", job="x"), "start": None},
                    ]
                }
            )
        )
        done = await look(settings(server.url, fields=FIELDS | {"job": "job"}), clients)
        assert (done.ids, done.kinds) == (["r1"] * 4, set())

    async def test_with_an_attempt_all_are_told(self, serve: Serve, clients: Clients) -> None:
        """Then the writer knows the last one."""
        tries = [item(5, id="a", n=2), item(1, "failed", id="a", n=1)]
        server = serve(lambda _: Reply({"runs": tries}))
        done = await look(settings(server.url, fields=FIELDS | {"attempt": "n"}), clients)
        assert ([run.attempt for run in done.runs], done.kinds) == ([2, 1], set())


async def test_json_within_a_text_is_looked_into(serve: Serve, clients: Clients) -> None:
    """By from_json, as Google Workflows tells its errors, and Luigi, whose error is a quoted text; what is no JSON stays as it is."""
    payloads = [
        '{"message": "no manager", "code": 404}',
        "plain",
        None,
        {"message": "already read"},
        '\n {"message": "indented"}',
        r'"no \"manager\"\nline 2"',
        '"half',
        '"one", "two"',
    ]
    rows = [item(number, "failed", payload=one) for number, one in enumerate(payloads)]
    fields = FIELDS | {
        "error_message": "from_json(payload).message || from_json(payload)",
        "error_code": "from_json(payload).code",
    }
    done = await look(settings(serve(lambda _: Reply({"runs": rows})).url, fields=fields), clients)
    assert (done.error, done.kinds) == (None, set())
    assert [(run.error_message, run.error_code) for run in done.runs] == [
        ("no manager", "404"),
        ("plain", None),
        (None, None),
        ("already read", None),
        ("indented", None),
        ('no "manager"\nline 2', None),
        ('"half', None),
        ('"one", "two"', None),
    ]


async def test_entries_of_lists_in_lists_know_what_they_stand_in(serve: Serve, clients: Clients) -> None:
    """By each(): runs of several jobs with one id are told apart by the job that they stand in."""
    jobs = [
        {"name": "A", "builds": [item(1, id=1), item(2, id=2)]},
        {"name": "B", "builds": [item(3, id=1)]},
        {"name": "C", "builds": None},
        {"name": "D"},
    ]
    server = serve(lambda _: Reply({"jobs": jobs}))
    given = settings(server.url, records="each(jobs, 'builds')", fields=FIELDS | {"job": "parent.name"})
    done = await look(given, clients)
    assert [(run.job, run.external_id) for run in done.runs] == [("A", "1"), ("A", "2"), ("B", "1")]
    assert (done.error, done.kinds) == (None, set())


async def test_lists_in_lists_that_are_not_there_are_an_error(serve: Serve, clients: Clients) -> None:
    """Where the outer list is missing, its place is named."""
    done = await look(settings(serve(lambda _: Reply({"a": 1})).url, records="each(jobs, 'builds')"), clients)
    assert done.error is not None
    assert "each(jobs, 'builds')" in done.error.message


async def test_a_key_that_no_object_has_is_an_error(serve: Serve, clients: Clients) -> None:
    """A mistyped name is no empty list; where there is nothing to look into there is nothing."""
    server = serve(lambda _: Reply({"jobs": [{"builds": []}]}))
    done = await look(settings(server.url, records="each(jobs, 'build')"), clients)
    assert done.error is not None
    assert "found nothing" in done.error.message
    done = await look(
        settings(serve(lambda _: Reply({"jobs": []})).url, records="each(jobs, 'build')"), clients
    )
    assert (done.error, done.runs) == (None, [])


async def test_rows_of_a_table_are_named_with_what_to_write(serve: Serve, clients: Clients) -> None:
    """With that expression they are read."""
    server = serve(lambda _: Reply({"rows": [["a", "succeeded"]]}))
    done = await look(settings(server.url, records="rows"), clients)
    assert "rows[*].{id: [0], state: [1]}" in done.problems[0].message
    done = await look(settings(server.url, records="rows[*].{id: [0], state: [1]}"), clients)
    assert (done.ids, done.problems) == (["a"], [])


class TestAnswers:
    """An answer that is not the list is named for what it is."""

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (
                {"error": "session expired", "code": 7},
                'without a list at runs: found nothing; the answer is an object with the keys error, code, saying {"error":"session expired","code":7}',
            ),
            ({"runs": {"a": 1}}, "found an object"),
            ({"runs": {"a": {}}}, "if its keys are ids, write records: values(runs), or"),
            (
                {"Runs": [], "meta": {"x-pages": [1]}, "has_more": False},
                'lists stand at Runs, meta."x-pages"; if the key is left out',
            ),
            ({"has_more": False}, 'left out where there is nothing, write records: "runs || `[]`"'),
            ({"runs": "none"}, 'found the text "none"'),
            ([1, 2], "found nothing; the answer is a list of 2"),
            ("oops", "the answer is the text"),
            ({"data": {"runsOrError": {"message": "database is locked"}}}, "database is locked"),
            ({"runs": {"id": "a", "state": "ok"}}, 'without a list, write records: "to_array(runs)[?@]"'),
            ({"fault": {"faultstring": "Session expired"}, "runs": []}, "Session expired"),
            (
                {
                    "s:Envelope": {
                        "s:Body": {"s:Fault": {"faultcode": "s:Server", "faultstring": "Session expired"}}
                    }
                },
                "Session expired",
            ),
        ],
        ids=[
            "error inside 200",
            "object",
            "keyed by id",
            "elsewhere",
            "left out",
            "text",
            "list",
            "string",
            "deeper inside",
            "one item without a list",
            "fault",
            "fault of SOAP",
        ],
    )
    async def test_wrong_shape(self, serve: Serve, clients: Clients, body: object, said: str) -> None:
        """Naming what was found instead."""
        server = serve(lambda _: Reply(json.dumps(body)))
        done = await look(settings(server.url), clients)
        assert done.error is not None
        assert said in done.error.message

    async def test_a_fault_of_soap_is_an_error_also_where_no_list_is_none(
        self, serve: Serve, clients: Clients
    ) -> None:
        """A list that is left out where there is nothing does not hide why it is left out."""
        fault = {"soap:Envelope": {"soap:Body": {"soap:Fault": {"faultstring": "Session expired"}}}}
        done = await look(
            settings(serve(lambda _: Reply(fault)).url, records='"soap:Envelope"."soap:Body".R.Run || `[]`'),
            clients,
        )
        assert done.error is not None
        assert "Session expired" in done.error.message

    async def test_an_error_inside_a_200_is_told_also_where_a_function_finds_no_list(
        self, serve: Serve, clients: Clients
    ) -> None:
        """A list keyed by id is not there, and the answer says why."""
        server = serve(lambda _: Reply({"error": "session expired"}))
        done = await look(settings(server.url, records="values(runs)"), clients)
        assert done.error is not None
        assert "session expired" in done.error.message

    async def test_an_expression_is_shown_as_it_is_written_in_yaml(
        self, serve: Serve, clients: Clients
    ) -> None:
        """Names in double quotes stand in single ones, so that the remedy can be copied."""
        done = await look(settings(serve(lambda _: Reply({"a": 1})).url, records='"soap:Body".run'), clients)
        assert done.error is not None
        assert """write records: '"soap:Body".run || `[]`'""" in done.error.message

    @pytest.mark.parametrize(
        ("runs", "ids"),
        [
            ({"Run": item(1, id="a")}, ["a"]),
            ({"Run": [item(1, id="a"), item(2, id="b")]}, ["a", "b"]),
            ("", []),
            (None, []),
        ],
        ids=["one", "two", "text", "null"],
    )
    async def test_one_item_and_many_and_none_are_read_by_one_expression(
        self, serve: Serve, clients: Clients, runs: object, ids: list[str]
    ) -> None:
        """The one that the error names: XML made JSON has a list only where there is more than one."""
        server = serve(lambda _: Reply({"x:Runs": runs}))
        done = await look(settings(server.url, records='to_array("x:Runs".Run)[?@]'), clients)
        assert (done.error, done.ids, done.kinds) == (None, ids, set())

    async def test_null_is_an_empty_list_where_the_answer_is_the_list(
        self, serve: Serve, clients: Clients
    ) -> None:
        """As Go writes a list that nobody made; where the answer is to be an object it is no list."""
        server = serve(lambda _: Reply(b"null"))
        done = await look(settings(server.url, records="@"), clients)
        assert (done.error, done.runs, done.kinds) == (None, [], set())
        assert (await look(settings(server.url, records="runs"), clients)).error is not None

    @pytest.mark.parametrize(
        "reply", [Reply({"runs": None}), Reply({"runs": []}), Reply(status=204)], ids=["null", "empty", "204"]
    )
    async def test_empty_list(self, serve: Serve, clients: Clients, reply: Reply) -> None:
        """Is no error, and moves nothing."""
        done = await look(settings(serve(lambda _: reply).url), clients)
        assert (done.error, done.runs) == (None, [])

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"runs": None, "errors": [{"message": "token expired"}]}, "token expired"),
            ({"error": {"code": 401}, "runs": None}, '"code":401'),
            ({"ok": False, "error": "invalid_auth", "runs": []}, "invalid_auth"),
            ({"Success": False, "runs": []}, '"Success":false'),
            ({"timed_out": True, "took": 9, "runs": []}, '"timed_out":true'),
            (
                {
                    "_shards": {"total": 2, "failed": 1, "failures": [{"reason": "Data too large"}]},
                    "runs": [],
                },
                "Data too large",
            ),
            ({"incomplete_results": True, "runs": []}, '"incomplete_results":true'),
        ],
        ids=["errors", "object", "ok", "success", "late", "shards", "incomplete"],
    )
    async def test_error_beside_no_items(
        self, serve: Serve, clients: Clients, body: dict[str, Any], said: str
    ) -> None:
        """Is an error, and not a list with nothing in it."""
        done = await look(settings(serve(lambda _: Reply(body)).url), clients)
        assert done.error is not None
        assert said in done.error.message
        assert done.batches == []

    @pytest.mark.parametrize(
        "body",
        [
            {"runs": [], "error": None, "errors": []},
            {"runs": None, "error": "", "ok": True},
            {"runs": [], "error": 0, "errors": {}, "success": True},
            {
                "runs": [],
                "timed_out": False,
                "_shards": {"total": 1, "failed": 0},
                "incomplete_results": False,
            },
        ],
    )
    async def test_no_error_beside_no_items(self, serve: Serve, clients: Clients, body: object) -> None:
        """An error's key that holds none says that all went well."""
        done = await look(settings(serve(lambda _: Reply(body)).url), clients)
        assert (done.error, done.runs) == (None, [])

    async def test_where_lists_stand_is_said_where_nothing_failed(
        self, serve: Serve, clients: Clients
    ) -> None:
        """Words about how complete an answer is are no error where it is."""
        body = {"timed_out": False, "_shards": {"total": 1, "failed": 0}, "hits": {"hits": []}}
        done = await look(settings(serve(lambda _: Reply(body)).url), clients)
        assert done.error is not None
        assert "lists stand at hits.hits" in done.error.message

    @pytest.mark.parametrize(
        "beside",
        [
            {"errors": ["one shard is down"]},
            {"_shards": {"total": 2, "failed": 1, "failures": [{"reason": "one shard is down"}]}},
        ],
        ids=["errors", "shards"],
    )
    async def test_error_beside_items(self, serve: Serve, clients: Clients, beside: dict[str, Any]) -> None:
        """What came is taken and the error told; the mark stays, for items that did not come."""
        server = serve(lambda _: Reply({"runs": [item(1)], **beside}))
        done = await look(settings(server.url, cursor={"field": "at"}), clients)
        assert (done.error, done.ids) == (None, ["r1"])
        assert ["one shard is down" in problem.message for problem in done.problems] == [True]
        assert (done.kinds, done.cursor.get("mark")) == ({"partial_answer"}, None)

    async def test_list_keyed_by_id(self, serve: Serve, clients: Clients) -> None:
        """Where the id stands in the key alone, `items` of JMESPath's community edition brings it along."""
        keyed = {item(number)["id"]: {**item(number), "id": None} for number in range(2)}
        done = await look(
            settings(
                serve(lambda _: Reply({"runs": keyed})).url,
                records="items(runs)[*].{id: [0], run: [1]}",
                fields={"external_id": "id", "status": "run.state", "started_at": "run.start"},
            ),
            clients,
        )
        assert (done.ids, done.kinds) == (["r0", "r1"], set())

    @pytest.mark.parametrize("records", ["errors", "errors[]", "errors[?key]"])
    async def test_errors_that_are_read_are_records(
        self, serve: Serve, clients: Clients, records: str
    ) -> None:
        """A list of failed records beside the items may be called so."""
        server = serve(lambda _: Reply({"runs": [], "errors": [{"key": "7"}]}))
        failed = {"records": records, "fields": {"record_key": "key"}}
        done = await look(settings(server.url, failed_records=failed), clients)
        assert done.error is None
        assert [one.record_key for batch in done.batches for one in batch.failed_records] == ["7"]

    async def test_login_page_instead_of_json(self, serve: Serve, clients: Clients) -> None:
        """200, and HTML."""
        server = serve(lambda _: Reply("<html><title>Log in</title>", headers={"Content-Type": "text/html"}))
        done = await look(settings(server.url), clients)
        assert done.error is not None
        assert "login page" in done.error.message

    @pytest.mark.parametrize(
        ("status", "permanent"), [(401, True), (403, True), (404, True), (500, False), (408, False)]
    )
    async def test_refusals(self, serve: Serve, clients: Clients, status: int, permanent: bool) -> None:
        """With the status, and whether it can pass."""
        done = await look(settings(serve(lambda _: Reply({"m": "x"}, status)).url), clients)
        assert done.error is not None
        assert (str(status) in done.error.message, done.error.permanent) == (True, permanent)

    async def test_root_list_and_items_that_are_none(self, serve: Serve, clients: Clients) -> None:
        """`@` is the root; what is no object is counted and named, the others arrive."""
        server = serve(lambda _: Reply([item(1), "text", None, item(2)]))
        done = await look(settings(server.url, records="@"), clients)
        assert done.ids == ["r1", "r2"]
        assert [(problem.kind, problem.where) for problem in done.problems] == [
            ("bad_item", "item 2"),
            ("bad_item", "item 3"),
        ]

    async def test_item_without_an_id_is_told(self, serve: Serve, clients: Clients) -> None:
        """It is counted, and what could be mapped is named; the others arrive."""
        server = serve(lambda _: Reply({"runs": [{"uuid": "7", "state": "succeeded"}, item(1)]}))
        done = await look(settings(server.url), clients)
        assert (done.ids, done.kinds) == (["r1"], {"missing_id"})
        assert done.problems[0].message.endswith("map a field that it always has, of uuid, state")

    async def test_what_has_no_id_is_read_once_it_has_one(self, serve: Serve, clients: Clients) -> None:
        """While the id has another name the mark stays where it is, and no record of such a run stands without it."""
        served = [item(1)]
        server = serve(by_offset(served))
        given = settings(
            server.url,
            request={"params": {"since": "{since}"}},
            pages={"by": "offset"},
            cursor={"field": "at"},
            lookback="0s",
            failed_records={"records": "errors", "fields": {"record_key": "key"}},
        )
        first = await look(given, clients)
        later = [item(n, errors=[{"key": f"E{n}"}]) for n in (200, 201)]
        served += [{**{k: v for k, v in one.items() if k != "id"}, "run_id": one["id"]} for one in later]
        renamed = await look(given, clients, first.cursor)
        assert "missing_id" in renamed.kinds
        assert "no_mark" not in renamed.kinds
        assert [one for batch in renamed.batches for one in batch.failed_records] == []
        served[1:] = later
        back = await look(given, clients, renamed.cursor)
        assert {"r200", "r201"} <= set(back.ids)
        records = [one for batch in back.batches for one in batch.failed_records]
        assert [(one.record_key, one.run_external_id) for one in records] == [
            ("E200", "r200"),
            ("E201", "r201"),
        ]

    async def test_unknown_word_is_unknown(self, serve: Serve, clients: Clients) -> None:
        """Never guessed."""
        server = serve(lambda _: Reply({"runs": [item(1, "DONE"), item(2, "weird")]}))
        done = await look(settings(server.url, status_map={"done": "succeeded"}), clients)
        assert [run.status for run in done.runs] == [RunStatus.SUCCEEDED, RunStatus.UNKNOWN]
        assert done.kinds == {"unmapped_status"}


async def test_long_list_comes_in_parts(serve: Serve, clients: Clients) -> None:
    """Each stored for itself; the mark moves with the last one only."""
    server = serve(lambda _: Reply({"runs": [item(number % 100, id=f"n{number}") for number in range(6000)]}))
    clients.manners = replace(clients.manners, body_bytes=10_000_000, read=timedelta(seconds=5))
    done = await look(settings(server.url, cursor={"field": "at"}), clients)
    assert [len(batch.runs) for batch in done.batches] == [5000, 1000]
    assert ["mark" in batch.cursor for batch in done.batches] == [False, True]
    assert len(server.seen) == 1


class TestValidators:
    """A server that can say "nothing changed" is asked to."""

    async def test_unchanged_list_is_not_read_again(self, serve: Serve, clients: Clients) -> None:
        """By ETag; when it changes it is read."""
        version = ["v1"]

        def answer(seen: Seen) -> Reply:
            if seen.headers.get("if-none-match") == version[0]:
                return Reply(status=304)
            return Reply({"runs": [item(1, note=version[0])]}, headers={"ETag": version[0]})

        given = settings(serve(answer).url)
        first = await look(given, clients)
        second = await look(given, clients, first.cursor)
        version[0] = "v2"
        third = await look(given, clients, second.cursor)
        assert (first.ids, second.ids, third.ids) == (["r1"], [], ["r1"])
        assert second.cursor == first.cursor

    @pytest.mark.parametrize(("age", "asked"), [(5, True), (1, False)])
    async def test_time_of_change_is_used_once_it_is_sure(
        self, serve: Serve, clients: Clients, age: int, asked: bool
    ) -> None:
        """A change within the same second would be missed for ever."""
        headers = {
            "Last-Modified": "Tue, 24 Nov 2026 13:00:00 GMT",
            "Date": f"Tue, 24 Nov 2026 13:00:0{age} GMT",
        }
        server = serve(lambda _: Reply({"runs": []}, headers=headers))
        given = settings(server.url)
        first = await look(given, clients)
        await look(given, clients, first.cursor)
        assert ("if-modified-since" in server.seen[1].headers) is asked


class TestDetail:
    """One more call for each failed run."""

    def given(self, url: str, **more: Any) -> Any:
        detail = {
            "when": "failed",
            "request": {
                "url": f"{url}/jobs/{{job}}/runs/{{external_id}}/tasks",
                "params": {"run": "{external_id}"},
            },
            "fields": {"error_message": "tasks[?state=='failed'] | [0].error"},
            **more,
        }
        return settings(url, detail=detail, fields={"external_id": "id", "job": "job", "status": "state"})

    def answer(self, runs: list[dict[str, Any]]) -> Answer:
        def answer(seen: Seen) -> Reply:
            if seen.path == "/runs":
                return Reply({"runs": runs})
            return Reply(
                {"tasks": [{"state": "success"}, {"state": "failed", "error": f"no {seen.query['run']}"}]}
            )

        return answer

    async def test_failed_runs_only_with_ids_as_one_segment(self, serve: Serve, clients: Clients) -> None:
        """Slashes, colons and plus signs of an id do not break the path, nor are they encoded twice."""
        odd = "manual__2026-11-24T13:30:42+00:00/a b?ä%20{x}"
        runs = [item(1, "failed", job="j/1", id=odd), item(2, job="j"), item(3, "running", job="j")]
        server = serve(self.answer(runs))
        done = await look(self.given(server.url), clients)
        assert {run.external_id: run.error_message for run in done.runs} == {
            odd: f"no {odd}",
            "r2": None,
            "r3": None,
        }
        encoded = "manual__2026-11-24T13%3A30%3A42%2B00%3A00%2Fa%20b%3F%C3%A4%2520%7Bx%7D"
        assert server.seen[1].path == f"/jobs/j%2F1/runs/{encoded}/tasks"
        assert server.seen[1].query == {"run": odd}

    async def test_every_run_that_ended_where_the_list_does_not_tell_enough(
        self, serve: Serve, clients: Clients
    ) -> None:
        """Its counts and times stand in the detail alone; what goes on is asked about when it is over."""
        runs = [{"id": "a", "state": "succeeded"}, {"id": "b", "state": "running"}]

        def answer(seen: Seen) -> Reply:
            if seen.path == "/runs":
                return Reply({"runs": runs})
            return Reply({"rows": 3, "bad": 1, "end": item(1)["end"]})

        server = serve(answer)
        given = settings(
            server.url,
            fields={"external_id": "id", "status": "state"},
            detail={
                "when": "ended",
                "request": {"url": f"{server.url}/runs/{{external_id}}"},
                "fields": {"records_read": "rows", "records_failed": "bad", "finished_at": "end"},
            },
        )
        first = await look(given, clients)
        runs[1]["state"] = "failed"
        second = await look(given, clients, first.cursor)
        assert [(run.external_id, run.records_failed) for run in first.runs] == [("b", None), ("a", 1)]
        assert [(run.external_id, run.records_failed) for run in second.runs] == [("b", 1)]
        assert [seen.path for seen in server.seen] == ["/runs", "/runs/a", "/runs", "/runs/b"]

    async def test_same_failure_is_not_asked_again(self, serve: Serve, clients: Clients) -> None:
        """Within lookback it is seen again and again: once is enough, unless it changed."""
        runs = [item(1, "failed", job="j"), item(2, job="j")]
        server = serve(self.answer(runs))
        given = self.given(server.url)
        first = await look(given, clients)
        second = await look(given, clients, first.cursor)
        assert (first.ids, second.ids) == (["r2", "r1"], ["r2"])
        runs[0]["job"] = "k"
        assert "r1" in (await look(given, clients, second.cursor)).ids
        assert [seen.path for seen in server.seen].count("/jobs/j/runs/r1/tasks") == 1

    async def test_bounded_and_going_on_next_time(self, serve: Serve, clients: Clients) -> None:
        """Two calls a poll: three polls for five failed runs, each told once with its message."""
        server = serve(self.answer([item(number, "failed", job="j") for number in range(5)]))
        given = self.given(server.url, max=2)
        cursor: Any = {}
        messages: dict[str, str | None] = {}
        truncated = []
        for _ in range(3):
            done = await look(given, clients, cursor)
            cursor = done.cursor
            messages |= {run.external_id: run.error_message for run in done.runs if run.error_message}
            truncated.append("truncated" in done.kinds)
        assert messages == {f"r{number}": f"no r{number}" for number in range(5)}
        assert truncated == [True, True, False]
        assert len(server.seen) == 3 + 5

    async def test_failing_detail_does_not_lose_the_run(self, serve: Serve, clients: Clients) -> None:
        """It arrives without, the failure is named, and it is asked for again."""
        well = False

        def answer(seen: Seen) -> Reply:
            if seen.path != "/runs" and not well:
                return Reply(status=500)
            return self.answer([item(1, "failed", job="j")])(seen)

        server = serve(answer)
        given = self.given(server.url)
        first = await look(given, clients)
        assert ([run.error_message for run in first.runs], first.kinds) == ([None], {"detail_failed"})
        well = True
        assert [run.error_message for run in (await look(given, clients, first.cursor)).runs] == ["no r1"]

    async def test_detail_that_has_nothing_to_say_is_no_fault(self, serve: Serve, clients: Clients) -> None:
        """A 204 is an answer: the run stays as the list has it, nothing is told, and it is asked once."""

        def answer(seen: Seen) -> Reply:
            return (
                self.answer([item(1, "failed", job="j")])(seen) if seen.path == "/runs" else Reply(status=204)
            )

        server = serve(answer)
        given = self.given(server.url)
        first = await look(given, clients)
        assert ([run.error_message for run in first.runs], first.kinds) == ([None], set())
        await look(given, clients, first.cursor)
        assert len(server.seen) == 3

    async def test_limit_reached_in_details_stops_the_poll(self, serve: Serve, clients: Clients) -> None:
        """What is known is kept; the rest is asked for when the source said."""
        runs = [item(number, "failed", job="j") for number in range(12)]

        def answer(seen: Seen) -> Reply:
            if seen.path != "/runs" and len(server.seen) > 6:
                return Reply(status=429, headers={"Retry-After": "60"})
            return self.answer(runs)(seen)

        server = serve(answer)
        given = self.given(server.url)
        first = await look(given, clients)
        assert first.error is not None
        assert first.error.retry_after == timedelta(seconds=60)
        assert len(first.ids) == 12
        server.answer = self.answer(runs)
        second = await look(given, clients, first.cursor)
        known = {run.external_id for run in [*first.runs, *second.runs] if run.error_message}
        assert len(known) == 12

    def test_another_host_is_a_configuration_error(self) -> None:
        """Credentials would go there."""
        with pytest.raises(ValidationError, match="another host"):
            settings(
                "https://one",
                detail={"request": {"url": "https://two/x"}, "fields": {"error_message": "m"}},
            )

    @pytest.mark.parametrize("name", ["id", "run_id", "each"])
    def test_a_placeholder_that_stands_for_nothing_is_a_configuration_error(self, name: str) -> None:
        """Braces and all it would be asked for, and answered with 404, for every run."""
        address = f"https://one/runs/{{{name}}}"
        with pytest.raises(ValidationError, match=rf"url has {{{name}}}.*use {{external_id}} or {{job}}"):
            settings("https://one", detail={"request": {"url": address}, "fields": {"error_message": "m"}})


class TestFailedRecords:
    """Lists of failed records, inside runs or beside them."""

    FIELDS: ClassVar[dict[str, str]] = {
        "record_key": "id",
        "entity": "type",
        "error_code": "code",
        "error_message": "message",
        "payload": "@",
    }
    ERROR: ClassVar[dict[str, Any]] = {
        "id": 7,
        "type": "user",
        "code": "E1",
        "message": "manager_id 9 does not exist",
    }

    async def test_inside_runs(self, serve: Serve, clients: Clients) -> None:
        """They belong to their run; expressions see the entry, `item` and `parent`."""
        server = serve(
            lambda _: Reply({"runs": [item(1, "failed", errors=[self.ERROR], trace="t-1"), item(2)]})
        )
        fields = {**self.FIELDS, "root_key": "parent.trace", "operation": "item.code"}
        done = await look(
            settings(server.url, failed_records={"records": "errors", "fields": fields}), clients
        )
        (record,) = done.batches[0].failed_records
        assert (record.record_key, record.entity, record.error_code) == ("7", "user", "E1")
        assert (record.run_external_id, record.root_key, record.operation) == ("r1", "t-1", "E1")
        assert record.payload == msgspec.json.encode(self.ERROR).decode()

    async def test_beside_runs(self, serve: Serve, clients: Clients) -> None:
        """A list in the answer itself."""
        server = serve(lambda _: Reply({"runs": [item(1)], "errors": [self.ERROR, {"type": "user"}]}))
        done = await look(
            settings(server.url, failed_records={"records": "errors", "fields": self.FIELDS}), clients
        )
        assert [record.record_key for record in done.batches[0].failed_records] == ["7"]
        assert done.kinds == {"missing_key"}

    async def test_without_runs(self, serve: Serve, clients: Clients) -> None:
        """The list itself is of failed records."""
        server = serve(lambda _: Reply([self.ERROR]))
        given = settings(server.url, records="@", fields=None, failed_records={"fields": self.FIELDS})
        done = await look(given, clients)
        assert [record.record_key for record in done.batches[0].failed_records] == ["7"]


class TestSettings:
    """What cannot work is a configuration error, with its remedy."""

    @pytest.mark.parametrize(
        ("keys", "said"),
        [
            ({"fields": {"status": "state"}}, "no external_id"),
            ({"fields": None}, "brings nothing"),
            ({"brings": ["runs", "quotas"]}, "quotas, which rest does not"),
            ({"request": {"url": "https://{job}.example"}}, "placeholder in its host"),
            ({"auth": {"type": "beerer"}}, 'did you mean "bearer"'),
            ({"auth": {"type": "bearer", "token": "t\nx"}}, "line break"),
            ({"pages": {"by": "cursors", "next": "x"}}, 'did you mean "cursor"'),
            ({"status_map": {"ok": "success"}}, "is no run status"),
            (
                {"detail": {"request": {"url": "https://h/x"}, "fields": {"status": "s"}}},
                "which the list decides",
            ),
        ],
        ids=lambda value: "" if isinstance(value, dict) else value,
    )
    def test_refused(self, keys: dict[str, Any], said: str) -> None:
        """Each by name."""
        with pytest.raises(ValidationError, match=said):
            settings("https://h", **keys)
