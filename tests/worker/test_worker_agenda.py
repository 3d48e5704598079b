"""The agenda hands out what is due, once, and never makes up for missed slots."""

from datetime import UTC, datetime, timedelta

from worker.agenda import APART, Agenda

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MOMENT = timedelta(seconds=0.1)


def test_everything_is_due_at_the_start() -> None:
    """A fresh agenda hands out all keys within a moment, in their order."""
    agenda = Agenda({"a": MINUTE, "b": 5 * MINUTE}, START)
    assert agenda.due(START) == ["a"]
    assert agenda.due(START + timedelta(seconds=0.1)) == ["b"]


def test_many_keys_begin_apart_within_their_interval() -> None:
    """Twenty thousand sources polled each minute begin a thousand a second, a hundred thousand within the minute."""
    firsts = [due for _, due in Agenda(dict.fromkeys(range(100_000), MINUTE), START).waiting()]
    assert max(firsts) < START + MINUTE
    agenda = Agenda(dict.fromkeys(range(20_000), MINUTE), START)
    assert len(agenda.due(START + timedelta(seconds=1))) == 1001


def test_a_restart_does_not_forget_a_retry_after() -> None:
    """What a source asked for before the worker was started still holds."""
    later = START + timedelta(minutes=3)
    agenda = Agenda({"a": MINUTE, "b": MINUTE}, START, {"a": later, "gone": later})
    assert agenda.due(later - timedelta(seconds=1)) == ["b"]
    assert agenda.due(later) == ["a"]


def test_a_late_beginning_does_not_shift_the_grid() -> None:
    """Taken out half a second late each time, a source is still due each minute."""
    agenda, at = Agenda({"a": MINUTE}, START), START
    for _ in range(10):
        at += timedelta(seconds=0.5)
        assert agenda.due(at) == ["a"]
        due = agenda.finished("a", now=at + timedelta(seconds=1), not_before=None)
        assert due is not None
        at = due
    assert at == START + 10 * MINUTE


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
    due = agenda.finished("a", now=START + timedelta(seconds=2), not_before=None)
    assert due == START + MINUTE


def test_missed_slots_are_skipped() -> None:
    """After a poll of 150 s the next one is on the third slot, not twice at once."""
    agenda = Agenda({"a": MINUTE}, START)
    agenda.due(START)
    due = agenda.finished("a", now=START + timedelta(seconds=150), not_before=None)
    assert due == START + 3 * MINUTE
    assert agenda.due(START + 3 * MINUTE) == ["a"]


def test_retry_after_holds_a_source_back() -> None:
    """A source that asked to be left alone is not due before then."""
    agenda = Agenda({"a": MINUTE}, START)
    agenda.due(START)
    agenda.finished("a", now=START, not_before=START + timedelta(minutes=7))
    assert agenda.due(START + timedelta(minutes=6, seconds=59)) == []
    assert agenda.due(START + timedelta(minutes=7)) == ["a"]


def test_what_a_source_asked_for_does_not_shift_the_grid() -> None:
    """Held back until between two slots, it is looked at then, and at the next slot with all others."""
    agenda = Agenda({"a": MINUTE}, START)
    agenda.due(START)
    asked = START + timedelta(seconds=90)
    assert agenda.finished("a", now=START, not_before=asked) == asked
    assert agenda.due(asked) == ["a"]
    assert agenda.finished("a", now=asked, not_before=None) == START + 2 * MINUTE


def test_a_source_that_asked_for_rest_is_not_asked_twice_in_a_row() -> None:
    """A slot a second after the look that it asked for is left out; from then on the grid is as before."""
    agenda = Agenda({"a": MINUTE}, START)
    agenda.due(START)
    asked = START + timedelta(seconds=119)
    agenda.finished("a", now=START, not_before=asked)
    assert agenda.due(asked) == ["a"]
    assert agenda.finished("a", now=asked, not_before=None) == START + 3 * MINUTE
    assert agenda.due(START + 3 * MINUTE) == ["a"]
    assert agenda.finished("a", now=START + 3 * MINUTE, not_before=None) == START + 4 * MINUTE


