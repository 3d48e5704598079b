"""Bodies are read as JSON in whatever encoding, and by whatever lines, systems write them."""

from __future__ import annotations

import codecs
import json
import math

import pytest

from collectors.json_bodies import json_of

JSON = "application/json"
SAID = {"id": 1, "error": "Müller fehlt: нет руководителя"}
LATIN = {"id": 1, "error": "Müller fehlt"}


def written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "content_type", "value"),
    [
        (written(SAID).encode(), JSON, SAID),
        (codecs.BOM_UTF8 + written(SAID).encode(), JSON, SAID),
        (written(SAID).encode("utf-16"), JSON, SAID),
        (written(SAID).encode("utf-16-be"), JSON, SAID),
        (written(LATIN).encode("latin-1"), "application/json; charset=ISO-8859-1", LATIN),
        (written(SAID).encode("cp1251", "replace"), 'application/json;charset="windows-1251"',
         {"id": 1, "error": "M?ller fehlt: нет руководителя"}),
        (written(SAID).encode(), "application/json; charset=ISO-8859-1", SAID),
        (written(LATIN).encode("latin-1"), JSON, {"id": 1, "error": "M\ufffdller fehlt"}),
        (written(LATIN).encode("latin-1"), "application/json; charset=hex", {"id": 1, "error": "M\ufffdller fehlt"}),
        (b'{"id": 123456789012345678901234567890}', JSON, {"id": 123456789012345678901234567890}),
        (b'{"id": 1, "id": 2}', JSON, {"id": 2}),
    ],
    ids=["utf-8", "mark", "utf-16", "utf-16-be", "latin-1", "cp1251", "wrong name", "one bad letter", "no charset",
         "big number", "twice"],
)  # fmt: skip
def test_any_encoding_is_read(body: bytes, content_type: str, value: object) -> None:
    """By the bytes' own marks, then by the name in the header; a letter that is none is replaced."""
    assert json_of(body, content_type) == value


def test_numbers_that_json_does_not_have_are_read() -> None:
    """Python and Java write NaN and Infinity all the same."""
    found = json_of(b'{"rate": NaN, "most": Infinity}', JSON)
    assert isinstance(found, dict)
    assert math.isnan(found["rate"])
    assert math.isinf(found["most"])


@pytest.mark.parametrize(
    ("body", "content_type", "value"),
    [
        (b'{"id": 1}\n{"id": 2}\n', "application/x-ndjson", [{"id": 1}, {"id": 2}]),
        (b'{"id": 1}\r\n\r\n{"id": 2}', "text/plain", [{"id": 1}, {"id": 2}]),
        (b'{"id": 1}\n', "application/stream+json; charset=utf-8", [{"id": 1}]),
        (b"", "application/x-ndjson", []),
        (b'{\n  "id": 1\n}\n', JSON, {"id": 1}),
    ],
    ids=["told", "seen", "one", "none", "one over several lines"],
)
def test_an_object_a_line_is_a_list_of_them(body: bytes, content_type: str, value: object) -> None:
    """As logs, warehouses and exports answer; one line alone is a list only where its type says so."""
    assert json_of(body, content_type) == value


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b'{"id": 1}\n{"id": 2', b'{"id": 1}\nhello', b"1\n2", b'{"id": '],
    ids=["nothing", "text", "broken off", "text below", "numbers", "half"],
)
def test_anything_else_is_an_error(body: bytes) -> None:
    """Half a list is never taken for the whole."""
    with pytest.raises(ValueError):  # noqa: PT011  json words it
        json_of(body, JSON)


def test_what_is_nested_too_deep_is_an_error_of_its_own() -> None:
    """And costs no more than that."""
    with pytest.raises(RecursionError):
        json_of(b"[" * 100_000 + b"]" * 100_000, JSON)
