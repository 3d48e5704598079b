"""Thresholds as people type them."""

from __future__ import annotations

import pytest

from dashboard.tuning import TuningError, Wanted, read, tuned, wanted_of
from health.built_in import DEFAULT_RULES
from health.rule import Rule


def rule(key: str) -> Rule:
    """A built-in rule."""
    return next(one for one in DEFAULT_RULES if one.key == key)


@pytest.mark.parametrize(
    ("key", "typed", "wanted"),
    [
        ("failed-runs-lately", ("> 30%", "> 60%", "<= 10%"), Wanted("> 30%", "> 60%", "<= 10%")),
        ("failed-runs-lately", ("30", "60 %", ""), Wanted("> 30%", "> 60%", "")),
        ("failed-runs-lately", ("2,5%", "", "1"), Wanted("> 2.5%", "", "<= 1%")),
        ("failures-in-a-row", ("≥ 2", "3", ""), Wanted(">= 2", ">= 3", "")),
        ("key-expires", ("7d", "< 2 дн", ""), Wanted("< 7d", "< 2d", "")),
        ("quota-runs-out", ("30 мин", "", "2 ч"), Wanted("< 30m", "", ">= 2h")),
        ("slow-api", ("> 10s", "1 м", "4 с"), Wanted("> 10s", "> 1m", "<= 4s")),
    ],
    ids=[
        "as written",
        "bare numbers",
        "decimal comma",
        "signs",
        "days",
        "a rule that looks down",
        "Russian units",
    ],
)
def test_what_people_type_is_understood(key: str, typed: tuple[str, str, str], wanted: Wanted) -> None:
    """A missing sign is the rule's own, and units are those of either language."""
    assert read(rule(key), *typed) == wanted


@pytest.mark.parametrize(
    ("key", "typed", "problem"),
    [
        ("failed-runs-lately", ("a lot", "", ""), "no threshold"),
        ("failed-runs-lately", ("> 120%", "", ""), "no threshold"),
        ("failures-in-a-row", ("1.5", "", ""), "no threshold"),
        ("failed-runs-lately", ("", "", "5%"), "needs one of them"),
        ("failed-runs-lately", ("> 50%", "> 20%", ""), "milder"),
        ("key-expires", ("< 3d", "< 14d", ""), "milder"),
        ("failed-runs-lately", ("> 20%", "< 50%", ""), "same way"),
        ("failed-runs-lately", ("> 20%", "", "> 5%"), "other way"),
        ("failed-runs-lately", ("> 20%", "", "< 30%"), "good side"),
        ("key-expires", ("< 14d", "", ">= 7d"), "good side"),
    ],
)
def test_what_makes_no_sense_is_refused(key: str, typed: tuple[str, str, str], problem: str) -> None:
    """Each refusal says what is wrong."""
    with pytest.raises(TuningError, match=problem):
        read(rule(key), *typed)


@pytest.mark.parametrize("key", [one.key for one in DEFAULT_RULES])
def test_every_built_in_rule_reads_back_as_it_is(key: str) -> None:
    """What stands in the fields at first is what holds."""
    one = rule(key)
    wanted = wanted_of(one)
    assert read(one, wanted.warning, wanted.critical, wanted.resolve) == wanted
    assert tuned(one, wanted) == one
