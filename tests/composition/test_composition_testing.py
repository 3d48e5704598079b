"""`alerts test` sends one message now and tells what the other side said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from composition.names import registries
from composition.testing import send_test
from core.errors import ChannelError, UsageError
from core.settings import Settings, loads
from tests.collectors.collectors_proxy import proxying
from tests.collectors.collectors_server import Reply, Served


@pytest.fixture
def receiver() -> Iterator[Served]:
    served = Served(lambda _: Reply(b"", 204))
    yield served
    served.stop()


def settings(url: str) -> Settings:
    text = (
        f"channels: {{hook: {{type: webhook, url: '{url}/a-long-and-secret-path'}}}}\n"
        "contacts: {olga: {name: Ольга, channels: [hook], language: ru}}\n"
    )
    return loads(text, "monitor.yaml", registries())


def test_a_message_arrives_in_the_language_of_who_is_reached(receiver: Served) -> None:
    """The first contact of the channel, where none is named; the answer is told."""
    assert str(send_test(settings(receiver.url), "hook", None)) == "hook: sent to Ольга (204 No Content)"
    (seen,) = receiver.seen
    assert seen.json()["kind"] == "test"
    assert seen.json()["headline"].startswith("Проверка: ")


def test_what_went_wrong_is_told_without_secrets(receiver: Served) -> None:
    """The status and the other side's words, and not the address that is itself a key."""
    receiver.answer = lambda seen: Reply(f"no {seen.path}", 404)
    with pytest.raises(ChannelError, match="404") as caught:
        send_test(settings(receiver.url), "hook", None)
    assert "secret-path" not in caught.value.message


@pytest.mark.parametrize(("channel", "contact"), [("hok", None), ("hook", "olge")])
def test_an_unknown_key_is_an_error_of_usage(receiver: Served, channel: str, contact: str | None) -> None:
    """With what was probably meant; nothing is sent."""
    with pytest.raises(UsageError, match="did you mean"):
        send_test(settings(receiver.url), channel, contact)
    assert receiver.seen == []


async def test_a_message_leaves_through_the_proxy(receiver: Served) -> None:
    """What the configuration names at the top serves channels too."""
    text = (
        "proxy: {url: 'http://127.0.0.1:%d', no_proxy: []}\n"
        "channels: {hook: {type: webhook, url: 'http://inner.example:%d/a-long-and-secret-path'}}\n"
    )
    async with proxying() as proxy:
        read = loads(text % (proxy.port, receiver.port), "monitor.yaml", registries())
        said = await asyncio.to_thread(send_test, read, "hook", None)
    assert str(said) == "hook: sent (204 No Content)"
    assert proxy.asked == [f"POST http://inner.example:{receiver.port}/a-long-and-secret-path HTTP/1.1"]
