"""The `prometheus` source reads every type of result, tells nothing from zero, and a wrong query from an outage."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors.exchange import Response
from collectors.http import Clients, HttpClient
from collectors.problems import Problems
from collectors.source import SourceContext
from collectors.sources._prometheus_answer import QueryError, answer_of
from collectors.sources._prometheus_calls import Rounding, minute_of, restored_carry, stored_carry, sums
from collectors.sources._prometheus_notes import miscounted, raw_counter, without_label
from collectors.sources._prometheus_settings import CallsQuery, PrometheusSettings, status_number
from collectors.sources.prometheus import collect
from core.errors import SourceError
from core.records import ApiCalls, Batch, BatchMode, Cursor, RunStatus, Side, StatusClass
from tests.collectors.collectors_server import Answer, Reply, Seen, Served
from tests.collectors.conftest import Hand

Serve = Callable[[Answer], Served]
RECORDED = Path(__file__).with_name("prometheus")
INCREASE = "sum by (code) (increase(http_requests_total[1m]))"
NOW = datetime(2026, 11, 24, 14, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def settings(url: str, *queries: dict[str, Any], **keys: Any) -> PrometheusSettings:
    base = {"type": "prometheus", "name": "api", "url": url, "queries": list(queries)}
    return PrometheusSettings.model_validate(base | keys)


def calls(query: str = INCREASE, status: str = "code", **keys: Any) -> dict[str, Any]:
    return {"brings": "calls", "query": query, "status": status, **keys}


def vector(*series: tuple[dict[str, str], Any], at: float | None = None) -> dict[str, Any]:
    when = NOW.replace(second=0).timestamp() if at is None else at
    result = [{"metric": labels, "value": [when, value]} for labels, value in series]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


class Look:
    def __init__(self, cursor: Cursor) -> None:
        self.batches: list[Batch] = []
        self.error: SourceError | None = None
        self.cursor = cursor

    @property
    def calls(self) -> list[ApiCalls]:
        return [call for batch in self.batches for call in batch.calls]

    @property
    def kinds(self) -> dict[str, int]:
        return {problem.kind: problem.count for batch in self.batches for problem in batch.problems}


async def look(
    given: PrometheusSettings, clients: Clients, cursor: Cursor | None = None, now: datetime = NOW
) -> Look:
    done = Look(json.loads(json.dumps(cursor or {})))
    ctx = SourceContext("erp", given.name, Side.TARGET, now, HttpClient(clients))
    try:
        async for batch in collect(given, done.cursor, ctx):
            done.batches.append(batch)
            done.cursor = batch.cursor
    except SourceError as error:
        done.error = error
    return done


async def test_a_recorded_vector_becomes_calls(serve: Serve, clients: Clients) -> None:
    """Class words are their hundred, labels are method and endpoint, and numbers are text."""
    served = serve(lambda _: Reply((RECORDED / "instant_counter.json").read_bytes()))
    query = calls("http_requests_total", "status", method="method", endpoint="handler", consumer="job")
    done = await look(settings(served.url, query), clients)
    assert (done.error, done.kinds) == (None, {"raw_counter": 1})
    found = {(call.endpoint, call.status): call.calls for call in done.calls}
    assert found == {
        ("/metrics", 200): 220, ("/orders/{i}", 200): 696, ("/orders/{i}", 400): 126, ("/orders/{i}", 500): 126,
    }  # fmt: skip
    assert {call.status_class for call in done.calls} == {
        StatusClass.SUCCESS, StatusClass.CLIENT_ERROR, StatusClass.SERVER_ERROR,
    }  # fmt: skip
    assert {(call.method, call.consumer) for call in done.calls} == {("GET", "orders-fastapi")}
    assert {call.minute for call in done.calls} == {datetime.fromtimestamp(1795527568, UTC).replace(second=0)}
    assert done.batches[0].mode is BatchMode.ABSOLUTE
    assert served.seen[0].query["time"] == str(int(NOW.replace(second=0).timestamp()))


@pytest.mark.parametrize(
    ("body", "kinds"),
    [("instant_nan.json", {}), ("instant_rate5xx_no_traffic.json", {"no_number": 1})],
)
async def test_nothing_and_nan_are_no_data(
    serve: Serve, clients: Clients, body: str, kinds: dict[str, int]
) -> None:
    """Never 0: an empty result silently, NaN counted."""
    served = serve(lambda _: Reply((RECORDED / body).read_bytes()))
    done = await look(settings(served.url, calls(status="5xx")), clients)
    assert (done.error, done.calls, done.kinds) == (None, [], kinds)


async def test_empty_is_zero_where_it_is_said_so(serve: Serve, clients: Clients) -> None:
    """Then the minute is known to have had no call; NaN is not known all the same."""
    served = serve(lambda _: Reply(vector()))
    done = await look(settings(served.url, calls(empty="zero")), clients)
    assert [(call.minute, call.calls) for call in done.calls] == [(NOW.replace(second=0) - MINUTE, 0)]
    served = serve(lambda _: Reply(vector(({}, "NaN"), ({}, "+Inf"), ({}, "-Inf"))))
    done = await look(settings(served.url, calls(empty="zero")), clients)
    assert (done.calls, done.kinds) == ([], {"no_number": 3})


async def test_a_recorded_matrix_of_rates_keeps_its_sum(serve: Serve, clients: Clients) -> None:
    """Fractions are carried from minute to minute: by status the whole is right to half a call."""
    body = json.loads((RECORDED / "range_rate.json").read_bytes())
    served = serve(lambda _: Reply(body))
    query = calls(
        "sum by (status) (rate(http_requests_total[1m]))", "status", per_second="yes", range={"step": "30s"}
    )
    done = await look(settings(served.url, query), clients)
    for series in body["data"]["result"]:
        status = status_number(series["metric"]["status"])
        whole = sum(call.calls for call in done.calls if call.status == status)
        assert abs(whole - 30 * sum(float(value) for _, value in series["values"])) <= 0.5
    assert len({(call.minute, call.status) for call in done.calls}) == len(done.calls)


async def test_exact_and_class_statuses_stand_side_by_side(serve: Serve, clients: Clients) -> None:
    """`5xx` counts with 500, a word that nobody mapped is no status and is said so."""
    served = serve(
        lambda _: Reply(
            vector(
                ({"code": "500"}, "2"),
                ({"code": "5xx"}, "3"),
                ({"code": "503"}, "1"),
                ({"code": "OK"}, "7"),
                ({"code": "Aborted"}, "1"),
            )
        )
    )
    done = await look(settings(served.url, calls(status_map={"ok": "2xx"})), clients)
    assert {call.status: call.calls for call in done.calls} == {500: 5, 503: 1, 200: 7, 0: 1}
    assert done.kinds == {"unmapped_status": 1}


@pytest.mark.parametrize(
    ("data", "number"),
    [
        ({"resultType": "scalar", "result": [1795527568, "4"]}, 4),
        ({"resultType": "string", "result": [1795527568.5, "6"]}, 6),
        ({"resultType": "vector", "result": [{"metric": {}, "value": [1795527568, 8]}]}, 8),
        ({"resultType": "matrix", "result": [{"metric": {}, "values": [[1795527568, "1e1"]]}]}, 10),
    ],
    ids=["scalar", "string", "vector", "matrix"],
)
async def test_every_type_of_result_is_read(
    serve: Serve, clients: Clients, data: dict[str, Any], number: int
) -> None:
    """Numbers as text or as numbers."""
    served = serve(lambda _: Reply({"status": "success", "data": data}))
    done = await look(settings(served.url, calls(status="200")), clients)
    assert [(call.status, call.calls) for call in done.calls] == [(200, number)]


@pytest.mark.parametrize(
    ("reply", "said", "permanent"),
    [
        (Reply((RECORDED / "err_parse.json").read_bytes(), 400), "unclosed left parenthesis; correct the query", True),
        (Reply((RECORDED / "err_parse.json").read_bytes(), 200), "correct the query", True),
        (Reply({"status": "error", "errorType": "execution", "error": "many-to-many"}, 422), "many-to-many", True),
        (Reply({"status": "error", "errorType": "422", "error": "unknown func"}, 422), "unknown func", True),
        (Reply({"status": "error", "errorType": "timeout", "error": "expression timed out"}, 503), "could not answer", False),
        (Reply({"status": "error", "errorType": "internal", "error": "tsdb"}, 500), "could not answer", False),
        (Reply("upstream is away", 502), "502", False),
        (Reply({"status": "error", "error": "no"}, 401), "401", True),
        (Reply("<html><title>Sign in</title></html>", 200), "login page", False),
        (Reply([1], 200), "none of Prometheus's", False),
        (Reply({"hello": 1}, 200), "without a result", False),
        (Reply({"status": "success", "data": {}}, 200), "without a result", False),
        (Reply("404 page not found", 404), "404", True),
        (Reply(drop=True), "", False),
    ],
    ids=str,
)  # fmt: skip
async def test_a_wrong_query_is_told_from_an_outage(
    serve: Serve, clients: Clients, reply: Reply, said: str, permanent: bool
) -> None:
    """The first needs a person, the second passes."""
    served = serve(lambda _: reply)
    done = await look(settings(served.url, calls()), clients)
    assert done.error is not None
    assert said in done.error.message
    assert done.error.permanent is permanent


async def test_a_refused_query_leaves_the_others_their_answers(serve: Serve, clients: Clients) -> None:
    """And is named at the end."""

    def answer(seen: Seen) -> Reply:
        if seen.query["query"] == "bad(":
            return Reply({"status": "error", "errorType": "bad_data", "error": "parse error"}, 400)
        return Reply(
            {**vector(({"code": "200"}, "3")), "warnings": ["half an answer"], "infos": ["no counter"]}
        )

    served = serve(answer)
    done = await look(settings(served.url, calls("bad(", name="first"), calls()), clients)
    assert [call.calls for call in done.calls] == [3]
    assert done.kinds == {"warning": 1, "info": 1}
    assert done.error is not None
    assert done.error.message.startswith("first: refused (400): bad_data: parse error")


def counting(value: Callable[[datetime], float]) -> Answer:
    """A Prometheus whose series has a value at every step."""

    def answer(seen: Seen) -> Reply:
        asked = seen.query
        start, end, step = float(asked["start"]), float(asked["end"]), float(asked["step"])
        times = [start + n * step for n in range(int((end - start) / step) + 1)]
        values = [[at, str(value(datetime.fromtimestamp(at, UTC)))] for at in times]
        return Reply(
            {
                "status": "success",
                "data": {"resultType": "matrix", "result": [{"metric": {"code": "200"}, "values": values}]},
            }
        )

    return answer


@pytest.mark.parametrize("lookback", ["0s", "5m", "12m"])
@pytest.mark.parametrize("step", ["30s", "1m"])
async def test_minutes_are_read_once_and_reread_alike(
    serve: Serve, clients: Clients, hand: Hand, lookback: str, step: str
) -> None:
    """Polls at odd times, with gaps: every minute is there, read again it has the same number, no drift."""
    per_minute = 2 if step == "30s" else 1

    def increase(at: datetime) -> float:
        return (0.3 + 0.137 * (at.minute % 7)) / per_minute

    served = serve(counting(increase))
    given = settings(served.url, calls(range={"since": "30m", "step": step, "lookback": lookback}))
    stored: dict[datetime, int] = {}
    cursor: Cursor = {}
    now = NOW
    for seconds in (0, 20, 61, 45, 600, 3600, 59, 130):
        now += timedelta(seconds=seconds)
        done = await look(given, clients, cursor, now)
        assert done.error is None
        cursor = done.cursor
        for call in done.calls:
            assert stored.setdefault(call.minute, call.calls) == call.calls
    first, last = min(stored), max(stored)
    assert (first, last) == (NOW.replace(second=0) - 30 * MINUTE, now.replace(second=0) - MINUTE)
    assert len(stored) == (last - first) // MINUTE + 1
    ends = [first + n * MINUTE / per_minute for n in range(1, len(stored) * per_minute + 1)]
    assert abs(sum(stored.values()) - sum(increase(end) for end in ends)) <= 0.5 + 1e-6


async def test_a_long_gap_is_asked_for_in_parts(serve: Serve, clients: Clients) -> None:
    """Prometheus refuses more than 11,000 values of a series."""
    served = serve(counting(lambda _: 1.0))
    clients.manners = type(clients.manners)(body_bytes=10_000_000)
    given = settings(served.url, calls(range={"since": "10d"}))
    done = await look(given, clients)
    assert len(served.seen) == 2
    assert sum(call.calls for call in done.calls) == 10 * 24 * 60


async def test_an_instant_query_carries_fractions_too(serve: Serve, clients: Clients) -> None:
    """Minute after minute; the same minute again is rounded alike."""
    served = serve(lambda seen: Reply(vector(({"code": "200"}, "0.4"), at=float(seen.query["time"]))))
    given = settings(served.url, calls())
    stored: dict[datetime, int] = {}
    cursor: Cursor = {}
    for n in range(20):
        done = await look(given, clients, cursor, NOW + timedelta(seconds=30 * n))
        cursor = done.cursor
        for call in done.calls:
            assert stored.setdefault(call.minute, call.calls) == call.calls
    assert len(stored) == 11
    assert sum(stored.values()) == round(0.4 * len(stored))


async def test_runs_come_from_labels_and_values(serve: Serve, clients: Clients) -> None:
    """Each series is a run; the value may be its status, its time or its id."""
    served = serve(
        lambda _: Reply(
            vector(
                ({"job_name": "load", "run": "7"}, "1"),
                ({"job_name": "load", "run": "8"}, "0"),
                ({"job_name": "load", "run": "9"}, "5"),
            )
        )
    )
    query = {
        "brings": "runs", "query": "job_state", "status_map": {"1": "succeeded", "0": "failed"},
        "fields": {"external_id": "run", "job": "labels.job_name", "status": "value", "finished_at": "time"},
    }  # fmt: skip
    done = await look(settings(served.url, query), clients)
    runs = done.batches[0].runs
    assert [(run.job, run.external_id, run.status) for run in runs] == [
        ("load", "7", RunStatus.SUCCEEDED), ("load", "8", RunStatus.FAILED), ("load", "9", RunStatus.UNKNOWN),
    ]  # fmt: skip
    assert runs[0].finished_at == NOW.replace(second=0)
    assert done.kinds == {"unmapped_status": 1}


@pytest.mark.parametrize(
    ("keys", "limit", "remaining", "used"),
    [
        ({"limit": "100"}, 100, 40, 0.6),
        ({"limit": "the_limit"}, 200, 40, 0.8),
        ({"limit": "100", "value": "used"}, 100, 60, 0.4),
        ({}, None, 40, None),
    ],
)
async def test_quotas_are_read(
    serve: Serve, clients: Clients, keys: dict[str, Any], limit: Any, remaining: float, used: Any
) -> None:
    """What is left, or used, of a limit that is written or asked for."""

    def answer(seen: Seen) -> Reply:
        if seen.query["query"] == "the_limit":
            return Reply(vector(({"api": "core", "__name__": "l"}, "200"), ({"api": "x"}, "1")))
        return Reply(vector(({"api": "core", "__name__": "r"}, "40")))

    served = serve(answer)
    done = await look(
        settings(served.url, {"brings": "quota", "query": "left", "quota": "api", "scope": "k", **keys}),
        clients,
    )
    reading = done.batches[0].quotas[0]
    assert (reading.scope, reading.quota, reading.limit, reading.remaining) == ("k", "core", limit, remaining)
    assert reading.used_ratio == (None if used is None else pytest.approx(used))
    assert reading.observed_at == NOW


async def test_a_used_ratio_is_a_quota_of_one(serve: Serve, clients: Clients) -> None:
    """Without a limit the part used is all there is."""
    served = serve(lambda _: Reply(vector(({}, "0.75"))))
    done = await look(
        settings(served.url, {"brings": "quota", "query": "used", "value": "used_ratio"}), clients
    )
    assert done.batches[0].quotas[0].used_ratio == pytest.approx(0.75)


async def test_other_integrations_series_are_passed_over(serve: Serve, clients: Clients) -> None:
    """Where a label names the integration, or `where` says so."""
    body = vector(({"code": "200", "integration": "erp"}, "1"), ({"code": "200", "integration": "crm"}, "5"))
    served = serve(lambda _: Reply(body))
    done = await look(settings(served.url, calls(integration="integration")), clients)
    assert [call.calls for call in done.calls] == [1]
    done = await look(settings(served.url, calls(where="integration == 'crm'")), clients)
    assert [call.calls for call in done.calls] == [5]


async def test_a_series_that_names_no_integration_is_told_and_nobodys(serve: Serve, clients: Clients) -> None:
    """Each is counted; the others are read."""
    body = vector(
        ({"code": "200", "app": "erp"}, "1"), ({"code": "200"}, "5"), ({"code": "500", "app": ""}, "7")
    )
    served = serve(lambda _: Reply(body))
    done = await look(settings(served.url, calls(integration="app")), clients)
    assert ([call.calls for call in done.calls], done.kinds) == ([1], {"missing_label": 2})


async def test_labels_that_are_not_there_are_told(serve: Serve, clients: Clients) -> None:
    """That of the status for each series, the others where no series has them."""
    served = serve(lambda _: Reply(vector(({"route": "/a"}, "1"), ({"code": "200"}, "2"))))
    done = await look(settings(served.url, calls(endpoint="route", consumer="client")), clients)
    assert sorted((call.status, call.endpoint, call.calls) for call in done.calls) == [
        (0, "/a", 1),
        (200, "", 2),
    ]
    assert done.kinds == {"missing_label": 1, "label_not_found": 1}


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("code", "code"),
        ("http.route", '"http.route"'),
        ("код", '"код"'),
        ('a"b', r'"a\"b"'),
        ("1st", '"1st"'),
    ],
)
def test_a_label_is_written_as_promql_takes_it(label: str, written: str) -> None:
    """Names of OpenTelemetry have dots: bare, the query is refused."""
    assert f"sum by ({written}) (" in without_label(label)


@pytest.mark.parametrize(("partial", "kinds"), [(True, {"partial_answer": 1}), (False, {})])
async def test_half_an_answer_is_told(
    serve: Serve, clients: Clients, partial: bool, kinds: dict[str, int]
) -> None:
    """VictoriaMetrics gives what the storages that are there have, and says so beside it."""
    served = serve(lambda _: Reply({**vector(({"code": "200"}, "3")), "isPartial": partial}))
    done = await look(settings(served.url, calls()), clients)
    assert ([call.calls for call in done.calls], done.kinds) == ([3], kinds)


@pytest.mark.parametrize(
    ("query", "counter"),
    [
        ("http_requests_total", "http_requests_total"), ("sum by (code) (http_requests_total{job=\"a_total\"})", "http_requests_total"),
        ("request_duration_seconds_count / 2", "request_duration_seconds_count"), ("increase(http_requests_total{a=\"b\"}[1m])", None),
        ("sum(rate(http_requests_total [5m])) by (a_total)", None), ("job:http_requests_total:increase1m", None),
        ("http_requests_total - http_requests_total offset 1m", None), ("histogram_count(increase(duration_seconds[1m]))", None),
    ],
)  # fmt: skip
def test_a_counter_is_told_by_its_name(query: str, counter: str | None) -> None:
    """Where no function of a range is applied to it; texts, labels and recording rules are none."""
    assert raw_counter(query, []) == counter


async def test_a_raw_counter_is_noted_with_the_remedy(serve: Serve, clients: Clients) -> None:
    """Calls and used parts of a limit; the answer's own name tells it too, and nothing is withheld."""
    served = serve(lambda _: Reply(vector(({"__name__": "x_total", "code": "200"}, "9"))))
    done = await look(settings(served.url, calls("x")), clients)
    assert ([call.calls for call in done.calls], done.kinds) == ([9], {"raw_counter": 1})
    assert "increase(x_total[1m])" in done.batches[0].problems[0].message
    used = {"brings": "quota", "query": "calls_total / limit", "value": "used_ratio"}
    assert (await look(settings(served.url, used), clients)).kinds == {"raw_counter": 1}
    assert (await look(settings(served.url, used | {"value": "remaining"}), clients)).kinds == {}


