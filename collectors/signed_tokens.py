"""JSON Web Tokens that we sign ourselves (RFC 7519): as a key, or to be given a token for (RFC 7523)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from collectors.not_installed import not_installed
from core.clock import now as wall_clock
from core.errors import SourceError
from core.records import Json

if TYPE_CHECKING:
    from collectors.auth_settings import SignedSettings

_CLOCKS_DIFFER = timedelta(seconds=10)
"""So long before now a token is issued: a system whose clock is behind ours would take it for one of the future."""

_TEXTS = frozenset({"iss", "sub", "aud", "jti"})
"""Claims that are texts (RFC 7519, 4.1), though a number stands there unquoted."""

_INSTEAD = {
    "ENCRYPTED": "it is encrypted; write it without its password: openssl pkey -in key.pem -out plain.pem",
    '"private_key"': "it is the file of an account; write what stands there under private_key: jq -r .private_key account.json > key.pem",
    "BEGIN PUBLIC KEY": "it is a public key; write the private one that belongs to it",
    "BEGIN CERTIFICATE": "it is a certificate; write the private key that belongs to it",
}
"""What often stands in the place of a private key, by what is found in it."""

_REMEDY = "write the private key in PEM (RS, PS, ES), such as key: file:/etc/monitor/key.pem, or a shared secret (HS)"


async def sign(settings: SignedSettings, usual: Mapping[str, str]) -> str:
    """A new token, signed now and in a thread: it takes a long RSA key a third of a second. Raises SourceError."""
    return await asyncio.to_thread(signed_token, settings, usual, wall_clock())


def signed_token(settings: SignedSettings, usual: Mapping[str, str], now: datetime) -> str:
    """A new token. usual: claims that are there unless the settings say otherwise. Raises SourceError."""
    try:
        # Here: nobody else pays for it, and it need not be installed.
        import jwt
    except ImportError as error:
        raise not_installed("a token that is signed here", "pyjwt[crypto]", error) from None
    issued = int((now - _CLOCKS_DIFFER).timestamp())
    times = {"iat": issued, "exp": issued + int(settings.lasts.total_seconds()), "jti": uuid.uuid4().hex}
    headers = settings.headers | ({} if settings.key_id is None else {"kid": settings.key_id})
    key = settings.key.get_secret_value()
    if key.startswith("-----BEGIN"):
        # A variable often holds it in one line, as Google's file does.
        key = key.replace("\\n", "\n")
    try:
        return jwt.encode(
            {**usual, **times, **_as_meant(settings.claims)},
            key,
            settings.algorithm,
            headers=headers,
        )
    except Exception as error:  # noqa: BLE001  whatever the library raises of a key may show a part of it
        raise SourceError(
            f"the key of auth cannot sign by {settings.algorithm} ({type(error).__name__}); {_remedy(key)}",
            permanent=True,
        ) from None


def _as_meant(claims: Mapping[str, Json]) -> dict[str, Json]:
    return {name: _text(value) if name in _TEXTS else value for name, value in claims.items()}


def _text(value: Json) -> Json:
    if isinstance(value, list):
        return [_text(one) for one in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _remedy(key: str) -> str:
    return next((text for mark, text in _INSTEAD.items() if mark in key), _REMEDY)
