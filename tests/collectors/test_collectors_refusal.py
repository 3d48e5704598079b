"""A refusal says what was answered, by which address, and what to look at where that is known."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from collectors.exchange import Response
from collectors.refusal import refusal

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "answered 401 Unauthorized from http://h/a: why; is the key right, and may it read this?"),
        (404, "answered 404 Not Found from http://h/a: why; is the address right?"),
        (410, "answered 410 Gone from http://h/a: why; is the address right?"),
        (405, "answered 405 Method Not Allowed from http://h/a: why; does it want another method?"),
        (302, "answered 302 Found from http://h/a: why; it does not say where to"),
        (304, "answered 304 Not Modified from http://h/a: why"),
        (500, "answered 500 Internal Server Error from http://h/a: why"),
    ],
)
def test_a_refusal_is_told_with_what_to_look_at(status: int, told: str) -> None:
    """Where the system's own word is all there is, it stands alone."""
    assert refusal(Response(status, (), b"why", "http://h/a?key=1", NOW, 0.1)).message == told
