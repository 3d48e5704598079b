"""Puts a source's credentials on its calls, and nowhere but on the host they belong to."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import msgspec

from collectors.auth_settings import (
    AuthSettings,
    BasicAuth,
    BearerAuth,
    HeaderAuth,
    LoginAuth,
    NoAuth,
    OAuth2Auth,
)
from collectors.exchange import Headers, Request, Response, same_origin, shown_url
from collectors.expressions import compile_expression
from collectors.tokens import Login, Token
from core.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.http import HttpClient

_RENEW_EARLY_SECONDS = 30
_REFRESH = "refresh_token"
_REFUSED = (400, 401)
"""How credentials are refused (RFC 6749, 5.2); any other answer says nothing of them."""

_NEW_REFRESH = "if the refresh token was used up or withdrawn, write a new refresh_token in auth.form"


class LoginError(SourceError):
    """The system that gives out tokens answered, and gave none. response: its answer."""

    def __init__(self, message: str, response: Response) -> None:
        super().__init__(message, permanent=response.status < 500)
        self.response = response


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
        if not isinstance(self._auth, LoginAuth | OAuth2Auth):
            fixed = _fixed(self._auth)
            return await self._http.fetch(
                request.with_headers(fixed, always=True) if fixed else request, patient=patient
            )
        token = await self._token(self._auth, None, patient)
        response = await self._http.fetch(
            request.with_headers(_token_headers(self._auth, token)), patient=patient
        )
        if response.status != 401:
            return response
        renewed = await self._token(self._auth, token, patient)
        return await self._http.fetch(
            request.with_headers(_token_headers(self._auth, renewed)), patient=patient
        )

    async def _token(self, auth: LoginAuth | OAuth2Auth, refused: Token | None, patient: bool) -> Token:
        """The token in use, or a new one where there is none, it is over, or it was refused."""
        return await self._http.logins.of(_key(auth)).take(
            refused, lambda login: self._log_in(auth, login, patient)
        )

    async def _log_in(self, auth: LoginAuth | OAuth2Auth, login: Login, patient: bool) -> Token:
        if isinstance(auth, LoginAuth):
            request = Request(
                "POST", auth.url, (("Content-Type", "application/json"),), msgspec.json.encode(auth.body)
            )
            return _token_in(await self._http.fetch(request, patient=patient), auth.token)
        form = _form(auth)
        if login.refresh is not None and _REFRESH in form:
            form[_REFRESH] = login.refresh
        response = await self._http.fetch(_oauth2_request(auth, form, in_body=False), patient=patient)
        if response.status in _REFUSED:
            # Some servers take the client's secret in the form only.
            response = await self._http.fetch(_oauth2_request(auth, form, in_body=True), patient=patient)
        if response.status in _REFUSED and _REFRESH in form:
            login.refresh = None
            raise LoginError(f"no token was given: {response.described()}; {_NEW_REFRESH}", response)
        token = _token_in(response, "access_token")
        login.refresh = _refresh_in(response) or login.refresh
        return token


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


def _token_headers(auth: LoginAuth | OAuth2Auth, token: Token) -> Headers:
    if isinstance(auth, LoginAuth) and auth.header is not None:
        return ((auth.header, token.value),)
    return _bearer(token.value)


def _bearer(token: str) -> Headers:
    return (("Authorization", f"Bearer {token}"),)


def _basic(user: str, password: str) -> Headers:
    return (("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()),)


def _form(auth: OAuth2Auth) -> dict[str, str]:
    return {name: value.get_secret_value() for name, value in auth.form.items()}


def _oauth2_request(auth: OAuth2Auth, more: Mapping[str, str], *, in_body: bool) -> Request:
    secret = auth.client_secret.get_secret_value()
    form = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {}) | dict(more)
    headers: Headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    if in_body:
        form |= {"client_id": auth.client_id, "client_secret": secret}
    else:
        headers = (*headers, *_basic(quote(auth.client_id, safe=""), quote(secret, safe="")))
    return Request("POST", auth.token_url, headers, urlencode(form).encode())


def _token_in(response: Response, where: str) -> Token:
    """The token in a login's answer, whose body is never shown when it is a 2xx."""
    place = shown_url(response.url)
    if not response.ok:
        raise LoginError(f"no token was given: {response.described()}", response)
    body = response.json()
    found = compile_expression(where)(body)
    if not isinstance(found, str) or not found.strip():
        held = ", ".join(map(str, body)) if isinstance(body, dict) else f"a {type(body).__name__}"
        raise LoginError(
            f"{place} answered {response.status} without a token at {where}; it holds {held}", response
        )
    return Token(found.strip(), _expiry(body))


def _refresh_in(response: Response) -> str | None:
    """The refresh token that replaces the one used, where one does (RFC 6749, 6)."""
    body = response.json()
    found = body.get(_REFRESH) if isinstance(body, dict) else None
    return found if isinstance(found, str) and found else None


def _expiry(body: object) -> float | None:
    seconds = body.get("expires_in") if isinstance(body, dict) else None
    try:
        lasts = float(seconds) if isinstance(seconds, int | float | str) else None
    except (ValueError, OverflowError):
        return None
    return None if lasts is None else monotonic() + max(0.0, lasts - min(_RENEW_EARLY_SECONDS, lasts / 2))


def _key(auth: LoginAuth | OAuth2Auth) -> str:
    """What a token was got with, as a digest: another password is another token."""
    if isinstance(auth, LoginAuth):
        parts: list[object] = [auth.url, auth.body, auth.token]
    else:
        parts = [
            auth.token_url,
            auth.client_id,
            auth.client_secret.get_secret_value(),
            auth.scope,
            _form(auth),
        ]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
