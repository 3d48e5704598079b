"""A list of problems stays short, gives each file room, and counts what it does not name."""

from __future__ import annotations

import pytest

from core.problems import MOST_LINES_TOLD, MOST_TOLD, Told, tell
from core.records import Problem


def _told(*problems: tuple[str, str]) -> list[tuple[str, str, int]]:
    told: Told = {}
    for kind, where in problems:
        tell(told, [Problem(kind=kind, where=where, message=f"{kind} at {where}")])
    return [(one.kind, one.where, one.count) for one in told.values()]


def test_alike_problems_are_one_with_a_count() -> None:
    """By kind and place; what is said of it is what was said first."""
    told: Told = {}
    tell(told, [Problem(kind="a", where="x", message="first"), Problem(kind="b", where="x", message="other")])
    tell(told, [Problem(kind="a", where="x", message="again", count=4)])
    assert [(one.kind, one.message, one.count) for one in told.values()] == [
        ("a", "first", 5),
        ("b", "other", 1),
    ]


def test_a_file_of_nothing_but_bad_lines_leaves_room_for_others() -> None:
    """Its first lines are named, the further ones counted, by kind and by file."""
    many = [("bad", f"/in/a.csv: line {number}") for number in range(2, 1002)]
    found = _told(*many, ("bad", "/in/a.csv"), ("late", "/in/a.csv: line 7"), ("bad", "/in/b.csv: line 9"))
    assert found == [
        *(("bad", f"/in/a.csv: line {number}", 1) for number in range(2, 2 + MOST_LINES_TOLD)),
        ("bad", "/in/a.csv: further lines", 1000 - MOST_LINES_TOLD),
        ("bad", "/in/a.csv", 1),
        ("late", "/in/a.csv: line 7", 1),
        ("bad", "/in/b.csv: line 9", 1),
    ]


@pytest.mark.parametrize("where", ["item {}", "/in/{}.csv", "/in/{}.csv: line 2"])
def test_what_has_no_room_is_counted_by_its_kind(where: str) -> None:
    """Nothing is left out of the count, whatever the places are."""
    problems = [("bad" if number % 2 else "odd", where.format(number)) for number in range(300)]
    found = _told(*problems, ("new", "at last"))
    assert len(found) == MOST_TOLD + 3
    assert sum(count for kind, _, count in found if kind == "bad") == 150
    assert found[MOST_TOLD:] == [("odd", "and more", 130), ("bad", "and more", 130), ("new", "and more", 1)]


def test_a_long_place_is_told_by_its_end_and_twice_told_is_the_same() -> None:
    """There its name and line stand; what was told is told again as it is."""
    told: Told = {}
    tell(
        told,
        [Problem(kind="bad", where=f"/{'x' * 4000}/a.csv: line {n}", message="m" * 900) for n in range(99)],
    )
    (first, *_) = told.values()
    assert first.where.endswith("x/a.csv: line 0")
    assert len(first.where) == 508
    assert (len(told), len(first.message)) == (4, 500)
    again: Told = {}
    tell(again, [*told.values()])
    assert again == told
    tell(again, [Problem(kind=str(n), where=str(n), message="") for n in range(99)])
    once: Told = {}
    tell(once, [*again.values()])
    assert once == again
