"""The life of one alert, step by step."""

from datetime import timedelta

import pytest

from alerts.machine import Seen, SeenKind
from core.alert_states import Phase, Reason, Severity
from core.units import Threshold, Unit
from tests.alerts.alerts_desk import AT, HOUR, MINUTE, TICK, Desk, rule

BAD, WORSE, BETWEEN, GOOD = 0.1, 0.5, 0.03, 0.0


def test_it_fires_at_once_without_for() -> None:
    """A rule without `for` fires by its first bad reading, since when the reading says."""
    desk = Desk().see(BAD)
    assert desk.events == ["fired"]
    assert desk.state.phase is Phase.FIRING
    assert desk.state.severity is Severity.WARNING
    assert desk.state.since == desk.state.fired_at == desk.now


def test_it_fires_after_for() -> None:
    """With `for` it is pending until it has lasted, and says when the trouble began."""
    desk = Desk(rule(hold=5 * MINUTE)).see(BAD)
    began = desk.now
    desk.for_(BAD, 5 * MINUTE - TICK)
    assert desk.events == []
    assert desk.state.phase is Phase.PENDING
    desk.see(BAD)
    assert desk.events == ["fired"]
    assert desk.state.since == began


def test_any_clear_reading_ends_pending() -> None:
    """One reading below the warning begins the count anew, whatever `resolve` says."""
    desk = Desk(rule(hold=MINUTE, resolve=Threshold.parse("< 2%", Unit.RATIO)))
    desk.for_(BAD, 5 * TICK).see(BETWEEN).for_(BAD, 5 * TICK)
    assert desk.events == []
    assert desk.state.phase is Phase.PENDING


def test_between_resolve_and_warning_it_goes_on_firing() -> None:
    """Hysteresis: only a reading on the good side of `resolve` ends it."""
    desk = Desk(rule(resolve=Threshold.parse("< 2%", Unit.RATIO))).see(BAD).for_(BETWEEN, 10 * MINUTE)
    assert desk.events == ["fired"]
    assert desk.see(GOOD).events == ["fired", "recovered"]


def test_other_thresholds_let_go_of_what_fired_by_the_former_ones() -> None:
    """Who raises the thresholds above the reading ends the alert, though `resolve` is not met yet."""
    resolve = Threshold.parse("< 2%", Unit.RATIO)
    desk = Desk(rule(resolve=resolve)).see(BAD).for_(BETWEEN, MINUTE)
    desk.rule = rule(resolve=resolve, warning=Threshold.parse("> 40%", Unit.RATIO), critical=None)
    assert desk.see(BAD).see(BAD).events == ["fired", "recovered"]
    assert desk.see(WORSE).for_(BAD, 5 * MINUTE).events == ["fired", "recovered", "fired"]


def test_below_critical_it_eases_to_a_warning() -> None:
    """A reading between `resolve` and the warning is not critical any more, and not over."""
    desk = Desk(rule(resolve=Threshold.parse("< 2%", Unit.RATIO))).see(WORSE).see(BETWEEN)
    assert desk.events == ["fired", "eased"]
    assert desk.state.severity is Severity.WARNING


def test_keep_firing_for_waits_before_it_has_recovered() -> None:
    """It recovers only after it was good for so long; one bad reading meanwhile is no new alert."""
    desk = Desk(rule(keep_firing_for=5 * MINUTE)).see(BAD).for_(GOOD, 4 * MINUTE)
    assert desk.state.phase is Phase.RECOVERING
    desk.see(BAD).for_(GOOD, 4 * MINUTE)
    assert desk.events == ["fired"]
    assert desk.for_(GOOD, 2 * MINUTE).events == ["fired", "recovered"]


def test_a_warning_that_becomes_critical_is_one_alert() -> None:
    """It worsens and eases under one name; its beginning stays its beginning."""
    desk = Desk().see(BAD)
    began = desk.state
    desk.see(WORSE).see(BAD)
    assert desk.events == ["fired", "worsened", "eased"]
    assert (desk.state.episode, desk.state.fired_at) == (began.episode, began.fired_at)


def test_each_firing_has_a_name_of_its_own() -> None:
    """Two firings of one alert are two episodes; the same beginning always has the same name."""
    desk = Desk().see(BAD).see(GOOD).see(BAD)
    first, second = (one.episode for one in desk.log if one.kind == "fired")
    assert first != second
    assert Desk().see(BAD).state.episode == first


