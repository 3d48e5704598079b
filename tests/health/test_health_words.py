"""What health quotes of other systems fits into a sentence."""

from __future__ import annotations

import pytest

from health.words import LONGEST_QUOTE, shortened


@pytest.mark.parametrize(
    ("quote", "said"),
    [
        (None, ""),
        ("\n  no manager 42 \nTraceback …", "no manager 42"),
        (
            '401 Unauthorized from http://x/key: {"error":{"code":"key_expired","message":"the key expired"}}',
            "401 Unauthorized from http://x/key: the key expired",
        ),
        ('500 Server Error: {"errors":[1,2]}', "500 Server Error"),
        ("502 Bad Gateway: <html><body>nginx</body></html>", "502 Bad Gateway"),
        ('400 Bad Request: {"detail": "not a date", "trace": "cut he', "400 Bad Request: not a date"),
        ('{"message": "only a body"}', '{"message": "only a body"}'),
        ("Manager {id} is not known", "Manager {id} is not known"),
        ("x" * 500, "x" * (LONGEST_QUOTE - 1) + "…"),
    ],
)
def test_a_quote_is_short(quote: str | None, said: str) -> None:
    """One line, without the body that an answer came with, but with what that says in words."""
    assert shortened(quote) == said