@pytest.mark.parametrize(
    ("query", "keys", "said"),
    [
        (INCREASE, {}, None), ("sum(rate(x_total[5m]))", {}, "write increase()"), ("sum(rate(x_total[5m]))", {"per_second": True}, None),
        ("sum(rate(x_total[5m])) * 60", {}, None), (INCREASE, {"per_second": True}, "leave per_second out"),
        ("increase(x_total[5m])", {}, "write [60s], or divide: … * 60 / 300"), ("increase(x_total[5m])", {"range": {"step": "5m"}}, None),
        ("increase(x_total[5m]) / 5", {}, None), ("irate(x_total[1m])", {}, "write increase()"),
    ],
)  # fmt: skip
def test_a_query_that_gives_other_numbers_than_calls_is_told(
    query: str, keys: dict[str, Any], said: str | None
) -> None:
    """Per second taken for calls, and the other way about; windows that overlap."""
    found = miscounted(CallsQuery.model_validate(calls(query, **keys)))
    assert (found is None) if said is None else (found is not None and said in found)


async def test_of_several_series_of_one_limit_the_nearest_to_its_end_is_kept(
    serve: Serve, clients: Clients
) -> None:
    """And the others are counted."""
    served = serve(lambda _: Reply(vector(({"k": "a"}, "7"), ({"k": "b"}, "3"), ({"k": "c"}, "5"))))
    done = await look(settings(served.url, {"brings": "quota", "query": "left", "quota": "api"}), clients)
    assert [one.remaining for one in done.batches[0].quotas] == [3]
    assert done.kinds == {"same_limit": 2}


