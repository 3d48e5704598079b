"""Sends each message to a Telegram chat through a bot."""

from __future__ import annotations

import json
from datetime import timedelta
from html import escape

import msgspec
from pydantic import Field

from alerts.answers import taken
from alerts.channel import Channel, Sending
from alerts.letter import Letter, Row
from alerts.plain import MARKS
from alerts.transport import Answer, Outgoing
from core.errors import ChannelError
from core.settings.channels import ChannelSettings
from core.settings.fields import NonEmpty, Secret, Url

LONGEST = 4096
"""So many characters a message may have, its tags not counted."""


class TelegramSettings(ChannelSettings):
    """Make a bot with @BotFather, add it to the chat, and write its token here. A recovery makes no sound."""

    token: Secret = Field(description="the bot's token")
    chat: NonEmpty | None = Field(
        None,
        description="number of the chat, or @name of a public channel; default: the contact's `telegram`. A bot cannot write to a person by name",
    )
    api: Url = Field(
        "https://api.telegram.org", description="address of the Bot API, for a server of your own"
    )

    @property
    def personal(self) -> bool:
        """Each contact has a chat of their own, unless all messages go to `chat`."""
        return self.chat is None


class _Parameters(msgspec.Struct):
    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class _Reply(msgspec.Struct):
    ok: bool = False
    description: str = ""
    parameters: _Parameters = msgspec.field(default_factory=_Parameters)


async def send(settings: TelegramSettings, letter: Letter, sending: Sending) -> str:
    """Send to the chat; to the one that it has become, where Telegram says so. Raises ChannelError."""
    chat = settings.chat or (sending.contact.telegram if sending.contact else None)
    if not chat:
        raise ChannelError(
            "no chat to send to: write `chat` for the channel, or `telegram` for the contact",
            permanent=True,
            of_message=True,
        )
    answer = await sending.transport.send(
        _call(settings, letter, sending, chat), public_only=sending.public_only
    )
    moved = _reply(answer).parameters.migrate_to_chat_id
    if answer.status == 400 and moved is not None:
        again = _call(settings, letter, sending, str(moved))
        answer = await sending.transport.send(again, public_only=sending.public_only)
        return f"{_taken(answer)}; the chat is now {moved}: write that number for `chat`"
    return _taken(answer)


def text_of(letter: Letter) -> str:
    """The letter in Telegram's HTML, at most LONGEST characters: whole lines are left out, never cut."""
    lines = [f"<b>{MARKS[letter.tone]} {escape(letter.headline, quote=False)}</b>"]
    lines += ["", *(f"• {_line(row)}" for row in letter.alerts)] if letter.alerts else []
    lines += ["", *(_line(row) for row in letter.rows)]
    tail = ["", " · ".join(f'<a href="{escape(link.url)}">{escape(link.label)}</a>' for link in letter.links)]
    room = LONGEST - len(tail[1])
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, *tail])


def _line(row: Row) -> str:
    text = escape(row.text, quote=False)
    return f"<b>{escape(row.label, quote=False)}:</b> {text}" if row.label else text


def _call(settings: TelegramSettings, letter: Letter, sending: Sending, chat: str) -> Outgoing:
    message = {
        "chat_id": int(chat) if chat.lstrip("-").isascii() and chat.lstrip("-").isdigit() else chat,
        "text": text_of(letter),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "disable_notification": letter.quiet,
    }
    url = f"{settings.api.rstrip('/')}/bot{settings.token.get_secret_value()}/sendMessage"
    headers = (("Content-Type", "application/json"), ("Idempotency-Key", sending.key))
    return Outgoing(url, headers, json.dumps(message, ensure_ascii=False).encode())


def _taken(answer: Answer) -> str:
    """What Telegram's answer means. A chat or token that is not there is the channel's fault, for good."""
    reply = _reply(answer)
    if answer.status < 300 and reply.ok:
        return f"{answer.status} OK"
    if answer.status < 300:
        raise ChannelError(f"the answer is not Telegram's: {answer.described}")
    said = (
        f"Telegram answered {answer.status}: {reply.description}" if reply.description else answer.described
    )
    if answer.status == 429:
        seconds = reply.parameters.retry_after
        wait = timedelta(seconds=seconds) if seconds is not None else answer.retry_after
        raise ChannelError(said, retry_after=wait)
    if answer.status == 400:
        raise ChannelError(said, permanent=True, of_message="chat not found" not in reply.description.lower())
    if answer.status in (401, 403, 404):
        raise ChannelError(said, permanent=True)
    return taken(answer)


def _reply(answer: Answer) -> _Reply:
    try:
        return msgspec.json.decode(answer.body, type=_Reply)
    except msgspec.MsgspecError:
        return _Reply()


CHANNEL = Channel(settings=TelegramSettings, send=send)