def test_another_interval_after_being_held_back_counts_from_the_look() -> None:
    """Not from a slot before it, which would have it looked at twice in a row."""
    agenda = Agenda({"a": timedelta(hours=1)}, START)
    agenda.due(START)
    asked = START + timedelta(minutes=110)
    agenda.finished("a", now=START, not_before=asked)
    assert agenda.due(asked) == ["a"]
    agenda.finished("a", now=asked, not_before=None)
    agenda.reconfigure({"a": timedelta(minutes=30)}, asked + MINUTE)
    assert dict(agenda.waiting()) == {"a": asked + timedelta(minutes=30)}


def test_the_longest_overdue_comes_first_within_a_limit() -> None:
    """With room for one only, the one that waits longest goes."""
    agenda = Agenda({"a": 5 * MINUTE, "b": MINUTE}, START)
    agenda.due(START + MOMENT)
    for key in ("a", "b"):
        agenda.finished(key, now=START, not_before=None)
    assert agenda.due(START + timedelta(hours=1), limit=1) == ["b"]


def test_a_new_key_is_due_at_once_and_a_removed_one_no_more() -> None:
    """Another configuration: `a` goes, `c` comes, `b` keeps its due time."""
    agenda = Agenda({"a": MINUTE, "b": MINUTE}, START)
    agenda.due(START + MOMENT)
    for key in ("a", "b"):
        agenda.finished(key, now=START, not_before=None)
    now = START + timedelta(seconds=30)
    agenda.reconfigure({"b": MINUTE, "c": MINUTE}, now)
    assert dict(agenda.waiting()) == {"b": START + APART + MINUTE, "c": now}


def test_what_is_under_way_is_not_begun_twice_by_another_configuration() -> None:
    """A poll under way goes on: not handed out again, put back by its new interval, or dropped."""
    agenda = Agenda({"a": MINUTE, "b": MINUTE}, START)
    agenda.due(START)
    agenda.reconfigure({"a": 5 * MINUTE}, START, anew={"a"})
    assert agenda.due(START + timedelta(hours=1)) == []
    assert agenda.finished("a", now=START, not_before=None) == START + 5 * MINUTE
    assert agenda.finished("b", now=START, not_before=None) is None
    assert dict(agenda.waiting()) == {"a": START + 5 * MINUTE}


def test_a_key_taken_out_and_back_in_while_under_way_is_one_key() -> None:
    """Two changes during one poll leave the source once in the agenda."""
    agenda = Agenda({"a": MINUTE}, START)
    agenda.due(START)
    agenda.reconfigure({}, START)
    agenda.reconfigure({"a": MINUTE}, START)
    agenda.finished("a", now=START, not_before=None)
    assert list(agenda.waiting()) == [("a", START + MINUTE)]


def test_another_interval_counts_from_the_last_look() -> None:
    """From an hour to a minute: due a minute after the last look, not in an hour."""
    agenda = Agenda({"a": timedelta(hours=1)}, START)
    agenda.due(START)
    agenda.finished("a", now=START, not_before=None)
    agenda.reconfigure({"a": MINUTE}, START + timedelta(seconds=5))
    assert dict(agenda.waiting()) == {"a": START + MINUTE}


def test_a_changed_source_is_due_at_once_but_never_before_it_asked() -> None:
    """A mended address is tried now; a Retry-After still holds."""
    agenda = Agenda({"a": MINUTE, "b": MINUTE}, START)
    agenda.due(START)
    later = START + timedelta(minutes=9)
    agenda.finished("a", now=START, not_before=None)
    agenda.finished("b", now=START, not_before=later)
    now = START + timedelta(seconds=5)
    agenda.reconfigure({"a": MINUTE, "b": timedelta(seconds=10)}, now, anew={"a", "b"})
    assert dict(agenda.waiting()) == {"a": now, "b": later}


def test_a_clock_that_is_set_back_lengthens_no_wait() -> None:
    """Whoever waits, waits as long as before; what is under way is put back on the grid of the new time."""
    hour = timedelta(hours=1)
    agenda = Agenda({"a": MINUTE, "b": MINUTE}, START)
    agenda.due(START + timedelta(seconds=30))
    agenda.finished("a", now=START + timedelta(seconds=30), not_before=START + timedelta(minutes=3))
    agenda.set_back(hour)
    agenda.finished("b", now=START + timedelta(seconds=31) - hour, not_before=None)
    assert agenda.next_due() == START - hour + MINUTE + APART
    assert agenda.due(START - hour + timedelta(minutes=2)) == ["b"]
    assert agenda.due(START - hour + timedelta(minutes=3)) == ["a"]
