"""Telegram: what the Bot API is sent, and what its answers mean."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alerts.channel import Sending
from alerts.channels.telegram import LONGEST, TelegramSettings, send, text_of
from alerts.letter import Letter, Link, Row, Tone
from composition.outbound import HttpTransport
from core.alerting import NoticeKind
from core.errors import ChannelError
from core.settings import Contact
from tests.alerts.alerts_letters import KEY, NOW, letter, settings
from tests.alerts.conftest import Serve
from tests.collectors.collectors_server import Reply, Seen

OK = {"ok": True, "result": {"message_id": 7}}


async def post(
    transport: HttpTransport,
    url: str,
    contact: Contact | None = None,
    kind: NoticeKind = NoticeKind.FIRED,
    **more: Any,
) -> str:
    chosen = TelegramSettings.model_validate({"type": "telegram", "token": "1:abc", "api": url, **more})
    return await send(chosen, letter(kind), Sending(KEY, NOW, transport, contact))


async def refused(transport: HttpTransport, url: str, **more: Any) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await post(transport, url, **more)
    return caught.value


async def test_a_message_arrives_in_the_chat(serve: Serve, transport: HttpTransport) -> None:
    """Headline first and bold, the upstream text escaped, no preview of a link; a recovery makes no sound."""
    server = serve(lambda _: Reply(OK))
    await post(transport, server.url, chat="-100200")
    await post(transport, server.url, chat="@board", kind=NoticeKind.RECOVERED)
    first, second = (seen.json() for seen in server.seen)
    assert server.seen[0].path == "/bot1:abc/sendMessage"
    assert first["chat_id"] == -100200
    assert first["text"].startswith("<b>🔴 Critical: PeopleSoft → Butterboard — the last 3 runs failed</b>")
    assert "HTTP 401 &lt;Unauthorized&gt;" in first["text"]
    assert first["link_preview_options"] == {"is_disabled": True}
    assert (first["disable_notification"], second["disable_notification"]) == (False, True)
    assert second["chat_id"] == "@board"


async def test_the_chat_is_the_contacts_where_the_channel_names_none(
    serve: Serve, transport: HttpTransport
) -> None:
    """Each contact has a chat; without one the message, and only it, is refused for good."""
    server = serve(lambda _: Reply(OK))
    await post(transport, server.url, settings().contacts["dezhurnyj"])
    assert server.seen[0].json()["chat_id"] == 515151
    error = await refused(transport, server.url)
    assert (error.permanent, error.of_message) == (True, True)


@pytest.mark.parametrize(
    ("status", "description", "permanent", "of_message"),
    [
        (400, "Bad Request: chat not found", True, False),
        (400, "Bad Request: can't parse entities", True, True),
        (401, "Unauthorized", True, False),
        (403, "Forbidden: bot was kicked from the group chat", True, False),
        (404, "Not Found", True, False),
        (500, "Internal Server Error", False, False),
        (502, "Bad Gateway", False, False),
    ],
)
async def test_what_a_refusal_means(
    serve: Serve, transport: HttpTransport, status: int, description: str, permanent: bool, of_message: bool
) -> None:
    """A token or chat that is not there disables the channel; the words are Telegram's own."""
    server = serve(lambda _: Reply({"ok": False, "error_code": status, "description": description}, status))
    error = await refused(transport, server.url, chat="1")
    assert (error.permanent, error.of_message) == (permanent, of_message)
    assert description in error.message


async def test_too_many_messages_wait_as_long_as_asked(serve: Serve, transport: HttpTransport) -> None:
    """Telegram says so in the body."""
    body = {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests",
        "parameters": {"retry_after": 33},
    }
    server = serve(lambda _: Reply(body, 429))
    error = await refused(transport, server.url, chat="1")
    assert (error.permanent, error.retry_after) == (False, timedelta(seconds=33))


async def test_a_group_that_became_a_supergroup_is_followed(serve: Serve, transport: HttpTransport) -> None:
    """The message goes to the new number, and the answer tells to write it into the file."""

    def answer(seen: Seen) -> Reply:
        if seen.json()["chat_id"] == -1:
            moved = {"ok": False, "description": "upgraded", "parameters": {"migrate_to_chat_id": -1002}}
            return Reply(moved, 400)
        return Reply(OK)

    server = serve(answer)
    assert "-1002" in await post(transport, server.url, chat="-1")
    assert [seen.json()["chat_id"] for seen in server.seen] == [-1, -1002]


async def test_another_program_at_that_address_is_not_taken_for_telegram(
    serve: Serve, transport: HttpTransport
) -> None:
    """A 200 that is no answer of the Bot API delivered nothing."""
    server = serve(
        lambda _: Reply("<html><title>Sign in</title></html>", headers={"Content-Type": "text/html"})
    )
    error = await refused(transport, server.url, chat="1")
    assert not error.permanent
    assert "Sign in" in error.message


def test_a_long_message_keeps_whole_lines_and_its_links() -> None:
    """Telegram refuses more than 4096 characters, and half a tag."""
    rows = tuple(Row("Alert", "a < b & c " * 30) for _ in range(40))
    made = Letter(Tone.CRITICAL, "en", "Critical: all of it", rows, (Link("Open", "https://x/y"),), "", "ep")
    text = text_of(made)
    assert len(text) <= LONGEST
    assert text.endswith('<a href="https://x/y">Open</a>')
    assert text.count("<b>") == text.count("</b>")
