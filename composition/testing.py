"""Testing a channel: one message now, outside the outbox, and what the other side said."""

from __future__ import annotations

import asyncio
import secrets

from composition.names import channels
from composition.outbound import HttpTransport
from core import clock
from core.errors import ChannelError, UsageError
from core.i18n import Message
from core.logs import set_up
from core.settings import Settings
from core.settings.base import suggestion


def send_test(settings: Settings, channel: str, contact: str | None) -> Message:
    """How the message was taken. contact: on whose behalf; None: the first contact that the channel reaches.

    Raises UsageError for a key that is not configured, and ChannelError, without secrets, where it did not go.
    """
    if channel not in settings.channels:
        raise UsageError(f'"{channel}" is no channel; {suggestion(channel, settings.channels)}')
    if contact is not None and contact not in settings.contacts:
        raise UsageError(f'--contact: "{contact}" is unknown; {suggestion(contact, settings.contacts)}')
    if contact is None:
        reached = (key for key, one in settings.contacts.items() if channel in one.channels)
        contact = next(reached, "")
    set_up(settings.redact, level="WARNING")
    try:
        said = asyncio.run(_send(settings, channel, contact))
    except ChannelError as error:
        raise ChannelError(settings.redact(error.message), error.permanent) from None
    told = {"channel": channel, "answer": settings.redact(said)}
    if not contact:
        return Message("{channel}: sent ({answer})", told)
    return Message("{channel}: sent to {who} ({answer})", {**told, "who": settings.contacts[contact].name})


async def _send(settings: Settings, channel: str, contact: str) -> str:
    from alerts.channel import Sending
    from alerts.messages import letter_of_test

    now, key = clock.now(), f"im-test-{secrets.token_hex(8)}"
    chosen, transport = settings.channels[channel], HttpTransport(settings.proxy_of)
    letter = letter_of_test(settings, channel, contact, key, now)
    try:
        sending = Sending(key, now, transport, settings.contacts.get(contact))
        return await channels()[chosen.type].send(chosen, letter, sending)
    finally:
        await transport.aclose()
