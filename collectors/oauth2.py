"""Gets a token by OAuth 2, and goes on with the refresh token that an answer puts in the configured one's place."""

from __future__ import annotations

import asyncio
import hashlib
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import msgspec

from collectors.auth_settings import OAuth2Auth
from collectors.exchange import Headers, Request, Response
from collectors.kept_tokens import KeptToken
from collectors.refusal_codes import status_of
from collectors.signed_tokens import sign
from collectors.token_answer import REFRESH, LoginError, error_in, refresh_in, token_in, without
from collectors.tokens import Login, Token
from core.settings.proxy import basic_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.http import HttpClient

_REFUSED = (400, 401)
"""How credentials are refused (RFC 6749, 5.2), but by systems that say so with 200; any other answer says nothing of them."""

_NOT_THE_TOKEN = frozenset(
    {
        "invalid_client",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "access_denied",
        "temporarily_unavailable",
        "server_error",
        "slow_down",
    }
)
"""Refusals after which a refresh token is as good as before. Not `invalid_request`, which some say of one that is over."""

_BY_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_OF_CLIENT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""RFC 7523, 2.1 and 2.2."""

_NEW_REFRESH = "if the refresh token was used up or withdrawn, write a new refresh_token in auth.form"


class OAuth2:
    """The calls for a token of one source. patient: see `HttpClient.fetch`."""

    def __init__(self, http: HttpClient, auth: OAuth2Auth, patient: bool) -> None:
        self._http, self._auth, self._patient = http, auth, patient
        self._kept = _kept(auth)

    async def log_in(self, login: Login) -> Token:
        """A new token; `login` knows afterwards what replaces its refresh token. Raises SourceError."""
        form = form_of(self._auth)
        if REFRESH not in form:
            return token_in(await self._ask(form), "access_token")
        if self._kept is None:
            return await self._refreshed(login, form)
        if login.refresh is None:
            await asyncio.to_thread(self._kept.make_room)
        async with self._kept.alone():
            return await self._refreshed(login, form)

    async def _refreshed(self, login: Login, form: dict[str, str]) -> Token:
        form[REFRESH] = await self._newest(login, form[REFRESH])
        response = await self._ask(form)
        if _over(response) and (other := await self._replaced_meanwhile(form[REFRESH])):
            form[REFRESH] = other
            response = await self._ask(form)
        try:
            token = token_in(without(response, form[REFRESH]), "access_token")
        except LoginError as error:
            if not _over(response):
                raise
            login.refused, login.refresh = form[REFRESH], None
            raise LoginError(f"{error.message}; {_NEW_REFRESH}", response) from None
        await self._replace(login, form[REFRESH], refresh_in(response))
        return token

    async def _newest(self, login: Login, configured: str) -> str:
        """The refresh token to use: the last that was given, unless it was refused."""
        newest = login.refresh
        if newest is None and self._kept is not None:
            newest = await asyncio.to_thread(self._kept.read)
        return configured if newest is None or newest == login.refused else newest

    async def _replaced_meanwhile(self, used: str) -> str | None:
        """What another process that shares the credentials was given, if it was."""
        kept = None if self._kept is None else await asyncio.to_thread(self._kept.read)
        return None if kept == used else kept

    async def _replace(self, login: Login, used: str, given: str | None) -> None:
        login.refused = None
        if given is None or given == used:
            return
        # Before it is kept: where that fails, this process at least goes on with it.
        login.refresh = given
        if self._kept is not None:
            await asyncio.to_thread(self._kept.keep, given)
            login.refresh = None

    async def _ask(self, form: Mapping[str, str]) -> Response:
        response = await self._call(form, in_body=False)
        if _refused(response) and self._auth.client_secret is not None:
            # Some servers take the client's secret in the form only.
            response = await self._call(form, in_body=True)
        return response

    async def _call(self, form: Mapping[str, str], *, in_body: bool) -> Response:
        form = {**await _asserted(self._auth), **form}
        return await self._http.fetch(_request(self._auth, form, in_body=in_body), patient=self._patient)


def _refused(response: Response) -> bool:
    """Whether credentials were, by whichever of them."""
    by_status = response.status in _REFUSED and status_of(response) != HTTPStatus.TOO_MANY_REQUESTS
    return by_status or (response.ok and error_in(response) is not None)


def _over(response: Response) -> bool:
    """Whether it is the refresh token that was refused."""
    return _refused(response) and error_in(response) not in _NOT_THE_TOKEN


def form_of(auth: OAuth2Auth) -> dict[str, str]:
    """The further fields of the call for a token, readable."""
    return {name: value.get_secret_value() for name, value in auth.form.items()}


async def _asserted(auth: OAuth2Auth) -> dict[str, str]:
    """What is signed for this call. Raises SourceError."""
    if auth.assertion is None:
        return {}
    who = {} if auth.client_id is None else {"iss": auth.client_id, "sub": auth.client_id}
    token = await sign(auth.assertion, {**who, "aud": auth.token_url})
    if auth.assertion.instead_of == "grant":
        return {"grant_type": _BY_ASSERTION, "assertion": token}
    return {"client_assertion_type": _ASSERTION_OF_CLIENT, "client_assertion": token}


def _kept(auth: OAuth2Auth) -> KeptToken | None:
    if auth.keep_in is None:
        return None
    made_of = [auth.token_url, auth.client_id, auth.form[REFRESH].get_secret_value()]
    return KeptToken(Path(auth.keep_in), hashlib.sha256(msgspec.json.encode(made_of)).hexdigest()[:32])


def _request(auth: OAuth2Auth, more: Mapping[str, str], *, in_body: bool) -> Request:
    """in_body: the client's secret stands in the form instead of a header."""
    form = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {}) | dict(more)
    headers: Headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    client, secret = auth.client_id, auth.client_secret
    if client is not None and secret is not None and not in_body:
        user, password = quote(client, safe=""), quote(secret.get_secret_value(), safe="")
        headers = (*headers, ("Authorization", f"Basic {basic_credentials(user, password)}"))
    elif client is not None:
        # A client without a secret says who it is (RFC 6749, 3.2.1).
        form["client_id"] = client
        if secret is not None:
            form["client_secret"] = secret.get_secret_value()
    return Request("POST", auth.token_url, headers, urlencode(form).encode())