@pytest.mark.parametrize(
    ("no_data", "events"),
    [("keep", ["fired"]), ("ok", ["fired", "recovered"]), ("alert", ["fired"])],
)
def test_no_data_while_firing(no_data: str, events: list[str]) -> None:
    """Without data a firing alert stays, is over, or fires for that reason."""
    desk = Desk(rule(no_data=no_data)).see(WORSE).for_(None, 10 * MINUTE)
    assert desk.events == events
    if no_data == "alert":
        assert desk.state.reason is Reason.NO_DATA
        assert desk.state.severity is Severity.CRITICAL


def test_no_data_of_a_rule_that_keeps_starts_nothing() -> None:
    """`keep` and `ok` never fire for want of data."""
    assert Desk(rule(no_data="keep")).for_(None, HOUR).events == []
    assert Desk(rule(no_data="ok")).for_(None, HOUR).events == []


def test_unseen_time_counts_for_nothing() -> None:
    """While what feeds it is not seen a pending alert waits, and goes on from where it was."""
    desk = Desk(rule(hold=5 * MINUTE)).see(BAD).for_(BAD, 4 * MINUTE)
    for _ in range(60):
        desk.see(Seen(SeenKind.INHIBITED))
    desk.see(BAD)
    assert desk.events == []
    assert desk.for_(BAD, MINUTE).events == ["fired"]


def test_what_is_no_longer_watched_closes_after_a_day() -> None:
    """It closes as vanished, never as recovered, and not before 24 hours."""
    desk = Desk().see(BAD)
    desk.evaluate({})
    for _ in range(23):
        desk.now += HOUR
        desk.evaluate({})
    assert desk.events == ["fired"]
    assert desk.state.reason is Reason.VANISHED
    desk.now += HOUR
    desk.evaluate({})
    assert desk.events == ["fired", "vanished"]
    assert desk.state.phase is Phase.NORMAL


def test_what_is_watched_again_goes_on() -> None:
    """A rule taken out and put back within the day goes on as the alert it was."""
    desk = Desk().see(BAD)
    desk.evaluate({})
    desk.see(BAD, after=HOUR).see(GOOD)
    assert desk.events == ["fired", "recovered"]


def test_a_pending_alert_that_vanishes_is_forgotten() -> None:
    """Nobody was told of it, so nothing is closed."""
    desk = Desk(rule(hold=MINUTE)).see(BAD)
    desk.evaluate({})
    assert desk.events == []
    assert desk.state.phase is Phase.NORMAL


def test_a_clock_set_back_stops_nothing() -> None:
    """After the clock was set back an hour a pending alert fires after the rest of its `for`, not after more."""
    desk = Desk(rule(hold=5 * MINUTE)).see(BAD).for_(BAD, 4 * MINUTE)
    desk.see(BAD, after=-HOUR).for_(BAD, MINUTE + TICK)
    assert desk.events == ["fired"]


def test_a_reading_out_of_order_changes_nothing() -> None:
    """A slow second evaluation that began before the newest one decides nothing."""
    desk = Desk().see(BAD).see(GOOD)
    desk.see(BAD, after=-timedelta(seconds=5))
    assert desk.events == ["fired", "recovered"]


def test_turns_make_it_flap_and_quiet_makes_it_steady() -> None:
    """Six turns within an hour are flapping; it is steady once two or fewer are left."""
    desk = Desk()
    for _ in range(3):
        desk.see(BAD, after=5 * MINUTE).see(GOOD, after=5 * MINUTE)
    assert desk.events[-1] == "flapping"
    assert desk.state.flapping
    desk.for_(GOOD, HOUR)
    assert desk.events[-1] == "steady"
    assert not desk.state.flapping


def test_worse_than_what_was_acknowledged_counts_anew() -> None:
    """Acknowledged as a warning, critical is news; eased again stays unacknowledged."""
    desk = Desk().see(BAD)
    desk.acknowledge()
    assert desk.see(BAD).state.acknowledged is not None
    assert desk.see(WORSE).state.acknowledged is None
    assert desk.see(BAD).state.acknowledged is None


def test_the_end_forgets_the_acknowledgement() -> None:
    """The next firing is somebody's again."""
    desk = Desk().see(BAD)
    desk.acknowledge()
    assert desk.see(GOOD).see(BAD).state.acknowledged is None
    assert desk.now > AT
