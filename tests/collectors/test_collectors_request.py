"""Placeholders are filled in so that nothing breaks out of its place."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.request import RequestSettings, build


def request(**keys: Any) -> RequestSettings:
    return RequestSettings.model_validate({"url": "https://h/a", **keys})


@given(st.text(min_size=1).filter(lambda text: text not in (".", "..")))
def test_any_id_is_one_segment(text: str) -> None:
    """Decoded once it is itself, wherever it stands."""
    settings = request(url="https://h/jobs/{job}/x", params={"q": "{job}"})
    url = urlsplit(build(settings, {"job": text}).url)
    segments = url.path.split("/")
    assert len(segments) == 4
    assert unquote(segments[2]) == text
    assert dict(parse_qsl(url.query, keep_blank_values=True)) == {"q": text}


@pytest.mark.parametrize("dots", [".", ".."])
def test_dots_do_not_climb(dots: str) -> None:
    """They are no way up the path."""
    assert (
        build(request(url="https://h/jobs/{job}/x"), {"job": dots}).url
        == f"https://h/jobs/{'%2E' * len(dots)}/x"
    )


def test_unknown_braces_stay() -> None:
    """In path, parameters, headers and body."""
    settings = request(
        url="https://h/{tenant}",
        method="POST",
        params={"q": "{x}"},
        headers={"X-A": "{y}"},
        json={"query": "{ runs { id } }", "since": "{since}"},
    )
    built = build(settings, {"since": 5})
    assert built.url == "https://h/{tenant}?q=%7Bx%7D"
    assert built.body == b'{"query":"{ runs { id } }","since":5}'
    assert ("X-A", "{y}") in built.headers


def test_empty_placeholder_drops_its_parameter_everywhere() -> None:
    """Query, address, header and body; what is empty by itself stays."""
    settings = request(
        url="https://h/a?from={since}&keep=",
        params={"since": ">{since}", "empty": "", "many": ["{since}", "x"]},
        headers={"X-Since": "{since}"},
        json={"a": {"since": "{since}"}, "b": ["x"]},
    )
    built = build(settings, {"since": ""})
    assert built.url == "https://h/a?keep=&empty=&many=x"
    assert [name for name, _ in built.headers] == ["Content-Type"]
    assert built.body == b'{"a":{},"b":["x"]}'


def test_page_parameters_win() -> None:
    """Over those in the address and those in `params`; a list repeats its name."""
    settings = request(url="https://h/a?limit=5&z=%2F", params={"offset": "9", "state": ["a", "b"]})
    built = build(settings, {}, params={"offset": 0, "limit": 2})
    assert built.url == "https://h/a?z=%2F&state=a&state=b&offset=0&limit=2"


def test_address_that_needs_no_change_is_left_as_written() -> None:
    """Even where it is odd."""
    assert build(request(url="https://h/a?flag&b=%20+"), {}).url == "https://h/a?flag&b=%20+"
