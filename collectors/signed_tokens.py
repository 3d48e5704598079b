"""JSON Web Tokens that we sign ourselves (RFC 7519): as a key, or to be given a token for (RFC 7523)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.errors import SourceError

if TYPE_CHECKING:
    from collectors.auth_settings import SignedSettings

_PACKAGE = "pyjwt[crypto]"
_CLOCKS_DIFFER = timedelta(seconds=10)
"""So long before now a token is issued: a system whose clock is behind ours would take it for one of the future."""


def signed_token(settings: SignedSettings, usual: Mapping[str, str], now: datetime) -> str:
    """A new token. usual: claims that are there unless the settings say otherwise. Raises SourceError."""
    try:
        # Here: nobody else pays for it, and it need not be installed.
        import jwt
    except ImportError:
        raise SourceError(
            f"to sign a token needs the package {_PACKAGE}, which is not installed here; "
            f'install it beside this program: pip install "{_PACKAGE}"',
            permanent=True,
        ) from None
    issued = int((now - _CLOCKS_DIFFER).timestamp())
    times = {"iat": issued, "exp": issued + int(settings.lasts.total_seconds()), "jti": uuid.uuid4().hex}
    headers = settings.headers | ({} if settings.key_id is None else {"kid": settings.key_id})
    try:
        return jwt.encode(
            {**usual, **times, **settings.claims},
            settings.key.get_secret_value(),
            settings.algorithm,
            headers=headers,
        )
    except Exception as error:  # noqa: BLE001  whatever the library raises of a key may show a part of it
        raise SourceError(
            f"the key of auth cannot sign by {settings.algorithm} ({type(error).__name__}); write the private key "
            "in PEM (RS, PS, ES), such as key: file:/etc/monitor/key.pem, or a shared secret (HS)",
            permanent=True,
        ) from None
