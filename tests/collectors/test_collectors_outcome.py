"""How a poll went, added up twice: as it is, and as it would be with one more batch."""

from __future__ import annotations

from datetime import UTC, datetime

from collectors.outcome import Outcome
from core.records import Batch, Poll, Problem
from storage.keys import Written

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LINE = Problem(kind="bad_line", where="a.log", message="is no JSON")


def ended(outcome: Outcome) -> Poll:
    """What would be stored."""
    return outcome.poll(NOW, NOW, None)


def told(outcome: Outcome) -> list[tuple[str, str, int]]:
    """Kind, place and count of its problems."""
    return [(one.kind, one.where, one.count) for one in ended(outcome).problems]


def test_what_is_added_to_a_copy_is_not_added_to_it() -> None:
    """The transaction that it is told in may be tried again, and then the batch may fare otherwise."""
    outcome = Outcome()
    outcome.took(Batch(cursor={}, problems=[LINE], items=1))
    apart = outcome.copy()
    apart.took(Batch(cursor={}, problems=[LINE], items=1))
    apart.stored(Written(1, refused=2))
    assert told(outcome) == [("bad_line", "a.log", 1)]
    assert (ended(outcome).items, ended(outcome).bad_items, outcome.written) == (1, 1, False)
    assert told(apart) == [("bad_line", "a.log", 2), ("too_old", "records", 2)]
    assert (ended(apart).items, ended(apart).bad_items, apart.written) == (2, 2, True)


def test_what_is_told_twice_is_counted_alike() -> None:
    """To one copy at each try."""
    outcome = Outcome()
    outcome.took(Batch(cursor={}, problems=[LINE], items=1))
    tries = [outcome.copy(), outcome.copy()]
    for one in tries:
        one.took(Batch(cursor={}, problems=[LINE, LINE], items=2))
        one.stored(Written(1, refused=3))
    assert [told(one) for one in tries] == [[("bad_line", "a.log", 3), ("too_old", "records", 3)]] * 2
    assert [ended(one).bad_items for one in tries] == [3, 3]


def test_what_matches_no_integration_is_told_with_each_remedy() -> None:
    """Whoever has `create: true` already is told of its `max`."""
    outcome = Outcome()
    outcome.stored(Written(1, unrouted=5))
    (problem,) = ended(outcome).problems
    assert (problem.kind, problem.count) == ("unrouted", 5)
    assert all(word in problem.message for word in ("`route.map`", "`create: true`", "`max`"))
