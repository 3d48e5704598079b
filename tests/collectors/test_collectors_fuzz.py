"""Whatever a system answers or a log holds, it is read or refused as declared: nothing else escapes."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.bodies import BodyError, items_of
from collectors.event_fields import EventError
from collectors.event_kinds import KINDS
from collectors.events import read_event
from collectors.exchange import Response
from collectors.expressions import compile_expression
from collectors.files.entries import beginning, together
from collectors.files.formats import BadLine
from collectors.files.wrapping import Wrapping, unwrapped
from collectors.problems import Problems
from collectors.sources._access_log_settings import AccessLogSettings
from collectors.sources._prometheus_answer import answer_of
from collectors.sources._prometheus_calls import sums
from collectors.sources._prometheus_records import quotas_of, runs_of
from collectors.sources._prometheus_settings import CallsQuery, QuotaQuery, RunsQuery
from collectors.sources._quota_body import quotas_in
from collectors.sources._rest_body import body_of, list_in
from collectors.sources._rest_parse import PageReader
from collectors.sources._rest_settings import RestSettings
from collectors.sources.access_log import batches as access_batches
from collectors.sources.log_file import batches as log_batches
from collectors.times import Hints, parse_time
from collectors.times_spoken import DateOrder
from core.errors import SourceError
from core.records import Batch
from tests.collectors.collectors_fuzz import NOW, arrived, dumped, fuzzed, item_of, scalars, values, words
from tests.collectors.test_collectors_log_file import settings_of as log_settings

FIELDS = {
    "external_id": "id", "job": "job", "status": "state", "started_at": "start", "finished_at": "end",
    "duration_seconds": "took", "records_read": "n", "records_failed": "bad", "bytes": "size", "attempt": "try",
    "error_code": "code", "error_message": "err", "url": "url", "trigger": "by",
}  # fmt: skip
LISTS = {
    "failed_records": {"records": "errors", "fields": {"record_key": "id", "error_message": "err", "occurred_at": "at", "payload": "@"}},
    "record_events": {"records": "events", "fields": {"event_id": "id", "record_key": "key", "at": "at", "status": "code", "step": "what", "outcome": "err"}},
    "counts": {"records": "counts", "fields": {"entity": "what", "count": "n"}},
}  # fmt: skip
run_items = item_of("id", "job", "state", "start", "end", "took", "n", "bad", "size", "try", "code", "err", "url",
                    "by", "errors", "events", "counts", "at")  # fmt: skip
inner_items = item_of("id", "err", "at", "key", "code", "what", "n")
UTC = ZoneInfo("UTC")


def answer(body: bytes, status: int = 200) -> Response:
    return Response(status, (("content-type", "application/json"),), body, "http://127.0.0.1/x", NOW, 0.1)


@given(scalars | words, st.sampled_from([None, "dmy", "mdy"]), st.booleans())
@fuzzed
def test_any_time_is_an_instant_nothing_or_a_value_error(
    value: object, order: DateOrder | None, near: bool
) -> None:
    """An aware instant, or None for nothing."""
    with suppress(ValueError):
        at = parse_time(value, UTC, Hints((lambda: NOW) if near else None, order))
        assert at is None or at.utcoffset() is not None


@given(
    st.binary(max_size=60)
    | st.fixed_dictionaries(
        {"runs": st.lists(run_items | values, max_size=4) | values},
        optional={"errors": st.lists(inner_items), "events": st.lists(inner_items), "counts": values},
    ).map(dumped)
    | values.map(dumped)
)
@fuzzed
def test_any_body_is_read_or_a_source_error(body: bytes) -> None:
    """Runs, failed records, events and counts of a `rest` answer, to what would be stored."""
    given_ = {"type": "rest", "name": "api", "request": {"url": "http://x/"}, "records": "runs", "fields": FIELDS,
              "cursor": {"field": "at"}, "status_map": {"ok": "succeeded"}, **LISTS}  # fmt: skip
    settings = RestSettings.model_validate(given_)
    problems = Problems()
    with suppress(SourceError):
        response = answer(body)
        read = body_of(response)
        items = list_in(response, read, compile_expression("runs"), "runs")
        reader = PageReader(settings, NOW)
        for one in items:
            reader.identity(one)
        reading = reader.read(items, 1, problems, read)
        reader.read_beside(read, reading, problems)
        found = reading.lists
        arrived(Batch(cursor={}, runs=reading.runs, failed_records=found.failed_records,
                      record_events=found.record_events, counts=found.counts, problems=problems.take()))  # fmt: skip


def lines_read(content: bytes, name: str, read: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        for batch in read(path):
            arrived(batch)


pieces = st.sampled_from(
    [b'"', b"\\", b"=", b" ", b"{", b"}", b"[", b"]", b":", b",", b"\n", b"\r\n", b"\x00", b"\xff", b"\xef\xbb\xbf",
     b"\xff\xfe", b"id=1", b"state=ok", b'"id"', b"\\u0000", b"\\ud800", b"1e999", "ё".encode(), b"start=24/Nov/2026"]
)  # fmt: skip
lines = st.lists(st.binary(max_size=40) | run_items.map(dumped) | st.lists(pieces, max_size=12).map(b"".join),
                 max_size=6).map(b"\n".join)  # fmt: skip


carried = st.sampled_from(
    [b"2026-11-24T13:00:00.1Z stdout F ", b"2026-11-24T13:00:00.1Z stderr P ", b'{"log": "', b'\\n"}', b'"}', b"<13>Nov  4 13:00:00 h s: ",
     b"<165>1 - - - - - ", b"[a b=\"", b"]", b'{"MESSAGE": ', b"[1, 300, -1]", b"null}", b"}"]
)  # fmt: skip


@given(
    st.lists(st.lists(carried | pieces, max_size=6).map(b"".join), max_size=5),
    st.sampled_from(get_args(Wrapping)),
)
@fuzzed
def test_any_lines_are_unwrapped_one_by_one(lines: list[bytes], wrapping: Wrapping) -> None:
    """Each line has its place after as before, and entries of several lines have theirs."""
    found = unwrapped(lines, wrapping)
    assert len(found) == len(together(found, beginning("[a-z]"))) == len(lines)


@pytest.mark.parametrize("notation", ["jsonl", "logfmt", "csv", "regex"])
def test_any_log_is_read_line_by_line(notation: str) -> None:
    """Every notation of `log_file`, to what would be stored: a bad line is a problem, never an error."""
    more: dict[str, Any] = {"format": notation, "settle": None}
    if notation == "regex":
        more["pattern"] = r"(?P<id>\S+) (?P<state>\w+) ?(?P<start>.*)"
        more["fields"] = {"external_id": "id", "status": "state", "started_at": "start"}

    @given(lines)
    @fuzzed
    def any_lines(content: bytes) -> None:
        lines_read(content, "sync.log", lambda path: log_batches(log_settings(path, **more), {}, NOW))

    any_lines()


@pytest.mark.parametrize("notation", ["combined", "json", "regex"])
def test_any_access_log_is_counted_line_by_line(notation: str) -> None:
    """Every notation of `access_log`: a call or a bad line."""
    more: dict[str, Any] = {"type": "access_log", "name": "gate", "format": notation}
    if notation == "regex":
        more["pattern"] = r"(?P<time>\S+) (?P<status>\S+) ?(?P<request>.*) (?P<request_time>\S+)$"
    json_items = item_of(
        "time", "status", "request", "method", "uri", "request_time", "remote_user", "time_local"
    )
    combined = st.from_regex(
        rb'\A\S* - .{0,5} \[24/Nov/2026:13:3.:5[0-9] \+.{0,4}\] "(GET |POST)?.{0,30}" [0-9-]{1,4} [0-9-]{1,4}.{0,20}\Z'
    )
    some = json_items.map(dumped) if notation == "json" else combined
    whole = st.lists(st.binary(max_size=60) | some, max_size=5).map(b"\n".join)

    @given(whole)
    @fuzzed
    def any_lines(content: bytes) -> None:
        settings = {**more}

        def read(path: Path) -> Any:
            return access_batches(AccessLogSettings.model_validate({**settings, "path": str(path)}), {}, NOW)

        with suppress(BadLine):
            lines_read(content, "access.log", read)

    any_lines()


def prometheus_body(kind: object, result: object) -> object:
    return {"status": "success", "data": {"resultType": kind, "result": result}, "warnings": ["w"]}


pairs = st.tuples(scalars, scalars).map(list) | values
series = st.fixed_dictionaries(
    {}, optional={"metric": st.dictionaries(st.sampled_from(["code", "id", "state"]), scalars, max_size=3) | values,
                  "value": pairs, "values": st.lists(pairs, max_size=3) | values, "histogram": values}
)  # fmt: skip
prometheus_answers = st.builds(
    prometheus_body, st.sampled_from(["vector", "matrix", "scalar", "string"]) | scalars,
    st.lists(series | values, max_size=3) | pairs | values,
)  # fmt: skip


@given(prometheus_answers | values, st.sampled_from([200, 200, 400, 422, 503]))
@fuzzed
def test_any_answer_of_prometheus_is_samples_or_a_query_error(body: object, status: int) -> None:
    """And samples make calls, runs and quotas, or problems."""
    problems = Problems()
    try:
        found = answer_of(answer(dumped(body), status), "q", problems)
    except SourceError:
        return
    calls = CallsQuery.model_validate({"brings": "calls", "query": "q", "status": "code"})
    sums(calls, found.samples, 60.0, "q", problems)
    runs = {
        "brings": "runs",
        "query": "q",
        "fields": {"external_id": "id", "status": "state", "started_at": "value"},
    }
    made = runs_of(RunsQuery.model_validate(runs), found.samples, "q", problems)
    arrived(Batch(cursor={}, runs=made, problems=problems.take()))
    quota = QuotaQuery.model_validate({"brings": "quotas", "query": "q", "limit": "100", "value": "used"})
    quotas_of(quota, found.samples, (), "scope", NOW, "q", problems)


@given(values, st.sampled_from(["core", "@"]))
@fuzzed
def test_any_limit_in_a_body_is_read_or_none(found: object, quota: str) -> None:
    """Readings with numbers of usual size."""
    for one in quotas_in(found, scope="s", quota=quota, observed_at=NOW, answered_at=NOW, limited=False):
        assert one.limit is None or abs(one.limit) < float("inf")


events = st.fixed_dictionaries(
    {"kind": st.sampled_from(sorted(KINDS)), "id": words},
    optional={name: scalars | values for kind in KINDS.values() for name in kind.fields},
)


@given(
    events | values | st.binary(max_size=40),
    st.sampled_from(["application/json", "application/x-ndjson", ""]),
)
@fuzzed
def test_any_pushed_body_is_events_or_refused(body: object, content_type: str) -> None:
    """Each item is an event or an EventError with every problem; a body of none is a BodyError."""
    try:
        items = items_of(body if isinstance(body, bytes) else dumped(body), content_type)
    except BodyError:
        return
    for item in items:
        with suppress(EventError):
            event = read_event(item.value, NOW, NOW.replace(year=2025), {"source": "push"})
            kind = event.kind if event.kind in KINDS else f"{event.kind}s"
            arrived(Batch(cursor={}, **{kind: [event.record]}))  # type: ignore[arg-type]
