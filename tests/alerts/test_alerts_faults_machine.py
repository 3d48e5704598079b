"""Faults that bit well-known monitors: what readings in a strange order must not do."""

from datetime import timedelta

import pytest

from alerts.content import unpacked
from alerts.machine import Seen, SeenKind
from core.alert_states import Phase
from core.muting import MaintenanceWindow
from core.units import Threshold, Unit
from tests.alerts.alerts_desk import HOUR, MINUTE, TICK, Desk, rule, seen

BAD, WORSE, BETWEEN, GOOD = 0.1, 0.5, 0.03, 0.0
ERROR = Seen(SeenKind.ERROR)
UNSEEN = Seen(SeenKind.INHIBITED)


@pytest.mark.parametrize("hiccup", [ERROR, UNSEEN, None], ids=["query error", "not seen", "no data"])
def test_fail_query_error_fail_neither_resolves_nor_fires_again(hiccup: Seen | None) -> None:
    """A reading that fails between two bad ones is no recovery, and the next bad one no new alert."""
    desk = Desk()
    for reading in (BAD, hiccup, BAD, hiccup, hiccup, BAD):
        desk.see(reading).deliver()
    assert desk.events == ["fired"]
    assert desk.told == ["fired"]


def test_a_query_error_fires_nothing() -> None:
    """What cannot be read is no trouble of the target, however long it lasts."""
    assert Desk(rule(no_data="alert")).for_(0.0, MINUTE).see(ERROR).see(ERROR, after=HOUR).events == []
    desk = Desk(rule(hold=5 * MINUTE)).see(BAD)
    for _ in range(60):
        desk.see(ERROR)
    assert desk.events == []
    assert desk.state.phase is Phase.PENDING


def test_no_data_respects_for_and_recovers() -> None:
    """`no_data: alert` waits as long as any trouble does, says why it fires, and ends when data come back."""
    desk = Desk(rule(no_data="alert", hold=5 * MINUTE)).see(GOOD).see(None)
    desk.for_(None, 4 * MINUTE).deliver()
    assert desk.events == []
    desk.for_(None, 2 * MINUTE).deliver()
    desk.see(GOOD).deliver()
    assert desk.told == ["fired", "recovered"]
    assert [unpacked(one.content).reason.value for one in desk.sent] == ["no_data", "no_data"]


def test_fire_resolve_fire_is_two_alerts() -> None:
    """Each firing has its own name and its own two messages."""
    desk = Desk()
    for value in (BAD, GOOD, BAD, GOOD):
        desk.see(value, after=MINUTE).deliver()
    assert desk.told == ["fired", "recovered"] * 2
    assert len({one.episode for one in desk.sent}) == 2


@pytest.mark.parametrize("late", [2 * MINUTE, HOUR, 30 * HOUR])
def test_one_late_tick_resolves_nothing(late: timedelta) -> None:
    """An evaluation that comes late finds the alert as it was, firing or on its way back."""
    desk = Desk(rule(keep_firing_for=5 * MINUTE)).see(BAD)
    desk.see(BAD, after=late)
    assert desk.events == ["fired"]
    desk.see(GOOD).see(GOOD, after=late)
    assert desk.events == ["fired"]
    assert desk.state.phase is Phase.RECOVERING


@pytest.mark.parametrize("late", [2 * MINUTE, HOUR, 30 * HOUR])
def test_time_while_nobody_looked_does_not_count_toward_for(late: timedelta) -> None:
    """A pending alert does not fire by the time that we were away."""
    desk = Desk(rule(hold=10 * MINUTE)).see(BAD).see(BAD, after=late)
    assert desk.events == []
    assert desk.for_(BAD, 10 * MINUTE).events == ["fired"]


def test_critical_to_warning_is_not_resolved() -> None:
    """It eases: one message that says so, the same alert, and its end comes later, once."""
    desk = Desk(rule(resolve=Threshold.parse("< 2%", Unit.RATIO)))
    for value in (WORSE, BAD, BETWEEN):
        desk.see(value).deliver()
    assert desk.told == ["fired", "eased"]
    desk.see(GOOD).deliver()
    assert desk.told == ["fired", "eased", "recovered"]
    assert len({one.episode for one in desk.sent}) == 1


