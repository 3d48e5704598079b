"""A list of problems stays short, gives each file room, and counts what it does not name."""

from __future__ import annotations

import random

import pytest

from core.problems import MOST_LINES_TOLD, MOST_TOLD, Told
from core.records import Problem


def _told(*problems: tuple[str, str]) -> list[tuple[str, str, int]]:
    told = Told()
    for kind, where in problems:
        told.add(kind, where, f"{kind} at {where}")
    return [(one.kind, one.where, one.count) for one in told.listed()]


def test_alike_problems_are_one_with_a_count() -> None:
    """By kind and place; what is said of it is what was said first."""
    told = Told(
        [Problem(kind="a", where="x", message="first"), Problem(kind="b", where="x", message="other")]
    )
    told.add("a", "x", "again", 4)
    assert [(one.kind, one.message, one.count) for one in told.listed()] == [
        ("a", "first", 5),
        ("b", "other", 1),
    ]


@pytest.mark.parametrize(
    ("line", "further"),
    [
        ("/in/a.csv: line {}", "/in/a.csv: further lines"),
        ("item {}", "further items"),
        ("row {}: where", "further rows"),
        ("each: line 7: item {}", "each: line 7: further items"),
    ],
)
def test_a_file_of_nothing_but_bad_lines_leaves_room_for_others(line: str, further: str) -> None:
    """Its first lines are named, the further ones counted, by kind and by file."""
    many = [("bad", line.format(number)) for number in range(2, 1002)]
    others = [("bad", "/in/a.csv"), ("late", line.format(7)), ("bad", "/in/b.csv: line 9")]
    assert _told(*many, *others) == [
        *(("bad", line.format(number), 1) for number in range(2, 2 + MOST_LINES_TOLD)),
        ("bad", further, 1000 - MOST_LINES_TOLD),
        *((kind, where, 1) for kind, where in others),
    ]


@pytest.mark.parametrize("where", ["/in/{}.csv", "/in/{}.csv: line 2", "/in/line {}.csv", "run {}"])
def test_what_has_no_room_is_counted_by_its_kind(where: str) -> None:
    """Nothing is left out of the count, whatever the places are."""
    problems = [("bad" if number % 2 else "odd", where.format(number)) for number in range(300)]
    found = _told(*problems, ("new", "at last"))
    assert len(found) == MOST_TOLD + 3
    assert found[MOST_TOLD:] == [("odd", "and more", 130), ("bad", "and more", 130), ("new", "and more", 1)]


def test_a_long_place_is_told_by_its_end() -> None:
    """There its name and line stand."""
    told = Told()
    for number in range(99):
        told.add("bad", f"/{'x' * 4000}/a.csv: line {number}", "m" * 900)
    first, *_, last = told.listed()
    assert first.where.endswith("x/a.csv: line 0")
    assert last.where.endswith("x/a.csv: further lines")
    assert (len(told), len(first.message), len(first.where) < 550) == (MOST_LINES_TOLD + 1, 500, True)


@pytest.mark.parametrize("seed", range(20))
def test_what_was_told_is_told_again_as_it_is(seed: int) -> None:
    """Of any list: nothing is lost from the counts, and it makes no difference in how many parts it comes."""
    rng = random.Random(seed)
    places = ["f{}: line {}", "f{}", "item {}{}", "f{}: further lines", "and more", "x" * 600 + "{}: line {}"]
    problems = [
        Problem(
            kind=rng.choice("abc"),
            where=rng.choice(places).format(rng.randrange(30), rng.randrange(9)),
            message="m",
            count=rng.randrange(1, 5),
        )
        for _ in range(400)
    ]
    told = Told(problems)
    assert sum(one.count for one in told.listed()) == sum(one.count for one in problems)
    assert Told(told.listed()).listed() == told.listed()
    before = told.listed()
    other = told.copy()
    other.add("new", "f1: line 1", "m")
    other.add("a", problems[0].where, "m")
    assert told.listed() == before != other.listed()
