"""Readings of alerts: which of them are kept, and which are let go."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.alert_states import Severity
from core.alerting import AlertOutcome
from storage import queries
from storage.store import Store
from storage.writer import Writer
from tests.storage.storage_alerts import (
    KEY,
    OTHER,
    Desk,
    reading,
)
from tests.storage.storage_samples import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


@pytest.mark.parametrize(
    ("readings", "kept"),
    [
        ([(0.10, 0), (0.10, 2), (0.10, 59)], [0]),
        ([(0.10, 0), (0.10, 60)], [0, 60]),
        ([(0.10, 0), (0.20, 0.5), (0.20, 1)], [0, 1]),
        ([(0.10, 0), (0.1005, 5), (0.102, 6)], [0, 6]),
        ([(0.10, 0), (None, 0.1), (None, 2), (0.10, 3)], [0, 0.1, 3]),
        ([(0, 0), (0, 5), (1, 6)], [0, 6]),
    ],
    ids=["the same", "an hour", "a minute", "hardly moved", "no data", "zero"],
)
def test_readings_are_kept_where_they_say_something(
    desk: Desk, readings: list[tuple[float | None, float]], kept: list[float]
) -> None:
    """A change after a minute, the same after an hour, coming and going of data at once."""
    for value, minutes in readings:
        now = NOW + timedelta(minutes=minutes)
        desk.decide(now, evaluations=(reading(value, timedelta(minutes=minutes)),))
    with desk.store.read() as connection:
        found = queries.evaluations(connection, KEY, NOW, NOW + timedelta(days=1))
    assert [(one.at - NOW) / MINUTE for one in found] == kept


def test_a_changed_severity_is_kept_at_once(desk: Desk) -> None:
    """Also where the value hardly moved."""
    desk.decide(evaluations=(reading(0.2, timedelta(0), events=7),))
    critical = reading(0.2001, timedelta(seconds=10), severity=Severity.CRITICAL, events=8)
    desk.decide(NOW + MINUTE, evaluations=(critical,))
    with desk.store.read() as connection:
        assert queries.evaluations(connection, KEY, NOW + timedelta(seconds=5), NOW + MINUTE) == [
            reading(0.2, timedelta(0), events=7),
            critical,
        ]
        assert queries.evaluations_since(connection, KEY) == NOW
        assert queries.evaluations_since(connection, OTHER) is None


def test_readings_are_thinned_by_what_any_worker_stored(desk: Desk) -> None:
    """Another worker's evaluation in between, and a start anew, count as our own."""
    second = Writer(desk.store)
    desk.decide(evaluations=(reading(0.1, timedelta(0)),))
    second.evaluate(lambda _: AlertOutcome(evaluations=(reading(0.5, 2 * MINUTE),)), NOW + 2 * MINUTE)
    desk.decide(NOW + 4 * MINUTE, evaluations=(reading(0.1, 4 * MINUTE),))
    third = Writer(desk.store)
    third.evaluate(lambda _: AlertOutcome(evaluations=(reading(0.1, 6 * MINUTE),)), NOW + 6 * MINUTE)
    with desk.store.read() as connection:
        found = queries.evaluations(connection, KEY, NOW, NOW + timedelta(days=1))
    assert [one.value for one in found] == [0.1, 0.5, 0.1]
