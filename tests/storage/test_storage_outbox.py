"""The outbox: what is handed out to whom, how it fared, and that nothing is lost or said twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from core.alert_states import AlertKey
from core.alerting import Notice, NoticeKind, NoticeState, Parcel
from core.errors import StorageError
from storage import queries
from storage.queries.alert_rows import ChannelState, OutboxCounts
from storage.store import Store
from storage.writer import Writer
from tests.storage.storage_alerts import CHAT, KEY, OLGA, OTHER, Desk, named, notice
from tests.storage.storage_samples import CONFIGURATION, NOW, configuration

MINUTE = timedelta(minutes=1)
API = AlertKey("api-errors", "crm")


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def lease(desk: Desk, after: timedelta = timedelta(0), limit: int = 10) -> list[Parcel]:
    return desk.writer.lease("w", NOW + after, limit, 60, named)


def stored(desk: Desk, state: NoticeState | None = None) -> list[Notice]:
    with desk.store.read() as connection:
        return list(reversed(queries.notices(connection, state=state).items))


def channel(desk: Desk, key: str = "chat") -> ChannelState:
    with desk.store.read() as connection:
        (found,) = (one for one in queries.channel_states(connection) if one.channel == key)
    return found


def test_what_is_due_to_one_target_about_one_integration_is_one_parcel(desk: Desk) -> None:
    """Others' and what is not due yet stay out; the longest waiting comes first."""
    later = notice(not_before=NOW + MINUTE)
    desk.decide(
        notices=(
            notice(OLGA),
            notice(not_before=NOW - MINUTE, created_at=NOW - MINUTE),
            notice(key=API),
            notice(key=OTHER, not_before=NOW - 2 * MINUTE),
            later,
        )
    )
    parcels = lease(desk)
    assert [(one.target, one.integration, len(one.notices)) for one in parcels] == [
        (CHAT, "hr", 1),
        (CHAT, "crm", 2),
        (OLGA, "crm", 1),
    ]
    assert [one.key for one in parcels[1].notices] == [KEY, API]
    assert (parcels[1].attempts, parcels[1].first_at) == (0, NOW - MINUTE)
    assert parcels[1].name == named(parcels[1].notices)


def test_what_is_handed_out_is_not_handed_out_again_until_its_lease_runs_out(desk: Desk) -> None:
    """Then it comes back as it was, under its first name, without what has become due since."""
    desk.decide(notices=(notice(),))
    (first,) = lease(desk)
    desk.decide(notices=(notice(key=API, kind=NoticeKind.WORSENED),))
    assert lease(desk, timedelta(seconds=59)) == []
    (again,) = desk.writer.lease("other", NOW + MINUTE, 10, 60, lambda _: "another name")
    assert again.name == first.name
    assert [one.notice_id for one in again.notices] == [one.notice_id for one in first.notices]


def test_messages_on_one_way_keep_their_order(desk: Desk) -> None:
    """While an earlier one waits for its next attempt, later ones wait behind it; others do not."""
    desk.decide(notices=(notice(),))
    (first,) = lease(desk)
    desk.writer.failed(first.name, "timeout", NOW + 5 * MINUTE, NOW)
    desk.decide(notices=(notice(kind=NoticeKind.RECOVERED), notice(OLGA)))
    (other,) = lease(desk, MINUTE)
    assert other.target == OLGA
    desk.writer.delivered(other.name, NOW + MINUTE)
    (again,) = lease(desk, 5 * MINUTE)
    assert [one.kind for one in again.notices] == [NoticeKind.FIRED]
    desk.writer.delivered(again.name, NOW + 5 * MINUTE)
    (behind,) = lease(desk, 6 * MINUTE)
    assert [one.kind for one in behind.notices] == [NoticeKind.RECOVERED]


def test_what_a_worker_gives_back_is_free_at_once(desk: Desk) -> None:
    """Under its name, and only by the worker that has it."""
    desk.decide(notices=(notice(), notice(OLGA)))
    first, second = lease(desk)
    desk.writer.release("other", [first.name])
    assert lease(desk) == []
    desk.writer.release("w", [first.name])
    assert [one.name for one in lease(desk)] == [first.name]
    desk.writer.delivered(second.name, NOW)
    desk.writer.release("w", [second.name])
    assert stored(desk, NoticeState.WAITING)[0].batch == first.name


