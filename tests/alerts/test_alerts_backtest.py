"""A backtest says what a rule would have done: the state machine's own answer over the readings of the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerts.backtest import backtest, replay
from assess.history import Sample, Series
from core.alert_states import Severity
from core.units import Threshold, Unit
from tests.alerts.alerts_desk import AT, HOUR, MINUTE, rule


def samples(*values: float | None, every: timedelta = MINUTE, start: datetime = AT) -> tuple[Sample, ...]:
    """Readings one after another."""
    return tuple(Sample(start + every * place, value, 9) for place, value in enumerate(values))


def limit(text: str) -> Threshold:
    """A threshold of a ratio."""
    return Threshold.parse(text, Unit.RATIO)


def test_it_fires_as_long_as_it_is_beyond() -> None:
    """One firing with its begin, its end and its worst severity."""
    found = replay(rule(), samples(0.0, 0.1, 0.3, 0.1, 0.0, 0.0), AT + 5 * MINUTE)
    (one,) = found.firings
    assert (one.since, one.until, one.severity) == (AT + MINUTE, AT + 4 * MINUTE, Severity.CRITICAL)
    assert found.firing_for == 3 * MINUTE


def test_messages_are_those_of_each_change() -> None:
    """Fired, worse, eased, recovered: four messages."""
    assert replay(rule(), samples(0.0, 0.1, 0.3, 0.1, 0.0), AT + 4 * MINUTE).messages == 4


def test_repeats_are_counted() -> None:
    """Nine hours of firing with a repeat every four: two repeats besides the first message and the last."""
    found = replay(rule(repeat=4 * HOUR), samples(0.1, *[0.1] * 8, 0.0, every=HOUR), AT + 9 * HOUR)
    assert found.messages == 4


def test_what_still_fires_has_no_end() -> None:
    """It counts up to the end of the stretch."""
    found = replay(rule(), samples(0.0, 0.1), AT + 31 * MINUTE)
    assert found.firings[0].until is None
    assert found.firing_for == 30 * MINUTE


def test_a_reading_holds_until_the_next_so_for_ends_between_two() -> None:
    """With `for: 10m` and readings an hour apart it fires ten minutes after the first bad one."""
    found = replay(rule(hold=10 * MINUTE), samples(0.1, 0.1, 0.0, every=HOUR), AT + 2 * HOUR)
    assert found.firings[0].since == AT + 10 * MINUTE


def test_a_short_excursion_does_not_fire_with_for() -> None:
    """Bad for five minutes is nothing to a rule that waits ten."""
    assert replay(rule(hold=10 * MINUTE), samples(0.0, 0.3, 0.0, every=5 * MINUTE), AT + HOUR).firings == ()


def test_hysteresis_keeps_it_one_firing() -> None:
    """Between its threshold and `resolve` it still fires."""
    readings = samples(0.1, 0.04, 0.1, 0.04, 0.0)
    assert len(replay(rule(), readings, AT + 5 * MINUTE).firings) == 2
    assert len(replay(rule(resolve=limit("< 2%")), readings, AT + 5 * MINUTE).firings) == 1


def test_time_in_which_nobody_looked_counts_toward_nothing() -> None:
    """A gap of hours between two readings is no ten minutes of trouble."""
    readings = (Sample(AT, 0.1, 9), Sample(AT + 5 * HOUR, 0.1, 9), Sample(AT + 5 * HOUR + 9 * MINUTE, 0.0, 9))
    assert replay(rule(hold=90 * MINUTE), readings, AT + 6 * HOUR).firings == ()


def test_no_data_neither_fires_nor_ends_it() -> None:
    """`no_data: keep` holds what was."""
    found = replay(rule(), samples(0.1, None, None, 0.1, 0.0), AT + 5 * MINUTE)
    assert [(one.since, one.until) for one in found.firings] == [(AT, AT + 4 * MINUTE)]


@pytest.mark.parametrize(("warning", "firings"), [("> 5%", 3), ("> 15%", 1), ("> 60%", 0)])
def test_a_higher_threshold_fires_less(warning: str, firings: int) -> None:
    """The proposed rule is held against the same readings."""
    readings = samples(0.0, 0.1, 0.0, 0.1, 0.0, 0.5, 0.0, every=30 * MINUTE)
    proposed = replace(rule(critical=None), warning=limit(warning))
    found = backtest(rule(critical=None), proposed, Series(readings, AT), AT + 4 * HOUR)
    assert len(found.present.firings) == 3
    assert len(found.proposed.firings) == firings


def test_flapping_tells_of_itself_once() -> None:
    """An alert that comes and goes every few minutes tells so once and is silent until it is steady."""
    restless = samples(*[0.1, 0.0] * 20, every=2 * MINUTE)
    found = replay(rule(critical=None), restless, AT + 80 * MINUTE)
    assert len(found.firings) == 20
    assert found.messages < 12


def test_nothing_read_is_nothing_fired() -> None:
    """An empty past."""
    assert replay(rule(), (), AT).firings == ()
