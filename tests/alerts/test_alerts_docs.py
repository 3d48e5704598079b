"""The page on alerts tells the built-in rules as they are."""

from datetime import timedelta
from pathlib import Path

from alerts.flapping import FLAPS_FROM, STEADY_AT, WINDOW
from alerts.machine import CLOSES_AFTER
from core.alerting import NoticeKind
from core.units import format_duration
from health.rules import COLLECTOR_BLIND, DEFAULT_RULES

PAGE = (Path(__file__).parent.parent.parent / "docs" / "alerts.md").read_text(encoding="utf-8")


def test_the_table_of_times_is_that_of_the_built_in_rules() -> None:
    """Each rule has its line, with its times, in the order of the rules."""
    lines = [line for line in PAGE.splitlines() if line.startswith("| `")]
    expected = [
        f"| `{one.key}` | {_told(one.hold)} | {f'`{one.resolve}`' if one.resolve else '—'} "
        f"| {_told(one.keep_firing_for)} | {one.no_data} |"
        for one in (*DEFAULT_RULES, COLLECTOR_BLIND)
    ]
    assert lines == expected


def test_every_kind_of_message_is_explained() -> None:
    """No reader gets a message that the page does not know."""
    for kind in NoticeKind:
        assert f"**{kind.value}**" in PAGE


def test_the_constants_are_those_of_the_code() -> None:
    """Six turns, two turns, an hour, 24 hours."""
    assert (FLAPS_FROM, STEADY_AT, format_duration(WINDOW), format_duration(CLOSES_AFTER)) == (
        6,
        2,
        "1h",
        "1d",
    )


def _told(duration: timedelta) -> str:
    return format_duration(duration) if duration else "at once"
