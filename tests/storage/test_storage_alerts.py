"""Evaluations: what one starts from, what it leaves, and what people do to an alert meanwhile."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import cast

import msgspec
import pytest
import sqlalchemy as sa

from core.alert_states import Acknowledgement, AlertKey, AlertState, EventKind, Phase, Severity
from core.alerting import AlertInputs, AlertOutcome, NoticeKind, NoticeState
from core.errors import StorageError
from core.settings import Retention
from storage import queries, schema
from storage.alert_inputs import REMEMBERED, KnownStates
from storage.alert_rows import state_of, states_query
from storage.migrate import upgrade
from storage.store import Store, open_store
from storage.writer import Writer
from tests.storage.storage_alerts import (
    CHAT,
    KEY,
    OLGA,
    OTHER,
    Desk,
    event,
    firing,
    named,
    notice,
    reading,
)
from tests.storage.storage_samples import CONFIGURATION, NOW, at, configuration

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def test_the_next_evaluation_starts_from_what_the_last_one_left(desk: Desk) -> None:
    """Every field of a state and a notice comes back as it was."""
    taken = Acknowledgement(by="olga", at=NOW, severity=Severity.WARNING, note="on it")
    state, other = (
        firing(acknowledged=taken, flapping=True),
        firing(OTHER, phase=Phase.PENDING, severity=None),
    )
    desk.decide(states=(state, other), notices=(notice(), notice(OLGA, OTHER)), duration_seconds=0.2)
    inputs = desk.decide(NOW + MINUTE)
    assert inputs.states == {KEY: state, OTHER: other}
    assert [msgspec.structs.replace(one, notice_id=None) for one in inputs.notices] == [
        notice(),
        notice(OLGA, OTHER),
    ]
    assert inputs.evaluated_at == NOW


def test_what_stands_as_it_was_is_not_made_anew(desk: Desk, tmp_path: Path) -> None:
    """Two databases in one process do not drive each other out."""
    url = f"sqlite:///{tmp_path}/another.db"
    upgrade(url)
    with open_store(url, writable=True) as other:
        desks = {KEY: desk, OTHER: Desk(other)}
        for key, one in desks.items():
            one.decide(states=(firing(key),))
        before = [one.decide().states[key] for key, one in desks.items()]
        after = [one.decide().states[key] for key, one in desks.items()]
    assert all(one is another for one, another in zip(before, after, strict=True))


def test_what_another_reads_meanwhile_are_not_ones_own_states(desk: Desk) -> None:
    """Whoever reads the rows at the same time keeps them too: each gets what its own rows say."""
    desk.decide(states=(firing(), firing(OTHER)))
    with desk.store.read() as connection:
        first, second = (tuple(row) for row in connection.execute(states_query()))

    class Raced(KnownStates):
        """Another one comes just as what was made is kept."""

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if first in cast("dict[object, object]", value):
                self.of([second])

    known = Raced()
    assert known.of([first]) == [state_of(first)]


def test_the_very_first_evaluation_knows_of_none_before(desk: Desk) -> None:
    """None is the beginning."""
    inputs = desk.decide()
    assert (inputs.evaluated_at, inputs.states, inputs.notices) == (None, {}, ())


def test_what_a_decision_raises_undoes_all_of_it(desk: Desk) -> None:
    """Neither the states nor the time of the evaluation move."""

    def fail(_: AlertInputs) -> AlertOutcome:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        desk.writer.evaluate(fail, NOW)
    assert desk.decide(NOW + MINUTE).evaluated_at is None


def test_a_state_that_is_normal_for_long_is_no_row(desk: Desk) -> None:
    """One with turns of late is kept among the inputs, and not for ever."""
    desk.decide(states=(firing(), firing(OTHER)))
    turned = AlertState(key=KEY, changes=(at(5), NOW))
    desk.decide(states=(turned, AlertState(key=OTHER)))
    assert desk.decide().states == {KEY: turned}
    assert desk.decide(NOW + REMEMBERED + MINUTE).states == {}


def test_what_concerns_an_unknown_integration_is_left_out(desk: Desk) -> None:
    """The rest is stored."""
    nobody = AlertKey("failed-runs", "nobody")
    desk.decide(
        states=(firing(nobody), firing()),
        events=(event(key=nobody), event()),
        notices=(notice(key=nobody), notice()),
        evaluations=(reading(1, MINUTE, nobody), reading(1, MINUTE)),
    )
    inputs = desk.decide()
    assert list(inputs.states) == [KEY]
    assert [one.key for one in inputs.notices] == [KEY]


def test_the_inputs_have_the_newest_notices_of_what_lives_or_ended_lately(desk: Desk) -> None:
    """The newest delivered and the newest dead one to each target; all that wait; no older ones."""
    desk.decide(
        states=(firing(),),
        notices=(notice(), notice(OLGA), notice(key=OTHER, episode="long-over")),
    )
    for parcel in desk.writer.lease("w", NOW, 10, 60, named):
        desk.writer.delivered(parcel.name, NOW)
    desk.decide(notices=(notice(kind=NoticeKind.REPEATED), notice(kind=NoticeKind.WORSENED)))
    (parcel,) = desk.writer.lease("w", NOW, 10, 60, named)
    desk.writer.failed(parcel.name, "gone", None, NOW)
    desk.decide(notices=(notice(kind=NoticeKind.EASED),))

    def told(inputs: AlertInputs) -> list[tuple[str, str, str]]:
        return [(one.target.channel, one.kind, one.state) for one in inputs.notices]

    assert told(desk.decide()) == [
        ("chat", "fired", "delivered"),
        ("mail", "fired", "delivered"),
        ("chat", "worsened", "dead"),
        ("chat", "eased", "waiting"),
    ]
    desk.decide(states=(AlertState(key=KEY),), events=(event(EventKind.RECOVERED),))
    assert len(desk.decide().notices) == 4
    assert told(desk.decide(NOW + REMEMBERED + MINUTE)) == [("chat", "eased", "waiting")]


def test_a_collapsed_notice_is_never_handed_out(desk: Desk) -> None:
    """It is kept, and says so."""
    desk.decide(notices=(notice(),))
    waiting = desk.decide().notices[0]
    desk.decide(collapsed=(waiting.notice_id,))
    assert desk.writer.lease("w", NOW, 10, 60, named) == []
    with desk.store.read() as connection:
        (kept,) = queries.notices(connection).items
    assert (kept.state, kept.finished_at) == (NoticeState.COLLAPSED, NOW)


def test_the_inputs_tell_when_a_message_last_left(desk: Desk) -> None:
    """By target and integration, whatever the alert."""
    desk.decide(notices=(notice(), notice(key=AlertKey("api-errors", "crm")), notice(OLGA, OTHER)))
    for parcel in desk.writer.lease("w", NOW, 10, 60, named):
        desk.writer.delivered(parcel.name, NOW + MINUTE)
    assert desk.decide(NOW + 2 * MINUTE).last_sent == {
        (CHAT, "crm"): NOW + MINUTE,
        (OLGA, "hr"): NOW + MINUTE,
    }


def test_two_workers_never_evaluate_at_once(desk: Desk, engine_name: str) -> None:
    """The second starts from what the first one left."""
    inside, seen = threading.Event(), []

    def first(_: AlertInputs) -> AlertOutcome:
        inside.set()
        other.join(0.3)
        return AlertOutcome(states=(firing(),))

    def second(inputs: AlertInputs) -> AlertOutcome:
        seen.append(set(inputs.states))
        return AlertOutcome()

    writer = Writer(desk.store)
    other = threading.Thread(target=lambda: (inside.wait(5), writer.evaluate(second, NOW + MINUTE)))
    other.start()
    desk.writer.evaluate(first, NOW)
    other.join(10)
    assert seen == [{KEY}]


# Taking it up


def test_taking_up_an_alert_is_kept_told_and_audited(desk: Desk) -> None:
    """With the severity it had then; giving it back as well."""
    desk.decide(states=(firing(),))
    desk.writer.acknowledge(KEY, "olga", "on it", NOW + MINUTE)
    taken = desk.decide().states[KEY].acknowledged
    assert taken == Acknowledgement(by="olga", at=NOW + MINUTE, severity=Severity.CRITICAL, note="on it")
    desk.writer.unacknowledge(KEY, "ivan", "", NOW + 2 * MINUTE)
    assert desk.decide().states[KEY].acknowledged is None
    with desk.store.read() as connection:
        told = [row.event for row in queries.alert_events(connection, key=KEY).items]
        trail = queries.audit_trail(connection, subject="crm/failed-runs").items
    assert [(one.kind, one.by, one.note, one.episode) for one in told] == [
        (EventKind.UNACKNOWLEDGED, "ivan", "", "failed-runs-1"),
        (EventKind.ACKNOWLEDGED, "olga", "on it", "failed-runs-1"),
    ]
    assert [(one.action, one.actor) for one in trail] == [
        ("alert.unacknowledge", "ivan"),
        ("alert.acknowledge", "olga"),
    ]


@pytest.mark.parametrize("state", [None, AlertState(key=KEY, changes=(NOW,))], ids=["no row", "normal"])
def test_what_does_not_fire_cannot_be_taken_up(desk: Desk, state: AlertState | None) -> None:
    """The trail has nothing of it either."""
    desk.decide(states=() if state is None else (state,))
    with pytest.raises(StorageError, match="crm/failed-runs"):
        desk.writer.acknowledge(KEY, "olga", "", NOW)
    with pytest.raises(StorageError, match="crm/failed-runs"):
        desk.writer.unacknowledge(KEY, "olga", "", NOW)
    with desk.store.read() as connection:
        assert queries.audit_trail(connection).items == ()


def test_a_renamed_rule_keeps_its_alerts(desk: Desk) -> None:
    """States, events, readings, notices and tuned thresholds, once."""
    desk.decide(states=(firing(),), events=(event(),), notices=(notice(),), evaluations=(reading(1, MINUTE),))
    desk.writer.override_threshold("failed-runs", "", "> 9%", "", "", "olga", "", NOW)
    text = 'alerts: [{{key: fails, renamed_from: failed-runs, name: F, indicator: run_failure_ratio, warning: "> 5%"}}]\n'
    desk.writer.configure(configuration(CONFIGURATION + text), NOW)
    fails = AlertKey("fails", "crm")
    inputs = desk.decide(NOW + 2 * MINUTE)
    assert list(inputs.states) == [fails]
    assert [one.key for one in inputs.notices] == [fails]
    with desk.store.read() as connection:
        assert [row.event.key for row in queries.alert_events(connection).items] == [fails]
        assert len(queries.evaluations(connection, fails, NOW, NOW + 9 * MINUTE)) == 1
        assert [one.rule for one in queries.overrides(connection)] == ["fails"]


# How long it is kept


def test_what_is_stored_of_alerts_is_kept_as_long_as_it_says(desk: Desk) -> None:
    """Readings 90 days, events 400, ended messages 30 unless the alert still stands; states while they matter."""
    gone = firing(OTHER)
    desk.decide(
        states=(firing(), gone),
        events=(event(), event(key=OTHER)),
        notices=(notice(), notice(key=OTHER), notice(OLGA, OTHER)),
        evaluations=(reading(1, MINUTE),),
    )
    for parcel in desk.writer.lease("w", NOW, 2, 60, named):
        desk.writer.delivered(parcel.name, NOW)
    desk.decide(states=(AlertState(key=OTHER, changes=(NOW,)),))

    def pruned(days: int) -> tuple[int, int, int, int]:
        found = desk.writer.prune(Retention(), NOW + timedelta(days=days, hours=2))
        with desk.store.read() as connection:
            states = connection.execute(
                sa.select(sa.func.count()).select_from(schema.alert_state)
            ).scalar_one()
        return found.evaluations, found.alert_events, found.messages, states

    assert pruned(1) == (0, 0, 0, 2)
    assert pruned(3) == (0, 0, 0, 1)
    assert pruned(29) == (0, 0, 0, 1)
    assert pruned(30) == (0, 0, 1, 1)
    assert pruned(90) == (1, 0, 0, 1)
    assert pruned(399) == (0, 0, 0, 1)
    assert pruned(400) == (0, 2, 0, 1)
    with desk.store.read() as connection:
        left = [(one.key, one.state) for one in queries.notices(connection).items]
    assert left == [(OTHER, NoticeState.WAITING), (KEY, NoticeState.DELIVERED)]
