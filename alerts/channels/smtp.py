"""Sends each message as a mail, in plain text and in HTML."""

from __future__ import annotations

from alerts.aside import aside
from alerts.channel import Channel, Sending
from alerts.channels._smtp_settings import SmtpSettings
from alerts.letter import Letter
from core.errors import ChannelError


async def send(settings: SmtpSettings, letter: Letter, sending: Sending) -> str:
    """Compose the mail and hand it to the server. Raises ChannelError."""
    from alerts.channels._smtp_mail import compose
    from alerts.channels._smtp_session import hand_over

    to = settings.to or ((sending.contact.email,) if sending.contact and sending.contact.email else ())
    if not to:
        raise ChannelError(
            "no address to send to: write `to` for the channel, or `email` for the contact",
            permanent=True,
            of_message=True,
        )
    mail = compose(letter, settings.sender, to, sending.key, sending.now)
    return await aside(hand_over, settings, mail, to, sending.public_only)


CHANNEL = Channel(settings=SmtpSettings, send=send)
