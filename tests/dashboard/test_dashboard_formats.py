"""Numbers, shares, durations and distances in both languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard import formats
from dashboard.words import plain, verbatim


@pytest.mark.parametrize(
    ("ratio", "english", "russian"),
    [
        (None, "—", "—"),
        (0.0, "0%", "0 %"),
        (1.0, "100%", "100 %"),
        (0.99996, "99.9%", "99,9 %"),
        (0.0001, "0.1%", "0,1 %"),
    ],
    ids=["no data", "nothing", "all", "almost all", "almost nothing"],
)
def test_shares_are_never_rounded_to_all_or_nothing(ratio: float | None, english: str, russian: str) -> None:
    """99.996 % is not 100 %: one failure must not vanish in a rounding."""
    assert formats.percent(ratio, "en") == english
    assert formats.percent(ratio, "ru").replace("\u00a0", " ") == russian


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (0.012, "12 ms", "12 мс"),
        (75, "1 min 15 sec", "1 мин 15 с"),
        (3600, "1 hr", "1 ч"),
        (90000, "1 day 1 hr", "1 дн. 1 ч"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, english: str, russian: str) -> None:
    """The two largest units, none that is 0."""
    assert formats.duration(seconds, "en") == english
    assert formats.duration(seconds, "ru") == russian


def test_a_rough_duration_has_one_unit() -> None:
    """The largest unit alone, without a point behind an abbreviation."""
    assert formats.about(40_000, "en") == "11 hr"
    assert formats.about(40_000, "ru") == "11 ч"
    assert formats.about(300, "ru") == "5 мин"


def test_distances_have_a_direction() -> None:
    """The past and the future read differently."""
    assert formats.distance(-180, "en") == "3 min ago"
    assert formats.distance(-180, "ru") == "3 мин назад"
    assert formats.distance(7200, "ru") == "через 2 ч"
    assert formats.distance(-30 * 86400, "en") == "1 mo ago"


def test_sizes_and_days_are_written_in_the_readers_language() -> None:
    """Units too have names of their own; a day has its year."""
    at = datetime(2027, 5, 28, 22, 0, tzinfo=UTC)
    assert formats.size(1_234_567, "en").replace("\u00a0", " ") == "1.2 MB"
    assert formats.size(1_234_567, "ru").replace("\u00a0", " ") == "1,2 МБ"
    assert formats.day(at, ZoneInfo("Europe/Moscow"), "en") == "29 May 2027"
    assert formats.day(at, ZoneInfo("UTC"), "ru") == "28 мая 2027"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("UTC", "UTC"), ("Europe/Moscow", "UTC+3"), ("Asia/Kolkata", "UTC+5:30"), ("America/New_York", "UTC−5")],
)
def test_a_zone_is_told_by_its_offset(zone: str, shown: str) -> None:
    """Whole hours without minutes, a real minus sign."""
    assert formats.offset(ZoneInfo(zone), datetime(2026, 11, 24, tzinfo=UTC)) == shown


@pytest.mark.parametrize(
    "text", ["http://evil.example/x", "https://a.b", "www.evil.example", "me@evil.example"]
)
def test_a_foreign_text_is_never_a_link(text: str) -> None:
    """Bare addresses are parted, so that Streamlit's Markdown finds nothing to link; the text stays readable."""
    shown = plain(f"answered by {text}")
    assert not re.search(r"https?://|www\.|\w@\w", shown.replace("\\", ""))
    assert shown.replace("\\", "").replace("\u2060", "") == f"answered by {text}"


def test_what_people_copy_has_no_hidden_signs() -> None:
    """An address is code, sign for sign, also one with a backtick; a word stays a word."""
    assert verbatim("http://hr.example/v1?limit=1") == "`http://hr.example/v1?limit=1`"
    assert verbatim("http://hr.example/`v1`") == "`` http://hr.example/`v1` ``"
    assert verbatim("a_b") == "a\\_b"


@pytest.mark.parametrize(
    ("zone", "said"),
    [("UTC", "UTC"), ("Etc/UTC", "Etc/UTC"), ("Europe/Moscow", "Europe/Moscow (UTC+3)"), ("Europe/London", "Europe/London (UTC)")],
)  # fmt: skip
def test_a_zone_is_told_once(zone: str, said: str) -> None:
    """How far it is from UTC stands beside it, but not beside UTC itself."""
    assert formats.zone_name(ZoneInfo(zone), datetime(2026, 11, 24, tzinfo=UTC)) == said