@pytest.mark.parametrize(
    "path", ["", "/", "/api/v1", "/api/v1/query", "/prom/", "/prom/api/v1/", "/graph", "/prom/graph"]
)
async def test_the_address_may_be_written_in_many_ways(serve: Serve, clients: Clients, path: str) -> None:
    """With or without the API's own path; headers and parameters go along."""
    served = serve(lambda _: Reply(vector()))
    await look(
        settings(served.url + path, calls(), headers={"X-Scope-OrgID": "a"}, params={"dedup": "true"}),
        clients,
    )
    assert served.seen[0].path == ("/prom" if "prom" in path else "") + "/api/v1/query"
    assert served.seen[0].headers["x-scope-orgid"] == "a"
    assert served.seen[0].query["dedup"] == "true"
    assert served.seen[0].query["query"] == INCREASE


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"brings": "calls", "query": "x"}, "status"),
        ({"brings": "call", "query": "x"}, 'did you mean "calls"?'),
        ({"query": "x"}, "has no brings"),
        (calls(empty="none"), "no_data"),
        (calls(range={"step": "45s"}), "a part of a minute"),
        (calls(status_map={"a": "b"}), "write a status such as 200"),
        ({"brings": "runs", "query": "x", "fields": {"status": "value"}}, "has no external_id"),
        ({"brings": "quota", "query": "x", "value": "used"}, "without limit"),
        ({"brings": "quota", "query": "x", "status": "code"}, "Extra inputs"),
    ],
)
def test_a_wrong_configuration_says_what_to_write(query: dict[str, Any], said: str) -> None:
    """Each kind of query takes its own keys."""
    with pytest.raises(ValidationError) as raised:
        settings("http://h:9090", query)
    assert said in str(raised.value) + repr(raised.value.errors())


