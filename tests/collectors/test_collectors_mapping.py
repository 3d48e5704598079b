"""Items become runs, failed records, events and counts by the names that a configuration gives."""

from datetime import UTC, datetime
from functools import reduce
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from collectors.expression_engine import FUNCTIONS
from collectors.expressions import compile_expression, equals_text, root_names, simple_name
from collectors.mapping import RUN_FIELDS, FailedRecordMapping, RunMapping
from collectors.mapping_events import CountMapping, RecordEventMapping
from collectors.mapping_settings import TimeSettings, named
from collectors.merging import merged
from collectors.problems import MOST_KINDS_KEPT, Problems
from collectors.status_words import StatusWords
from collectors.views import views
from core.records import ErrorClass, RunStatus, SyncRun
from core.settings.expressions import OURS

U = ZoneInfo("UTC")
AT = datetime(2026, 11, 24, 13, 30, 50, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def run_of(
    item: object, fields: dict[str, str], status_map: dict[str, str] | None = None, **more: str
) -> tuple:
    problems = Problems()
    run = RunMapping.compile(fields, status_map or {}, U).run(item, problems, "item 1", **more)
    return run, [(problem.kind, problem.where, problem.count) for problem in problems.listed()]


def test_fields_are_found_by_name_path_and_expression() -> None:
    """Plain names, dotted paths and any JMESPath."""
    item = {
        "id": 7,
        "state": "SUCCESS",
        "t": {"start": 1795527050, "end": "2026-11-24T13:30:50Z"},
        "n": ["12", 3],
    }
    fields = {"external_id": "id", "status": "state", "started_at": "t.start", "finished_at": "t.end"}
    run, problems = run_of(
        item, fields | {"records_read": "n[0]", "records_failed": "length(n)"}, {"success": "succeeded"}
    )
    assert run == SyncRun(
        external_id="7",
        status=RunStatus.SUCCEEDED,
        started_at=AT,
        finished_at=AT,
        records_read=12,
        records_failed=2,
    )
    assert problems == []


@pytest.mark.parametrize(
    ("word", "status_map", "status"),
    [
        ("Success", {"SUCCESS": "succeeded"}, RunStatus.SUCCEEDED),
        (" success ", {"success": "succeeded"}, RunStatus.SUCCEEDED),
        (2, {"2": "failed"}, RunStatus.FAILED),
        (True, {"true": "succeeded"}, RunStatus.SUCCEEDED),
        ("failed", {}, RunStatus.FAILED),
        ("failed", {"ok": "succeeded"}, RunStatus.UNKNOWN),
        ("odd", {"ok": "succeeded"}, RunStatus.UNKNOWN),
        (None, {"ok": "succeeded"}, RunStatus.UNKNOWN),
        ("f", {"f": "failed", "F": "queued"}, RunStatus.FAILED),
        (" F ", {"f": "failed", "F": "queued"}, RunStatus.QUEUED),
        ("t", {"T": "succeeded"}, RunStatus.UNKNOWN),
    ],
    ids=str,
)
def test_a_status_word_is_mapped_or_unknown(
    word: object, status_map: dict[str, str], status: RunStatus
) -> None:
    """Case is ignored, but in codes of one letter (Bacula's t waits, T is done); what a map lacks is unknown, never guessed; without a map our words are ours."""
    run, problems = run_of({"id": 1, "s": word}, {"external_id": "id", "status": "s"}, status_map)
    assert run.status is status
    assert [kind for kind, _, _ in problems] == (["unmapped_status"] if status is RunStatus.UNKNOWN else [])


def test_unmapped_words_are_counted_by_word() -> None:
    """One problem for each word, with how often it came."""
    problems, mapping = (
        Problems(),
        RunMapping.compile({"external_id": "id", "status": "s"}, {"ok": "succeeded"}, U),
    )
    for number in range(5):
        mapping.run({"id": number, "s": "odd"}, problems, f"item {number}")
    assert [(p.kind, p.where, p.count) for p in problems.listed()] == [("unmapped_status", "odd", 5)]


@pytest.mark.parametrize(
    ("word", "where", "told"),
    [
        ({"name": "ok", "id": 3}, "an object", "has name, id; write one of them behind fields.status"),
        ([{"name": "ok"}], "a list", "write fields.status so that it finds one word"),
        ({}, "an object", "write fields.status so that it finds one word"),
    ],
)
def test_a_status_that_is_no_word_is_told_once_with_what_to_write(
    word: object, where: str, told: str
) -> None:
    """What differs in each of them is no word that anybody could map."""
    problems = Problems()
    words = StatusWords({"ok": "succeeded"})
    for _ in range(2):
        assert words.read(word, problems) is RunStatus.UNKNOWN
    [problem] = problems.listed()
    assert (problem.kind, problem.where, problem.count) == ("unmapped_status", where, 2)
    assert problem.message.endswith(told)


def test_a_value_that_cannot_be_read_is_named_and_the_run_arrives() -> None:
    """A bad time, a bad number, an expression on the wrong kind of value."""
    fields = {
        "external_id": "id",
        "status": "'succeeded'",
        "started_at": "at",
        "records_read": "n",
        "job": "sum(id)",
    }
    run, problems = run_of({"id": "a", "at": "soon", "n": "many"}, fields)
    assert run == SyncRun(external_id="a", status=RunStatus.SUCCEEDED)
    assert problems == [
        ("bad_time", "item 1: started_at", 1), ("bad_number", "item 1: records_read", 1), ("bad_expression", "item 1: job", 1),
    ]  # fmt: skip


def test_a_run_without_an_id_is_a_problem_unless_another_is_at_hand() -> None:
    """`missing_id`; a log gives its place instead."""
    assert run_of({}, {"external_id": "id", "status": "s"})[1][0][0] == "missing_id"
    run, _ = run_of({}, {"status": "'failed'"}, fallback_id="file:10")
    assert run.external_id == "file:10"


def test_failed_records_see_their_entry_and_its_parent() -> None:
    """An entry's own fields, `item`, `parent`, and `@` for the entry; the run gives the rest."""
    parent = {"job": "people", "errors": [{"id": 5, "type": "user", "code": "E1"}, "plain text", {"none": 1}]}
    fields = {
        "record_key": "id || item",
        "entity": "type",
        "operation": "parent.job",
        "payload": "@",
        "error_class": "'validation'",
    }
    mapping, problems = FailedRecordMapping.compile(fields, U), Problems()
    run = SyncRun(external_id="r1", job="people", status=RunStatus.FAILED, finished_at=AT)
    found = [
        mapping.record(view, problems, "x", run=run, observed_at=AT)
        for view in views(parent, compile_expression("errors[:2]"), None)
    ]
    assert [(one.record_key, one.entity, one.operation, one.payload) for one in found if one] == [
        ("5", "user", "people", '{"id":5,"type":"user","code":"E1"}'), ("plain text", "", "people", '"plain text"'),
    ]  # fmt: skip
    assert found[0]
    assert (found[0].run_external_id, found[0].job, found[0].occurred_at) == ("r1", "people", AT)
    assert found[0].error_class is ErrorClass.VALIDATION


def test_events_and_counts_are_mapped() -> None:
    """Record events need id, key, step and outcome; counts a number."""
    problems = Problems()
    events = RecordEventMapping.compile(
        {
            "event_id": "id",
            "record_key": "who",
            "step": "act",
            "outcome": "out",
            "status": "code",
            "at": "ts",
        },
        U,
    )
    event = events.event(
        {"id": 1, "who": "e1", "act": "post", "out": "ok", "code": "201", "ts": 1795527050},
        problems,
        observed_at=AT,
    )
    assert event
    assert (event.event_id, event.status, event.at) == ("1", 201, AT)
    assert events.event({"id": 1}, problems, "line 3", observed_at=AT) is None
    counts = CountMapping.compile({"count": "n", "entity": "kind"}, U)
    reading = counts.reading({"n": "42", "kind": "user"}, problems, observed_at=AT)
    assert reading
    assert (reading.count, reading.entity, reading.observed_at) == (42, "user", AT)
    assert [p.kind for p in problems.listed()] == ["missing_key"]


@pytest.mark.parametrize(
    "text", ["a", "a.b", '"Run ID"', "a == 'x'", "a != 'x'", "a.b == 'x'", "@", "`5`", "a[0]", "a || b"]
)
@given(value=JSON)
def test_quick_expressions_find_what_jmespath_finds(text: str, value: object) -> None:
    """The plain forms are a faster way to the same answer."""
    import jmespath

    for item in (value, {"a": value}, {"a": {"b": value}}, {"a": "x"}, {"Run ID": value}):
        expected, found = jmespath.search(text, item), compile_expression(text)(item)
        assert found == expected or (found != found and expected != expected)


def test_plain_forms_are_recognised() -> None:
    """A name alone, and a name compared with a text either way round."""
    assert root_names("errors[?key].a | [0]") == {"errors"}
    assert root_names("a.b || errors[]") == {"a", "errors"}
    assert root_names("@") == frozenset()
    assert (simple_name("a"), simple_name("a.b"), simple_name('"x y"')) == ("a", None, "x y")
    assert equals_text("event == 'done'") == ("event", "done") == equals_text("'done' == event")
    assert equals_text("event == `1`") is None


@given(
    item=st.dictionaries(st.sampled_from("abcdefg"), JSON),
    fields=st.dictionaries(st.sampled_from(RUN_FIELDS), st.sampled_from("abcdefg")),
)
def test_any_item_is_a_run_or_a_problem(item: dict, fields: dict[str, str]) -> None:
    """Whatever JSON holds, mapping raises nothing."""
    problems = Problems()
    run = RunMapping.compile(fields, {}, U).run(item, problems, "item")
    assert run is None or run.external_id
    assert run is not None or problems.count


def test_problems_are_bounded_and_counted() -> None:
    """Beyond the bound they are counted by kind only; taking them empties the list."""
    problems = Problems()
    for number in range(MOST_KINDS_KEPT + 50):
        problems.add("bad_line", f"{number}.log", "no")
    found = problems.take()
    assert (len(found), found[-1].where, found[-1].count) == (MOST_KINDS_KEPT + 1, "and more", 50)
    assert problems.listed() == []


def test_a_start_and_an_end_are_one_run() -> None:
    """The end keeps the start's time and link; a start that comes late reopens nothing; a rerun does."""
    start = SyncRun(
        external_id="1", status=RunStatus.RUNNING, started_at=AT, url="u", trigger="cron", attempt=2
    )
    end = SyncRun(external_id="1", status=RunStatus.FAILED, finished_at=AT, records_read=3, attempt=2)
    both = SyncRun(
        external_id="1",
        status=RunStatus.FAILED,
        started_at=AT,
        finished_at=AT,
        url="u",
        trigger="cron",
        attempt=2,
        records_read=3,
    )
    assert merged(start, end) == merged(end, start) == both
    again = SyncRun(
        external_id="1", status=RunStatus.RUNNING, started_at=datetime(2027, 1, 1, tzinfo=UTC), attempt=2
    )
    assert merged(both, again) == again


def test_the_last_attempt_is_the_run_in_whatever_order_its_lines_come() -> None:
    """Nothing of an earlier attempt's error and end stays on it, and no late line of one replaces it."""
    failed = SyncRun(
        external_id="1",
        status=RunStatus.FAILED,
        finished_at=AT,
        records_failed=3,
        error_message="no",
        attempt=1,
    )
    begun = SyncRun(external_id="1", status=RunStatus.RUNNING, started_at=AT, url="u", attempt=2)
    ended = SyncRun(external_id="1", status=RunStatus.SUCCEEDED, finished_at=AT, attempt=2)
    assert merged(failed, begun) == merged(begun, failed) == begun
    whole = merged(begun, ended)
    assert (whole.status, whole.started_at, whole.url, whole.error_message) == (
        RunStatus.SUCCEEDED,
        AT,
        "u",
        None,
    )
    for lines in permutations((failed, begun, ended)):
        assert reduce(merged, lines) == whole


def test_the_functions_that_may_be_called_are_those_there_are() -> None:
    """What the configuration lets pass can be evaluated, with as many arguments; nothing else is ours."""
    from jmespath.functions import Functions

    ours = set(FUNCTIONS.FUNCTION_TABLE) - set(Functions.FUNCTION_TABLE)
    takes = {name: FUNCTIONS.FUNCTION_TABLE[name]["signature"] for name in ours}
    assert {name: least for name, (least, _) in OURS.items()} == {
        name: len(given) for name, given in takes.items()
    }
    assert {name for name, (least, most) in OURS.items() if most > least} == {
        name for name, given in takes.items() if given[-1].get("variadic")
    }


@pytest.mark.parametrize(
    ("name", "told"),
    [("records_total", 'did you mean "records_failed"? The fields are '), ("x", "use one of ")],
)
def test_a_field_that_is_none_is_told_with_those_there_are(name: str, told: str) -> None:
    """Names are alike, so the closest one is not always the one that is meant."""
    with pytest.raises(PydanticCustomError) as refused:
        named(RUN_FIELDS)({"status": "state", name: "n"})
    text = refused.value.message()
    assert f'"{name}" is no field that can be mapped; {told}' in text
    assert all(field in text for field in RUN_FIELDS)


def test_a_zone_where_a_mapping_is_wanted_is_told_with_its_key() -> None:
    """`time: Europe/Moscow` is what people write first."""
    with pytest.raises(ValidationError) as refused:
        TimeSettings.model_validate("Europe/Moscow")
    assert "which should be {zone: Europe/Moscow}; write it under zone" in refused.value.errors()[0]["msg"]
