"""The agenda hands out what is due, once, and never makes up for missed slots."""

from datetime import UTC, datetime, timedelta

from worker.agenda import Agenda

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_everything_is_due_at_the_start() -> None:
    """A fresh agenda hands out all keys, in their order."""
    agenda = Agenda({"a": MINUTE, "b": 5 * MINUTE}, START)
    assert agenda.due(START) == ["a", "b"]


def test_a_key_under_way_is_not_handed_out_again() -> None:
    """A poll that takes long is not joined by a second one."""
    agenda = Agenda({"a": MINUTE}, START)
    agenda.due(START)
    assert agenda.due(START + timedelta(hours=1)) == []
    assert agenda.next_due() is None


def test_the_next_slot_keeps_the_grid() -> None:
    """A poll of 2 s does not shift the minute grid."""
    agenda = Agenda({"a": MINUTE}, START)
    agenda.due(START)
    due = agenda.finished("a", started=START, now=START + timedelta(seconds=2), not_before=None)
    assert due == START + MINUTE


def test_missed_slots_are_skipped() -> None:
    """After a poll of 150 s the next one is on the third slot, not twice at once."""
    agenda = Agenda({"a": MINUTE}, START)
    agenda.due(START)
    due = agenda.finished("a", started=START, now=START + timedelta(seconds=150), not_before=None)
    assert due == START + 3 * MINUTE
    assert agenda.due(START + 3 * MINUTE) == ["a"]


def test_retry_after_holds_a_source_back() -> None:
    """A source that asked to be left alone is not due before then."""
    agenda = Agenda({"a": MINUTE}, START)
    agenda.due(START)
    agenda.finished("a", started=START, now=START, not_before=START + timedelta(minutes=7))
    assert agenda.due(START + timedelta(minutes=6, seconds=59)) == []
    assert agenda.due(START + timedelta(minutes=7)) == ["a"]


def test_the_longest_overdue_comes_first_within_a_limit() -> None:
    """With room for one only, the one that waits longest goes."""
    agenda = Agenda({"a": 5 * MINUTE, "b": MINUTE}, START)
    agenda.due(START)
    for key in ("a", "b"):
        agenda.finished(key, started=START, now=START, not_before=None)
    assert agenda.due(START + timedelta(hours=1), limit=1) == ["b"]
