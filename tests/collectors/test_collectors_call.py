"""How a request goes out, what of it is remembered, and what is not shown of it."""

from __future__ import annotations

import pytest

from collectors.call import prepared
from collectors.exchange import Request
from core.same import forget

URL = "http://u:hidden@hr.example/runs?key=hidden"


def test_what_is_the_same_at_each_poll_is_made_ready_once() -> None:
    """Until the configuration is replaced."""
    request = Request("GET", URL, (("X-Key", "hidden"),), fixed=True)
    made = prepared(request)
    assert prepared(Request("GET", URL, (("X-Key", "hidden"),), fixed=True)) is made
    forget()
    assert prepared(request) is not made
    assert prepared(request) == made


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", URL),
        Request("GET", URL, fixed=True).with_headers((("Authorization", "Bearer of an hour"),)),
    ],
)
def test_what_is_another_each_time_is_not_kept(request_: Request) -> None:
    """A time in the address, a page, a token that is over soon: they would put out what is of use."""
    assert prepared(request_) is not prepared(request_)


def test_headers_that_always_go_with_it_are_kept_with_it() -> None:
    """A key of the configuration is the same each time."""
    request = Request("GET", URL, fixed=True)
    keyed = [request.with_headers((("X-Key", "hidden"),), always=True) for _ in range(2)]
    assert prepared(keyed[0]) is prepared(keyed[1])


def test_nothing_secret_is_shown() -> None:
    """Neither a user, nor a parameter, a header or a body."""
    shown = repr(prepared(Request("POST", URL, (("X-Key", "hidden"),), b"hidden")))
    assert "hidden" not in shown
    assert "POST" in shown
