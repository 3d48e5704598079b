"""Places of problems in the reader's language."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.i18n import translator
from core.problems import MOST_LINES_TOLD, MOST_TOLD, Told
from dashboard.places import place
from dashboard.viewer import Viewer

UTC_ZONE = ZoneInfo("UTC")
RUSSIAN = Viewer("ru", UTC_ZONE, False, datetime(2026, 11, 24, tzinfo=UTC), translator("ru", UTC_ZONE))


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("/var/log/a.log: line 12", "/var/log/a.log: строка 12"),
        ("zup: page 2: item 7", "zup: page 2: элемент 7"),
        ("row 3", "строка 3"),
        ("run line 5", "запуск line 5"),
        ("body", "тело ответа"),
        ("access.log:4413", "access.log:4413"),
        ("timeline 5: x", "timeline 5: x"),
    ],
)
def test_our_own_words_are_translated(where: str, said: str) -> None:
    """Names of files and ids stay as they are."""
    assert place(RUSSIAN, where) == said


def test_what_has_no_room_of_its_own_is_translated_too() -> None:
    """The places by which problems are counted together."""
    told = Told()
    for number in range(MOST_LINES_TOLD + 1):
        told.add("bad_line", f"a.log: line {number}", "is no JSON")
    for number in range(MOST_TOLD):
        told.add("bad_file", f"{number}.log", "is empty")
    said = [place(RUSSIAN, one.where) for one in told.listed()]
    assert "a.log: остальные строки" in said
    assert "и другие" in said
