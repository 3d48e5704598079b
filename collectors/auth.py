"""Puts a source's credentials on its calls, and nowhere but on the host they belong to."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from collectors.auth_settings import (
    AuthSettings,
    AwsAuth,
    BasicAuth,
    BearerAuth,
    HeaderAuth,
    JwtAuth,
    LoginAuth,
    NoAuth,
    OAuth2Auth,
)
from collectors.aws import refused, signed
from collectors.exchange import Headers, Request, Response, same_origin, shown_url
from collectors.oauth2 import OAuth2, form_of
from collectors.refusal_codes import status_of
from collectors.signed_tokens import sign
from collectors.token_answer import over_after, token_in
from collectors.tokens import Login, Token
from core.errors import SourceError
from core.same import Same, remembered
from core.settings.proxy import basic_credentials

if TYPE_CHECKING:
    from pydantic import SecretStr

    from collectors.http import HttpClient

_NOT_KEPT = (
    "the system replaces the refresh token each time, and the configured one is used up; write auth.keep_in, "
    "a folder where the newest one is kept, or after a restart (or a check) a new refresh_token is needed"
)

_Given = LoginAuth | OAuth2Auth | JwtAuth
"""Credentials that a token is got with, which is kept until it is over or refused."""


class Caller:
    """Makes the calls of one source with its credentials.

    home: the address whose scheme, host and port the credentials belong to. A token is kept between
    polls, and renewed once when it is refused, for all calls and sources that share it.
    """

    def __init__(self, http: HttpClient, auth: AuthSettings, home: str) -> None:
        self._http = http
        self._auth = auth
        self._home = home

    async def fetch(self, request: Request, *, patient: bool = True) -> Response:
        """Make a call (see `HttpClient.fetch`). Raises SourceError for an address on another host."""
        if not _at_home(request.url, self._home):
            raise SourceError(
                f"{shown_url(request.url)} is another host than {shown_url(self._home)}; credentials do not go there",
                permanent=True,
            )
        if isinstance(self._auth, AwsAuth):
            response = await self._http.fetch(await signed(request, self._auth), patient=patient)
            if status_of(response) == 401:
                refused(self._auth)
            return response
        if not isinstance(self._auth, LoginAuth | OAuth2Auth | JwtAuth):
            fixed = _fixed(self._auth)
            return await self._http.fetch(
                request.with_headers(fixed, always=True) if fixed else request, patient=patient
            )
        token = await self._token(self._auth, None, patient)
        response = await self._http.fetch(
            request.with_headers(_token_headers(self._auth, token)), patient=patient
        )
        if status_of(response) != 401:
            return response
        renewed = await self._token(self._auth, token, patient)
        return await self._http.fetch(
            request.with_headers(_token_headers(self._auth, renewed)), patient=patient
        )

    async def _token(self, auth: _Given, refused: Token | None, patient: bool) -> Token:
        """The token in use, or a new one where there is none, it is over, or it was refused."""
        login = self._http.logins.of(_key(Same(auth)))
        token = await login.take(refused, lambda login: self._log_in(auth, login, patient))
        if login.refresh is not None and isinstance(auth, OAuth2Auth) and auth.keep_in is None:
            self._http.notes.add("token_not_kept", "auth", _NOT_KEPT)
        return token

    async def _log_in(self, auth: _Given, login: Login, patient: bool) -> Token:
        if isinstance(auth, JwtAuth):
            return Token(await sign(auth, {}), over_after(auth.lasts.total_seconds()))
        if isinstance(auth, LoginAuth):
            request = Request(
                "POST", auth.url, (("Content-Type", "application/json"),), msgspec.json.encode(auth.body)
            )
            return token_in(await self._http.fetch(request, patient=patient), auth.token)
        return await OAuth2(self._http, auth, patient).log_in(login)


@lru_cache(maxsize=4096)
def _at_home(url: str, home: str) -> bool:
    """Most sources call the same address at each poll; those that name a time in it are soon forgotten."""
    return same_origin(url, home)


def _fixed(auth: NoAuth | BearerAuth | BasicAuth | HeaderAuth) -> Headers:
    match auth:
        case NoAuth():
            return ()
        case BearerAuth():
            return _bearer(auth.token.get_secret_value())
        case BasicAuth():
            return _basic(auth.username, auth.password.get_secret_value() if auth.password else "")
        case HeaderAuth():
            return ((auth.name, auth.value.get_secret_value()),)


def _token_headers(auth: _Given, token: Token) -> Headers:
    if isinstance(auth, LoginAuth) and auth.header is not None:
        return ((auth.header, token.value),)
    return _bearer(token.value)


def _bearer(token: str) -> Headers:
    return (("Authorization", f"Bearer {token}"),)


def _basic(user: str, password: str) -> Headers:
    return (("Authorization", f"Basic {basic_credentials(user, password)}"),)


@remembered
def _key(held: Same[_Given]) -> str:
    """What a token was got with, as a digest: another password is another token."""
    auth = held.held
    secrets = [one.get_secret_value() for one in _secrets(auth)]
    more = form_of(auth) if isinstance(auth, OAuth2Auth) else {}
    parts = [auth.model_dump(mode="json", exclude={"keep_in"}), secrets, more]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _secrets(auth: _Given) -> list[SecretStr]:
    """What a dump of it leaves out."""
    match auth:
        case LoginAuth():
            return []
        case JwtAuth():
            return [auth.key]
        case OAuth2Auth():
            signing = auth.assertion.key if auth.assertion is not None else None
            return [one for one in (auth.client_secret, signing) if one is not None]
