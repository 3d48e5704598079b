"""Sends each message as JSON to an address of your own, signed as the Standard Webhooks say."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json

from pydantic import Field

from alerts.answers import taken
from alerts.channel import Channel, Sending
from alerts.channels._fields import HeaderName, HeaderValue, SecretUrl
from alerts.letter import Letter
from alerts.transport import Outgoing
from core.settings.channels import ChannelSettings
from core.settings.fields import Secret

_PREFIX = "whsec_"


class WebhookSettings(ChannelSettings):
    """A JSON document (`version: 1`) by POST for each message. The same message sent again has the same
    `Idempotency-Key`, `webhook-id` and `key`."""

    url: SecretUrl = Field(description="address that takes the messages")
    headers: dict[HeaderName, HeaderValue] = Field(
        default_factory=dict, description="sent with each message, such as a key"
    )
    secret: Secret | None = Field(
        None, description="signs each message (Standard Webhooks: `webhook-signature`); `whsec_…` or any text"
    )


async def send(settings: WebhookSettings, letter: Letter, sending: Sending) -> str:
    """POST the letter's document. Raises ChannelError."""
    body = json.dumps(dict(letter.document), ensure_ascii=False, separators=(",", ":")).encode()
    seconds = str(int(sending.now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": sending.key,
        "webhook-id": sending.key,
        "webhook-timestamp": seconds,
        **{name: value.get_secret_value() for name, value in settings.headers.items()},
    }
    if settings.secret is not None:
        headers["webhook-signature"] = signature(
            settings.secret.get_secret_value(), sending.key, seconds, body
        )
    call = Outgoing(settings.url.get_secret_value(), tuple(headers.items()), body)
    return taken(await sending.transport.send(call, public_only=sending.public_only))


def signature(secret: str, key: str, seconds: str, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over `key.seconds.body`."""
    signed = b".".join((key.encode(), seconds.encode(), body))
    return "v1," + base64.b64encode(hmac.new(_bytes(secret), signed, hashlib.sha256).digest()).decode()


def _bytes(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


CHANNEL = Channel(settings=WebhookSettings, send=send)