SECONDS = st.one_of(st.floats(), st.integers(), st.text(max_size=5), st.none())
NUMBERS = st.one_of(
    st.floats().map(str),
    st.integers().map(str),
    st.sampled_from(["NaN", "+Inf", "-Inf", ""]),
    st.text(max_size=5),
    st.none(),
    st.booleans(),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["metric", "value", "values", "histogram", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
PAIRS = st.one_of(st.tuples(SECONDS, NUMBERS), JSON)
RESULTS = st.one_of(
    JSON,
    st.lists(
        st.one_of(
            JSON,
            st.fixed_dictionaries({"metric": JSON, "value": PAIRS}),
            st.fixed_dictionaries({"metric": JSON, "values": st.lists(PAIRS, max_size=4)}),
        )
    ),
)
BODIES = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {"status": st.sampled_from(["success", "error", None])},
        optional={
            "data": st.fixed_dictionaries({"resultType": st.sampled_from(["vector", "matrix", "scalar", "string", "x"]), "result": RESULTS}),
            "errorType": st.one_of(st.sampled_from(["bad_data", "timeout"]), JSON), "error": JSON, "warnings": JSON, "infos": JSON,
        },
    ),
)  # fmt: skip


@given(BODIES, st.sampled_from([200, 400, 404, 422, 500, 503]))
def test_no_body_breaks_the_reader(body: Any, status: int) -> None:
    """Whatever is answered is samples, problems, or the one declared error; every sample is finite."""
    response = Response(status, (), json.dumps(body).encode(), "http://h/api/v1/query", NOW, 0.1)
    problems = Problems()
    try:
        answer = answer_of(response, "query 1", problems)
    except QueryError:
        return
    query = CallsQuery.model_validate(calls())
    found = sums(query, answer.samples, 60, "query 1", problems)
    assert all(isinstance(one.value, str) or math.isfinite(one.value) for one in answer.samples)
    for minute in sorted(found):
        assert all(call.calls >= 0 for call in Rounding({}).calls(minute, found[minute]))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.integers(0, 200))
def test_rounding_never_drifts(values: list[float], cut: int) -> None:
    """After any number of minutes the sum is right to half a call, also through a cursor half-way."""
    kind = (500, "c\x1f", "GET", "/a")
    whole, rounding = 0, Rounding({})
    for number, value in enumerate(values):
        if number == cut:
            rounding = Rounding(restored_carry(json.loads(json.dumps(stored_carry(rounding.carry())))))
        whole += sum(call.calls for call in rounding.calls(NOW, {kind: value}))
        assert abs(whole - sum(values[: number + 1])) <= 0.5 + 1e-3


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_value_counts_for_the_minute_that_ends_at_it(at: datetime) -> None:
    """Or that holds it."""
    minute = minute_of(at)
    assert minute < at <= minute + MINUTE
    assert (minute.second, minute.microsecond) == (0, 0)