def test_only_the_channels_asked_for_are_handed_out(desk: Desk) -> None:
    """The others wait for who can send them."""
    desk.decide(notices=(notice(), notice(OLGA)))
    (parcel,) = desk.writer.lease("w", NOW, 10, 60, named, ["mail", "unheard-of"])
    assert parcel.target == OLGA
    assert desk.writer.lease("w", NOW, 10, 60, named, []) == []
    assert [one.target for one in lease(desk)] == [CHAT]


def test_a_limit_leaves_the_rest_for_the_next(desk: Desk) -> None:
    """So many parcels, not notices."""
    desk.decide(notices=(notice(), notice(key=API), notice(key=OTHER), notice(OLGA)))
    assert [len(one.notices) for one in lease(desk, limit=1)] == [2]
    assert len(lease(desk)) == 2


def test_an_arrived_parcel_is_over_and_counted_once(desk: Desk) -> None:
    """Noting it twice, as two workers may, changes nothing."""
    desk.decide(notices=(notice(), notice(key=API)))
    (parcel,) = lease(desk)
    desk.writer.delivered(parcel.name, NOW + MINUTE)
    desk.writer.delivered(parcel.name, NOW + 2 * MINUTE)
    desk.writer.failed(parcel.name, "late", None, NOW + 3 * MINUTE)
    assert [(one.state, one.finished_at, one.error) for one in stored(desk)] == [
        (NoticeState.DELIVERED, NOW + MINUTE, None)
    ] * 2
    assert channel(desk) == ChannelState(channel="chat", last_delivered_at=NOW + MINUTE, delivered=1)
    assert lease(desk, timedelta(days=1)) == []


def test_a_failed_parcel_comes_back_when_it_is_time(desk: Desk) -> None:
    """With its count of attempts and the error beside it; arriving at last clears the channel's trouble."""
    desk.decide(notices=(notice(),))
    (parcel,) = lease(desk)
    desk.writer.failed(parcel.name, "timeout", NOW + 2 * MINUTE, NOW)
    assert lease(desk, MINUTE) == []
    (waiting,) = stored(desk, NoticeState.WAITING)
    assert (waiting.attempts, waiting.error, waiting.leased_until) == (1, "timeout", None)
    told = channel(desk)
    assert (told.failures, told.failed, told.last_error, told.last_failed_at) == (1, 1, "timeout", NOW)
    (again,) = lease(desk, 2 * MINUTE)
    assert (again.name, again.attempts) == (parcel.name, 1)
    desk.writer.delivered(again.name, NOW + 3 * MINUTE)
    told = channel(desk)
    assert (told.failures, told.failed, told.last_error, told.delivered) == (0, 1, None, 1)


def test_what_collapsed_between_two_attempts_does_not_arrive_with_the_second(desk: Desk) -> None:
    """What collapsed while its message was on the way does: it was in it."""
    desk.decide(notices=(notice(), notice(key=API)))
    (parcel,) = lease(desk)
    first, second = (one.notice_id for one in parcel.notices)
    desk.writer.failed(parcel.name, "timeout", NOW + MINUTE, NOW)
    desk.decide(collapsed=(first,))
    (again,) = lease(desk, MINUTE)
    assert (again.name, [one.notice_id for one in again.notices]) == (parcel.name, [second])
    desk.decide(collapsed=(second,))
    desk.writer.delivered(again.name, NOW + 2 * MINUTE)
    assert [one.state for one in stored(desk)] == [NoticeState.COLLAPSED, NoticeState.DELIVERED]


def test_a_dead_letter_may_be_sent_again_under_its_name(desk: Desk) -> None:
    """Audited; there is nothing to send again twice."""
    desk.decide(notices=(notice(),))
    (parcel,) = lease(desk)
    desk.writer.failed(parcel.name, "no such chat", None, NOW)
    (dead,) = stored(desk, NoticeState.DEAD)
    assert (dead.batch, dead.error, dead.finished_at) == (parcel.name, "no such chat", NOW)
    assert lease(desk, timedelta(days=1)) == []
    assert channel(desk).dead == 1
    desk.writer.resend(parcel.name, "olga", NOW + MINUTE)
    with pytest.raises(StorageError, match="no such dead letter"):
        desk.writer.resend(parcel.name, "olga", NOW + MINUTE)
    (again,) = lease(desk, MINUTE)
    assert (again.name, again.attempts) == (parcel.name, 0)
    with desk.store.read() as connection:
        assert [one.action for one in queries.audit_trail(connection).items] == ["outbox.resend"]


