"""Texts from outside on a page."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.i18n import translator
from core.units import Unit
from dashboard.alert_words import at_first, threshold
from dashboard.viewer import Viewer
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


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        (">= 1", Unit.COUNT, "any"),
        ("> 0", Unit.COUNT, "any"),
        ("< 1", Unit.COUNT, "0"),
        (">= 2", Unit.COUNT, "≥ 2"),
        ("> 0%", Unit.RATIO, "> 0%"),
        ("> 1", Unit.FACTOR, "> 1"),
        ("much", Unit.COUNT, "much"),
    ],
)
def test_whether_there_is_any_at_all_is_said_in_words(text: str, unit: Unit, said: str) -> None:
    """`≥ 1` of what is counted is no amount to compare with."""
    zone = ZoneInfo("UTC")
    viewer = Viewer("en", zone, False, datetime(2026, 11, 24, tzinfo=UTC), translator("en"))
    assert threshold(viewer, text, unit) == said
    assert at_first(text, unit) is (said == "any")
