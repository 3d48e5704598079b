"""Faults that bit well-known monitors: messages lost, doubled or torn apart on their way out.

The same with real receivers on loopback, and with processes that are killed, stands in the tests of the
dispatcher and of the outbox; here every moment is chosen.
"""

from datetime import timedelta

import pytest

from alerts.content import unpacked
from alerts.outbox import LEASE_SECONDS, name_of
from core.alerting import NoticeKind, Parcel
from core.settings import Settings
from storage.store import Store
from tests.alerts.alerts_house import FAILURES, HOUR, MINUTE, TICK, House, settings_of

LEASE = timedelta(seconds=LEASE_SECONDS)
GROUPED = "chat: {type: made, group_wait: 1m, group_interval: 5m}"
FAILED_RUNS = '{key: ratio, name: Ratio, indicator: run_failure_ratio, window: 5 runs, warning: "> 50%", min_events: 1, for: 0s}'


def claim(house: House) -> list[Parcel]:
    """What a worker takes out now, by the names that the dispatcher gives."""
    return house.writer.lease("worker", house.now, 100, LEASE_SECONDS, name_of)


def grouped(*rules: str, chat: str = GROUPED) -> Settings:
    """Settings whose chat groups its messages."""
    return settings_of(*(rules or (FAILURES,)), channels=chat)


def test_a_notifier_down_for_ten_minutes_delivers_once_with_the_original_time(store: Store) -> None:
    """Every attempt of ten minutes fails: one message arrives at last, and it tells when it began."""
    one = House(store, settings_of(FAILURES)).poll().run("failed").evaluate()
    began = one.now
    for _ in range(20):
        for parcel in claim(one):
            one.writer.failed(parcel.name, "503", one.now + 3 * TICK, one.now)
        one.tick(3 * TICK)
    one.tick(MINUTE).deliver()
    one.tick(10 * MINUTE).deliver()
    assert one.told == [("crm", "failures", "fired")]
    content = unpacked(one.sent[0].content)
    assert content.fired_at == began
    assert content.since is not None
    assert content.since <= began


def test_a_crash_after_claiming_loses_nothing_and_repeats_the_same_key(store: Store) -> None:
    """The worker died with the message in hand: after the lease it comes back under its first name."""
    one = House(store, settings_of(FAILURES)).poll().run("failed").evaluate()
    first = claim(one)
    one.restart()
    one.tick(MINUTE)
    assert claim(one) == []
    one.tick(LEASE)
    again = claim(one)
    assert [parcel.name for parcel in again] == [parcel.name for parcel in first]
    assert [n.notice_id for n in again[0].notices] == [n.notice_id for n in first[0].notices]


def test_a_crash_after_sending_repeats_the_same_key_and_nothing_else(store: Store) -> None:
    """The message had arrived, and the worker died before it could say so: the repeat has the same key."""
    one = House(store, settings_of(FAILURES)).poll().run("failed").evaluate()
    arrived = [parcel.name for parcel in claim(one)]
    one.restart()
    one.tick(LEASE + MINUTE)
    for parcel in claim(one):
        arrived.append(parcel.name)
        one.writer.delivered(parcel.name, one.now)
    one.tick(10 * MINUTE, step=MINUTE).deliver()
    assert len(arrived) == 2
    assert len(set(arrived)) == 1
    assert one.told == []


def test_a_crash_after_sending_and_a_recovery_is_told_to_its_end(store: Store) -> None:
    """Perhaps it arrived, perhaps not, and it is over meanwhile: the reader is left with no open alarm."""
    one = House(store, settings_of(FAILURES)).poll().run("failed").evaluate()
    claim(one)
    one.restart()
    one.run("succeeded").tick(LEASE + MINUTE)
    one.deliver()
    one.tick(MINUTE).deliver()
    assert [kind for _, _, kind in one.told] == ["passed"]


@pytest.mark.parametrize(
    "chat",
    [
        pytest.param(GROUPED, id="the same again"),
        pytest.param("chat: {type: made, group_wait: 0s, group_interval: 0s}", id="no more waiting"),
        pytest.param("chat: {type: made, group_wait: 10m, group_interval: 1h}", id="longer waiting"),
    ],
)
def test_a_reload_in_the_middle_of_a_group_neither_bursts_nor_loses(store: Store, chat: str) -> None:
    """The configuration changes between the first alert of a group and its message: one message, with all."""
    rules = (FAILURES, FAILED_RUNS)
    one = House(store, grouped(*rules)).poll()
    one.run("failed").tick(2 * TICK)
    assert claim(one) == []
    one.take_over(grouped(*rules, chat=chat))
    one.tick(MINUTE)
    parcels = claim(one)
    assert len(parcels) == 1
    assert sorted(notice.key.rule for notice in parcels[0].notices) == ["failures", "ratio"]
    one.writer.delivered(parcels[0].name, one.now)
    one.take_over(grouped(*rules))
    one.tick(10 * MINUTE).deliver()
    assert one.told == []


def test_a_channel_renamed_in_the_middle_of_a_group_gets_the_message(store: Store) -> None:
    """What waited for the old name leaves by the new one, once."""
    one = House(store, grouped()).poll().run("failed").tick(2 * TICK)
    one.take_over(grouped(chat="team: {type: made, group_wait: 1m}"))
    one.tick(3 * MINUTE).deliver()
    assert [(notice.target.channel, notice.kind) for notice in one.sent] == [("team", NoticeKind.FIRED)]


def test_a_rule_taken_out_in_the_middle_of_a_group_sends_nothing(store: Store) -> None:
    """Nobody was told yet, and nobody watches it any more: nothing is said, now or a day later."""
    one = House(store, grouped()).poll().run("failed").tick(2 * TICK)
    one.take_over(grouped(FAILED_RUNS.replace("> 50%", "> 100%")))
    one.tick(3 * MINUTE).deliver()
    one.tick(26 * HOUR, step=2 * HOUR).deliver()
    assert ("crm", "failures") not in {(integration, rule) for integration, rule, _ in one.told}