def test_nothing_is_handed_out_for_a_disabled_channel(desk: Desk) -> None:
    """The first reason stands; enabled again, all leaves that waited."""
    desk.decide(notices=(notice(), notice(OLGA)))
    desk.writer.disable_channel("chat", "401: bad token", "monitor", NOW)
    desk.writer.disable_channel("chat", "again", "monitor", NOW + MINUTE)
    assert [one.target for one in lease(desk)] == [OLGA]
    told = channel(desk)
    assert (told.disabled_at, told.disabled_why, told.disabled_by) == (NOW, "401: bad token", "monitor")
    desk.writer.enable_channel("chat", "olga", NOW + MINUTE)
    desk.writer.enable_channel("chat", "olga", NOW + MINUTE)
    assert [one.target for one in lease(desk)] == [CHAT]
    with desk.store.read() as connection:
        trail = queries.audit_trail(connection, subject="chat").items
    assert [(one.action, one.actor) for one in trail] == [
        ("channel.enable", "olga"),
        ("channel.disable", "monitor"),
    ]


def test_a_changed_configuration_gives_channels_another_chance(desk: Desk) -> None:
    """The same file read again does not: its channels would fail as before."""
    desk.writer.disable_channel("chat", "401", "monitor", NOW)
    desk.writer.configure(configuration(), NOW)
    assert channel(desk).disabled_at == NOW
    desk.writer.configure(configuration(CONFIGURATION + "language: ru\n"), NOW)
    assert channel(desk).disabled_at is None
    with desk.store.read() as connection:
        [done] = queries.audit_trail(connection, subject="channels").items
    assert (done.action, done.actor) == ("channel.enable", "configuration")


def test_two_workers_never_get_the_same_parcel(desk: Desk) -> None:
    """However close they ask."""
    keys = [AlertKey(f"rule-{number}", key) for number in range(20) for key in ("crm", "hr")]
    desk.decide(notices=tuple(notice(CHAT._replace(contact=key.rule), key) for key in keys))
    got: list[str] = []
    writers = [Writer(desk.store) for _ in range(4)]

    def take(writer: Writer, name: str) -> None:
        for _ in range(10):
            got.extend(parcel.name for parcel in writer.lease(name, NOW, 3, 60, named))

    threads = [threading.Thread(target=take, args=(writer, str(n))) for n, writer in enumerate(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == len(set(got)) == 40


def test_the_outbox_is_told_in_sums(desk: Desk) -> None:
    """Every state, those without notices too; the age of the oldest that waits."""
    with desk.store.read() as connection:
        empty = queries.outbox_counts(connection)
    assert empty == OutboxCounts(by_state=dict.fromkeys(NoticeState, 0))
    desk.decide(notices=(notice(), notice(OLGA), notice(key=OTHER, created_at=NOW - MINUTE)))
    first, second, third = lease(desk)
    desk.writer.delivered(first.name, NOW)
    desk.writer.failed(second.name, "x", None, NOW)
    desk.writer.failed(third.name, "x", NOW + MINUTE, NOW)
    with desk.store.read() as connection:
        counts = queries.outbox_counts(connection)
        assert len(queries.notices(connection, integration="hr").items) == 1
        assert len(queries.notices(connection, channel="mail").items) == 1
        assert len(queries.notices(connection, episode="failed-runs-1").items) == 2
    assert counts.by_state == {
        NoticeState.WAITING: 1,
        NoticeState.DELIVERED: 1,
        NoticeState.DEAD: 1,
        NoticeState.COLLAPSED: 0,
    }
    assert counts.retrying == 1
    waiting = stored(desk, NoticeState.WAITING)
    assert counts.oldest_waiting_at == waiting[0].created_at


def test_notices_come_in_pages_the_last_first(desk: Desk) -> None:
    """No page repeats or leaves out one."""
    desk.decide(notices=tuple(notice(episode=str(number)) for number in range(5)))
    found, after = [], None
    with desk.store.read() as connection:
        for _ in range(3):
            page = queries.notices(connection, after=after, limit=2)
            found += [one.episode for one in page.items]
            after = page.next
    assert (found, after) == (["4", "3", "2", "1", "0"], None)