@pytest.mark.parametrize("behind", [timedelta(seconds=1), 3 * TICK])
def test_a_reading_older_than_the_resolve_does_not_reopen(behind: timedelta) -> None:
    """A slow evaluation that read before the recovery and comes after it changes nothing."""
    desk = Desk()
    for value in (BAD, GOOD):
        desk.see(value).deliver()
    desk.see(BAD, after=-behind).deliver()
    assert desk.told == ["fired", "recovered"]
    assert desk.state.phase is Phase.NORMAL


@pytest.mark.parametrize("between", [ERROR, UNSEEN, None, BETWEEN])
def test_down_pending_up_reports_the_recovery(between: Seen | float | None) -> None:
    """Down, then a while of not knowing, then up: the recovery is told."""
    desk = Desk(rule(resolve=Threshold.parse("< 2%", Unit.RATIO)))
    for reading in (BAD, between, between, GOOD):
        desk.see(reading, after=MINUTE).deliver()
    assert desk.told == ["fired", "recovered"]


@pytest.mark.parametrize("ends_first", [True, False], ids=["window over", "still in the window"])
def test_down_maintenance_up_reports_the_recovery(ends_first: bool) -> None:
    """What was announced before the maintenance is taken back, in it or after it."""
    desk = Desk().see(BAD)
    desk.deliver()
    ends_at = desk.now + (10 * MINUTE if ends_first else 10 * HOUR)
    window = MaintenanceWindow(
        maintenance_id=1, name="Upgrade", where={}, starts_at=desk.now, ends_at=ends_at
    )
    desk.maintenance = (window,)
    desk.see(BAD, after=MINUTE).deliver()
    desk.see(GOOD, after=30 * MINUTE).deliver()
    assert desk.told == ["fired", "recovered"]


def test_no_resolved_is_told_twice() -> None:
    """However often it is evaluated after its end, and after a lost delivery, the recovery is one message."""
    desk = Desk().see(BAD)
    desk.deliver()
    desk.see(GOOD).deliver(fail=True)
    for _ in range(30):
        desk.see(GOOD).deliver()
    desk.for_(GOOD, HOUR).deliver()
    assert desk.told == ["fired", "recovered"]
    assert [one.kind for one in desk.notices] == ["fired", "recovered"]


def test_a_notifier_down_for_ten_minutes_is_told_once_with_the_original_time() -> None:
    """It fires while nothing can be sent: what arrives at last is one message, that says since when."""
    desk = Desk().see(BAD)
    began = desk.now
    for _ in range(60):
        desk.see(BAD).deliver(fail=True)
    desk.see(BAD, after=MINUTE).deliver()
    assert desk.told == ["fired"]
    content = unpacked(desk.sent[0].content)
    assert (content.since, content.fired_at) == (began, began)


def test_what_passed_while_the_notifier_was_down_is_one_message() -> None:
    """It fires and recovers while nothing can be sent: one message tells both times."""
    desk = Desk().see(BAD)
    began = desk.now
    for _ in range(30):
        desk.see(BAD).deliver(fail=True)
    desk.see(GOOD)
    ended = desk.now
    for _ in range(30):
        desk.see(GOOD).deliver(fail=True)
    desk.see(GOOD, after=MINUTE).deliver()
    assert desk.told == ["passed"]
    content = unpacked(desk.sent[0].content)
    assert (content.since, content.ended_at) == (began, ended)


def test_a_notifier_that_was_down_through_a_change_tells_the_newest_state() -> None:
    """Warning, then critical, nothing of it sent: one message that says critical, with the first time."""
    desk = Desk().see(BAD)
    began = desk.now
    desk.deliver(fail=True)
    desk.see(WORSE).deliver(fail=True)
    desk.see(WORSE, after=MINUTE).deliver()
    assert [(one.kind, one.severity) for one in desk.sent] == [("fired", "critical")]
    assert unpacked(desk.sent[0].content).since == began


def test_a_claim_that_was_lost_is_told_again_and_only_that() -> None:
    """A worker that died after claiming: its notice waits on as it was; nothing is added beside it."""
    desk = Desk().see(BAD)
    desk.claim()
    before = desk.notices[0].batch
    for _ in range(12):
        desk.see(seen(desk.rule, BAD))
    assert [one.batch for one in desk.notices] == [before]
    assert desk.deliver() == ["fired"]
