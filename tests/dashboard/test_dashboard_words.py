"""Texts from outside on a page."""

from __future__ import annotations

import pytest

from dashboard.words import plain


@pytest.mark.parametrize(
    "text", ["**bold** [a](http://b)", "<b>x</b>", ":red[x]", "`code`", "# title", "1. list", "$x$"]
)
def test_markdown_from_outside_stands_for_itself(text: str) -> None:
    """Every sign that Markdown would read is escaped; nothing is lost."""
    shown = plain(text)
    assert shown.replace("\\", "").replace("\u2060", "") == text
    for sign in "*[]<`#$":
        assert shown.count(f"\\{sign}") == text.count(sign)


@pytest.mark.parametrize("text", ["http://evil.example/x", "WWW.evil.example", "a@evil.example"])
def test_addresses_from_outside_do_not_become_links(text: str) -> None:
    """GitHub's Markdown links bare addresses whatever is escaped in them: they are broken invisibly."""
    assert "\u2060" in plain(text)
