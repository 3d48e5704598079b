"""Delivery: nothing is lost, nothing said twice without its first key, and no channel holds up another."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.outbox import MAX_AGE, name_of
from composition.outbound import HttpTransport
from core.alerting import NoticeKind, NoticeState
from core.errors import StorageError
from storage.store import Store
from tests.alerts.alerts_letters import NOW
from tests.alerts.alerts_post import SECOND, Office, told
from tests.alerts.conftest import Serve
from tests.collectors.collectors_server import Reply, Seen, Served
from tests.waiting import until

MINUTE = timedelta(minutes=1)


class Receiver:
    """A webhook receiver that answers what it is told to, and knows which messages it took."""

    def __init__(self, serve: Serve) -> None:
        self.reply = Reply(b"", 204)
        self.server: Served = serve(lambda _: self.reply)

    @property
    def keys(self) -> list[str]:
        """The dedup key of every message that came."""
        return [seen.headers["idempotency-key"] for seen in self.server.seen]

    @property
    def kinds(self) -> list[str]:
        """What each of them told."""
        return [seen.json()["kind"] for seen in self.server.seen]


@pytest.fixture
def receiver(serve: Serve) -> Receiver:
    return Receiver(serve)


@pytest.fixture
async def office(store: Store, transport: HttpTransport, receiver: Receiver) -> AsyncIterator[Office]:
    made = Office(store, transport, receiver.server.url)
    yield made
    await made.dispatcher.close()


async def test_a_message_leaves_once(office: Office, receiver: Receiver) -> None:
    """Two alerts of one integration are one message; delivered ones are not sent at the next tick."""
    office.put(told(), told(episode="ep-2"), told(integration="crm"))
    await office.deliver()
    await office.deliver()
    assert sorted(len(seen.json()["alerts"]) for seen in receiver.server.seen) == [1, 2]
    assert {one.state for one in office.stored()} == {NoticeState.DELIVERED}
    assert {one.batch for one in office.stored()} == set(receiver.keys)


async def test_a_notifier_down_for_ten_minutes_delivers_once_with_the_original_time(
    office: Office, receiver: Receiver
) -> None:
    """It is tried less and less often under one key, and when it arrives it says since when, and that it is late."""
    receiver.reply = Reply(b"", 503)
    office.put(told())
    for _ in range(60):
        await office.deliver()
        office.move(seconds=10)
    tried = len(receiver.keys)
    assert 5 <= tried <= 8
    receiver.reply = Reply(b"", 204)
    office.move(minutes=10)
    await office.deliver()
    await office.deliver()
    assert len(receiver.keys) == tried + 1
    assert len(set(receiver.keys)) == 1
    arrived = receiver.server.seen[-1].json()
    assert arrived["alerts"][0]["since"] == "2026-11-24T14:05:00+00:00"
    assert office.channel().failures == 0


async def test_retry_after_is_kept_to(office: Office, receiver: Receiver) -> None:
    """Neither this message nor the next one is sent before the receiver asked for it."""
    receiver.reply = Reply(b"", 429, {"Retry-After": "300"})
    office.put(told())
    await office.deliver()
    office.put(told(integration="crm"))
    office.move(seconds=299)
    await office.deliver()
    assert len(receiver.keys) == 1
    receiver.reply = Reply(b"", 204)
    office.move(seconds=2)
    await office.deliver()
    assert len(receiver.keys) == 3


async def test_a_permanent_failure_is_a_dead_letter_and_disables_the_channel_visibly(
    office: Office, receiver: Receiver
) -> None:
    """The others wait; once a person has enabled it again they leave, and the dead letter when it is resent."""
    receiver.reply = Reply({"error": "no such hook"}, 404)
    office.put(told(), told(integration="crm"))
    await office.deliver()
    (dead,) = office.stored(NoticeState.DEAD)
    assert "404" in (dead.error or "")
    assert "404" in office.channel().disabled_why
    assert office.channel().disabled_by == "dispatcher"
    office.move(hours=1)
    await office.deliver()
    assert len(receiver.keys) == 1
    receiver.reply = Reply(b"", 204)
    office.writer.enable_channel("hook", "local", office.now)
    office.writer.resend(dead.batch, "local", office.now)
    await office.deliver()
    assert {one.state for one in office.stored()} == {NoticeState.DELIVERED}
    assert receiver.keys.count(dead.batch) == 2


async def test_a_refused_message_does_not_stop_the_others(office: Office, receiver: Receiver) -> None:
    """A 422 is about this message: it is a dead letter, and the channel goes on."""

    def answer(seen: Seen) -> Reply:
        return Reply({"error": "?"}, 422) if seen.json()["integration"]["key"] == "crm" else Reply(b"", 204)

    receiver.server.answer = answer
    office.put(told(integration="crm"), told())
    await office.deliver()
    assert [one.state for one in office.stored()] == [NoticeState.DEAD, NoticeState.DELIVERED]
    assert office.channel().disabled_at is None


async def test_a_message_too_old_is_given_up(office: Office, receiver: Receiver) -> None:
    """After a day of trying it is a dead letter with its last error, not a surprise next week."""
    receiver.reply = Reply(b"", 500)
    office.put(told())
    await office.deliver()
    office.now = NOW + MAX_AGE
    await office.deliver()
    (dead,) = office.stored(NoticeState.DEAD)
    assert "500" in (dead.error or "")


async def test_what_fired_is_told_before_what_recovered(office: Office, receiver: Receiver) -> None:
    """A message that is being retried is not overtaken by a later one about the same integration."""
    receiver.reply = Reply(b"", 500)
    office.put(told())
    await office.deliver()
    office.put(told(NoticeKind.RECOVERED))
    receiver.reply = Reply(b"", 204)
    for _ in range(3):
        office.move(seconds=10)
        await office.deliver()
    assert receiver.kinds == ["fired", "fired", "recovered"]


async def test_a_hanging_channel_holds_up_nobody_else(
    store: Store, transport: HttpTransport, serve: Serve, receiver: Receiver
) -> None:
    """While one receiver does not answer, the other's messages arrive."""
    enough = threading.Event()

    def nothing(_: Seen) -> Reply:
        enough.wait(60)
        return Reply(b"")

    hanging = serve(nothing)
    office = Office(store, transport, hanging.url, receiver.server.url)
    office.put(told(), told(target=SECOND))
    await office.dispatcher.deliver(office.now)
    await until(lambda: NoticeState.DELIVERED in [one.state for one in office.stored()])
    assert len(receiver.keys) == 1
    assert [one.state for one in office.stored()].count(NoticeState.WAITING) == 1
    enough.set()
    await office.dispatcher.close()


