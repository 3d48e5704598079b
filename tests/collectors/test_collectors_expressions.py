"""What JMESPath expressions find, beyond what JMESPath itself says."""

from __future__ import annotations

import json

import pytest

from collectors.expressions import ExpressionError, compile_expression

ERRORS = [{"code": 404, "message": "no manager"}, {"code": 409, "message": "twice"}]
ITEM = {
    "error": {"payload": json.dumps({"message": "no manager", "rows": ERRORS})},
    "errors": json.dumps(ERRORS),
}


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("error.payload.message", "no manager"),
        ("error.payload.rows[1].code", 409),
        ("error.payload.rows[].code", [404, 409]),
        ("errors[0].message", "no manager"),
        ("errors[-1].message || 'none'", "twice"),
        ("errors[?code == `409`].message | [0]", "twice"),
        ("errors[*].code", [404, 409]),
        ("errors[]", ERRORS),
        ("errors[:1]", ERRORS[:1]),
        ("length(error.payload.rows)", 2),
        ("error.payload.{why: message}", {"why": "no manager"}),
        ("error.payload.*", ["no manager", ERRORS]),
    ],
)  # fmt: skip
def test_a_text_that_holds_json_is_looked_into(expression: str, found: object) -> None:
    """At any depth, by a step into it; it need not be said."""
    assert compile_expression(expression)(ITEM) == found


@pytest.mark.parametrize("text", ["no manager", "{no json", "[]x", "17", '"{}"', ""])
@pytest.mark.parametrize("expression", ["a.b", "a[0]", "a[*]", "a[?b]", "a[]", "a.*", "a[0:]"])
def test_any_other_text_has_nothing_in_it(expression: str, text: str) -> None:
    """As JMESPath has it."""
    assert compile_expression(expression)({"a": text}) is None


@pytest.mark.parametrize("expression", ["a", "a == 'x' && a || a", "to_string(a)", "[a] | [0]"])
def test_a_text_that_holds_json_stays_a_text_where_nothing_is_looked_for_in_it(expression: str) -> None:
    """A message is what the source wrote."""
    assert compile_expression(expression)({"a": '{"b":  1}'}) == '{"b":  1}'


def test_entries_that_are_no_objects_are_named_beside_what_they_stand_in() -> None:
    """Rows of a table, lines of a stream: each() forgets nothing where it is told what to call them."""
    streams = [{"stream": {"app": "hr"}, "values": [["1", "a"], ["2", "b"]]}, {"stream": {"app": "crm"}}]
    rows = compile_expression(
        "each(@, 'values', 'row')[*].{app: parent.stream.app, at: row[0], line: row[1]}"
    )
    assert rows(streams) == [{"app": "hr", "at": "1", "line": "a"}, {"app": "hr", "at": "2", "line": "b"}]


@pytest.mark.parametrize("expression", ["values(tasks)[0].at", "length(tasks)", "starts_with(tasks, 'x')"])
def test_what_to_write_is_said_where_a_function_got_nothing(expression: str) -> None:
    """In the words of who writes expressions, as an item without the field is nothing odd."""
    with pytest.raises(ExpressionError) as caught:
        compile_expression(expression)({"id": 1, "tasks": None})
    name = expression.partition("(")[0]
    assert f"{name}() found nothing to work on" in str(caught.value)
    assert "where it may be missing, write" in str(caught.value)
