"""Signs calls as AWS wants them (Signature Version 4): each anew, with its own time."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from collectors.exchange import Request
from collectors.not_installed import not_installed
from core.errors import SourceError

if TYPE_CHECKING:
    from collectors.auth_settings import AwsAuth


async def signed(request: Request, auth: AwsAuth) -> Request:
    """The same call, signed now. Raises SourceError where there is nothing to sign it with."""
    return await asyncio.to_thread(_signed, request, auth)


def refused(auth: AwsAuth) -> None:
    """A call that was signed so was refused for its keys: the machine's, where they are used, are read anew."""
    if auth.access_key_id is None:
        _machines.cache_clear()


def _signed(request: Request, auth: AwsAuth) -> Request:
    try:
        # Here: nobody else pays for it, and it need not be installed.
        from botocore.auth import S3SigV4Auth, SigV4Auth
        from botocore.awsrequest import AWSRequest
    except ImportError as error:
        raise not_installed("auth of type aws", "botocore", error) from None
    url = _as_signed(request.url)
    asked = AWSRequest(request.method, url, headers=dict(request.headers), data=request.body or b"")
    # S3 alone takes a path as it is sent; all others count it as encoded once more.
    signer = S3SigV4Auth if auth.service == "s3" else SigV4Auth
    signer(_credentials(auth), auth.service, auth.region).add_auth(asked)
    return Request(request.method, url, tuple(asked.headers.items()), request.body)


def _as_signed(url: str) -> str:
    """The address with its parameters written as a signature counts them, however they stood in the settings."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    return parts._replace(query=urlencode(pairs, quote_via=quote, safe="~")).geturl()


def _credentials(auth: AwsAuth) -> Any:
    from botocore.credentials import Credentials
    from botocore.exceptions import BotoCoreError

    if auth.access_key_id is not None and auth.secret_access_key is not None:
        token = auth.session_token.get_secret_value() if auth.session_token else None
        return Credentials(auth.access_key_id, auth.secret_access_key.get_secret_value(), token)
    try:
        # A role's keys are renewed here once they are nearly over.
        return _machines().get_frozen_credentials()
    except BotoCoreError as error:
        raise SourceError(f"the machine's AWS credentials cannot be had: {error}") from None


@lru_cache(maxsize=1)
def _machines() -> Any:
    """What this machine, its environment or its role has, kept because it renews itself.

    Raises SourceError where it has none; that is not kept.
    """
    from botocore.session import Session

    found = Session().get_credentials()
    if found is None:
        raise SourceError(
            "this machine has no AWS credentials; write access_key_id and secret_access_key in auth, or give it a role",
            permanent=True,
        )
    return found
