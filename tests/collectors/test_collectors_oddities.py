"""Values that no number and no stack can hold: told for their record and field, and in nobody else's way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collectors.durations import seconds_of
from collectors.expressions import ExpressionError, compile_expression
from collectors.http import Clients
from collectors.json_bodies import json_of
from collectors.sources import access_log
from collectors.sources._access_log_settings import AccessLogSettings
from collectors.sources._log_file_settings import LogFileSettings
from collectors.sources.log_file import batches
from collectors.values import as_count, as_json, as_text, shown
from core.clock import now
from core.masking import Masker
from tests.collectors.collectors_rest import item, look, settings
from tests.collectors.collectors_server import Answer, Reply, Served

Serve = Callable[[Answer], Served]
DIGITS = "9" * 10_000


def nested(levels: int) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = [value]
    return value


DEEP = "[" * 600 + "]" * 600
"""What is read, and cannot be walked through by two calls a level."""

TOO_DEEP = "[" * 40_000 + "]" * 40_000


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("ceil(to_number(a))", "1e999"), ("floor(to_number(a))", "-1e999"), ("ceil(to_number(a))", "nan"),
        ("sum(a)", [10**400, 1.5]), ("avg(a)", [10**400]), ("length(a)", 10**5000), ("starts_with(a, 'x')", 10**5000),
        ("to_string(a)", 10**5000), ("to_string(a)", nested(5000)), ("contains(a[0], a[1])", [[nested(5000)], nested(5000)]),
        ("abs(a)", "x" * 10_000),
    ],
    ids=lambda one: one if isinstance(one, str) and len(one) < 50 else type(one).__name__,
)  # fmt: skip
def test_what_an_expression_cannot_work_on_is_its_error(expression: str, value: object) -> None:
    """It names the expression, and stays short whatever the value."""
    with pytest.raises(ExpressionError, match=re.escape(expression[:5])) as caught:
        compile_expression(expression)({"a": value})
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "text", ["(" * 3000 + "a" + ")" * 3000, "!" * 3000 + "a", f"a[{DIGITS}]", "`" + TOO_DEEP + "`", "a[?" * 3000]
)  # fmt: skip
def test_an_expression_too_deep_to_read_is_refused_where_it_stands(text: str) -> None:
    """As any other that is none: when the file is read."""
    with pytest.raises(ValueError, match="not a JMESPath expression") as caught:
        compile_expression(text)
    assert len(str(caught.value)) < 700
    with pytest.raises(ValueError, match=r"it is (nested too deep|no JMESPath expression)"):
        settings("http://x", fields={"external_id": text, "status": "state"})


def test_an_expression_too_long_to_look_through_is_refused_where_it_stands() -> None:
    """Though it can be read."""
    with pytest.raises(ValueError, match="it is nested too deep"):
        settings("http://x", fields={"external_id": "a" + "|a" * 2000, "status": "state"})


def test_a_number_of_too_many_digits_takes_nothing_else_along() -> None:
    """In JSON it is the text of its digits; no count, and told as that."""
    body: Any = json_of(b'{"a": %s, "b": 1}' % DIGITS.encode(), "application/json")
    assert (body["b"], as_text(body["a"])) == (1, DIGITS)
    for value in (body["a"], 10**5000, "1e999"):
        with pytest.raises(ValueError, match="got ") as caught:
            as_count(value)
        assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    "value",
    [10**5000, {"a": 10**5000}, nested(5000), {"a": {1, 2}}, "\ud800", {"\ud800": 10**70}],
    ids=lambda one: type(one).__name__,
)
def test_any_value_can_be_written(value: object) -> None:
    """As text, as JSON, and in an error."""
    assert as_text(value)
    json.loads(as_json(value), parse_int=str)
    assert len(shown(value)) <= 60


def test_what_json_cannot_hold_costs_only_itself() -> None:
    """Depth ends in an ellipsis, half a letter in a question mark."""
    assert json.loads(as_json({"a": "\ud800", "b": 1})) == {"a": "?", "b": 1}
    assert as_json(nested(5000)).count("…") == 1


def test_a_payload_with_such_a_number_is_masked(masker: Masker) -> None:
    """Also where secrets are taken out of it."""
    assert json.loads(masker.payload({"n": 10**5000, "m": 5}, lambda text: text)) == {"n": "[number]", "m": 5}


FIELDS = {
    "external_id": "id",
    "status": "state",
    "error_message": "x",
    "records_read": "n",
    "trigger": "to_string(x)",
}
FAILED = {"records": "rows", "fields": {"record_key": "k", "payload": "@", "error_message": "x"}}


@pytest.mark.parametrize("odd", [DEEP, DIGITS, "1e999"], ids=["deep", "digits", "infinite"])
async def test_an_odd_item_of_an_answer_is_read_as_far_as_it_can_be(
    serve: Serve, clients: Clients, odd: str
) -> None:
    """Its neighbours are read whole; the poll is no crash."""
    one = json.dumps(item(1, "failed", rows=[{"k": "a", "x": "ODD"}], x="ODD", n="ODD")).replace('"ODD"', odd)
    server = serve(lambda _: Reply(f'{{"runs": [{one}, {json.dumps(item(2, n=5))}], "info": {odd}}}'))
    cursor = {"field": "at"}
    done = await look(settings(server.url, fields=FIELDS, failed_records=FAILED, cursor=cursor), clients)
    assert done.error is None
    assert done.ids == ["r1", "r2"]
    assert done.runs[1].records_read == 5
    assert "item 1: records_read" in {problem.where for problem in done.problems}
    assert [record.record_key for batch in done.batches for record in batch.failed_records] == ["a"]


async def test_an_answer_nested_too_deep_is_told(serve: Serve, clients: Clients) -> None:
    """As an error of the source."""
    server = serve(lambda _: Reply(TOO_DEEP))
    done = await look(settings(server.url), clients)
    assert done.error is not None
    assert "nested too deep" in done.error.message


@pytest.mark.parametrize(
    "fields", [FIELDS, {"external_id": "id", "status": "state"}], ids=["thorough", "quick"]
)
@pytest.mark.parametrize("wrapped", [None, "docker", "journald"])
@pytest.mark.parametrize(
    "odd", [DEEP, TOO_DEEP, DIGITS, "1e999"], ids=["deep", "too deep", "digits", "infinite"]
)
def test_an_odd_line_of_a_log_stops_no_other(
    tmp_path: Path, odd: str, wrapped: str | None, fields: dict[str, str]
) -> None:
    """It is read as far as it can be, or counted as a line that cannot."""
    lines = [
        f'{{"id": "1", "state": "succeeded", "x": {odd}, "n": {odd}}}',
        '{"id": "2", "state": "failed", "n": 5}',
    ]
    if wrapped == "docker":
        lines = [json.dumps({"log": line + "\n"}) for line in lines] + [f'{{"log": {odd}}}']
    if wrapped == "journald":
        lines = [json.dumps({"MESSAGE": line}) for line in lines] + [f'{{"MESSAGE": {odd}}}']
    (tmp_path / "a.log").write_text("\n".join(lines) + "\n")
    given = {
        "type": "log_file",
        "name": "a",
        "path": str(tmp_path / "a.log"),
        "format": "jsonl",
        "fields": fields,
    }
    given |= {"wrapped": wrapped} if wrapped else {}
    brought = list(batches(LogFileSettings.model_validate(given), {}, now()))
    ids = [run.external_id for batch in brought for run in batch.runs]
    assert "2" in ids
    assert "1" in ids or odd == TOO_DEEP
    assert [problem for batch in brought for problem in batch.problems] or fields is not FIELDS


@pytest.mark.parametrize(
    "value", [1e300, "1e300", 10**20, "99999999999999d", "99999999999:00:00", "P99999999999D"]
)
def test_a_duration_longer_than_anything_runs_is_none(value: object) -> None:
    """It is told: no clock can add it to a time."""
    with pytest.raises(ValueError, match=r"got .*; expected seconds, at most 31 years"):
        seconds_of(value)


@pytest.mark.parametrize("seconds", ["9" * 400 + ".123", "9" * 30 + ".123456", "9" * 20 + "ms"])
def test_a_call_that_took_longer_than_anything_has_no_latency(tmp_path: Path, seconds: str) -> None:
    """However many of them there are; the calls are counted."""
    line = f'1.2.3.4 - - [24/Nov/2026:13:30:50 +0000] "GET /a HTTP/1.1" 200 5 "-" "x" {seconds}\n'
    (tmp_path / "a.log").write_text(line * 150)
    given = AccessLogSettings.model_validate(
        {"type": "access_log", "name": "a", "path": str(tmp_path / "a.log")}
    )
    (calls,) = (one for batch in access_log.batches(given, {}, now()) for one in batch.calls)
    assert (calls.calls, calls.latency.count) == (150, 0)