async def test_a_stop_lets_the_message_in_hand_leave(
    store: Store, transport: HttpTransport, serve: Serve
) -> None:
    """The next ones stay, and go back at once."""
    slow = serve(lambda _: Reply(b"", 204, wait=0.3))
    office = Office(store, transport, slow.url)
    office.put(told(), told(integration="crm"))
    await office.dispatcher.deliver(office.now)
    await until(lambda: bool(slow.seen))
    await office.dispatcher.close()
    assert sorted(one.state for one in office.stored()) == [NoticeState.DELIVERED, NoticeState.WAITING]
    assert office.due(office.now) == {"hook"}


class Broken:
    """The outbox of a process that dies in the middle: a command is never carried out."""

    def __init__(self, office: Office, command: str) -> None:
        self._office, self._command = office, command

    def __getattr__(self, name: str) -> Callable[..., Any]:
        real: Callable[..., Any] = getattr(self._office.writer, name)
        if name != self._command:
            return real

        def dies(*_: Any, **__: Any) -> None:
            raise StorageError("killed")

        return dies


async def test_a_crash_after_sending_repeats_the_same_key(office: Office, receiver: Receiver) -> None:
    """It was taken, but we died before noting that: after the lease it is sent again, as the same message."""
    office.put(told())
    office.dispatcher = office.started(Broken(office, "delivered"))
    await office.deliver()
    office.dispatcher = office.started()
    await office.deliver()
    assert len(receiver.keys) == 1
    office.move(minutes=3)
    await office.deliver()
    assert len(receiver.keys) == 2
    assert len(set(receiver.keys)) == 1
    assert receiver.server.seen[0].json()["alerts"] == receiver.server.seen[1].json()["alerts"]


async def test_a_crash_after_claiming_loses_nothing(office: Office, receiver: Receiver) -> None:
    """It was leased and never sent: after the lease it leaves under the name it was given, once."""
    office.put(told())
    (parcel,) = office.writer.lease("dead worker", office.now, 10, 60, name_of)
    office.put(told(NoticeKind.WORSENED, episode="ep-2"))
    await office.deliver()
    assert receiver.keys == []
    office.move(seconds=61)
    await office.deliver()
    await office.deliver()
    assert receiver.keys[0] == parcel.name
    assert receiver.kinds == ["fired", "worsened"]


async def test_a_channel_that_is_gone_leaves_a_dead_letter(office: Office, receiver: Receiver) -> None:
    """It says so; nothing is sent to where it once led."""
    office.put(told(target=SECOND))
    await office.deliver()
    (dead,) = office.stored(NoticeState.DEAD)
    assert "not configured any more" in (dead.error or "")
    assert receiver.keys == []


async def test_a_secret_in_an_answer_is_not_kept(
    store: Store, transport: HttpTransport, receiver: Receiver
) -> None:
    """A receiver that echoes the key of its address does not bring it onto a page."""
    office = Office(store, transport, f"{receiver.server.url}/services/T000/B000/very-secret-key")
    receiver.server.answer = lambda seen: Reply(f"no such path {seen.path}", 404)
    office.put(told())
    await office.deliver()
    (dead,) = office.stored(NoticeState.DEAD)
    assert "very-secret-key" not in (dead.error or "") + office.channel().disabled_why
    assert "404" in (dead.error or "")


async def test_without_a_diagnosis_the_message_still_leaves(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own trouble with reading is no reason to say nothing."""

    def fails(integration: str, now: object) -> None:
        raise StorageError("locked")

    monkeypatch.setattr(office, "circumstances", fails)
    office.dispatcher = office.started()
    office.put(told())
    await office.deliver()
    assert receiver.server.seen[0].json()["cause"] is None


async def test_without_a_channel_it_is_hardly_looked(office: Office) -> None:
    """Each look is a thread and a query, and there is nothing; what a channel left behind is still found."""
    looks: list[object] = []

    def due(now: object) -> frozenset[str]:
        looks.append(now)
        return frozenset()

    post = office.dispatcher.post
    office.dispatcher.post = replace(post, due=due)
    for _ in range(3):
        await office.dispatcher.deliver(post.clock())
        office.move(seconds=1)
    assert len(looks) == 3
    bare = post.settings().model_copy(update={"channels": {}})
    office.dispatcher.post = replace(post, due=due, settings=lambda: bare)
    for _ in range(61):
        await office.dispatcher.deliver(post.clock())
        office.move(seconds=1)
    assert len(looks) == 4
