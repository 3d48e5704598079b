"""Reads a login's answer: the token in it, how long it lasts, and why there is none."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from collectors.exchange import Response, shown_url
from collectors.expressions import compile_expression
from collectors.tokens import Token
from core.errors import SourceError
from core.settings.secrets import SecretValues

REFRESH = "refresh_token"
_RENEW_EARLY_SECONDS = 30
_LONGEST_REASON = 200


class LoginError(SourceError):
    """The system that gives out tokens answered, and gave none. response: its answer."""

    def __init__(self, message: str, response: Response) -> None:
        super().__init__(message, permanent=response.status < 500)
        self.response = response


def token_in(response: Response, where: str) -> Token:
    """The token in a login's answer, whose body is never shown when it is a 2xx. where: JMESPath. Raises LoginError."""
    place = shown_url(response.url)
    if not response.ok:
        hint = "; are client_id and client_secret right?" if error_in(response) == "invalid_client" else ""
        raise LoginError(f"no token was given: {response.described()}{hint}", response)
    body = response.json()
    found = compile_expression(where)(body)
    if not isinstance(found, str) or not found.strip():
        held = ", ".join(map(str, body)) if isinstance(body, dict) else f"a {type(body).__name__}"
        reason = _reason(body)
        why = f" but the error {reason}" if reason else f" without a token at {where}; it holds {held}"
        raise LoginError(f"{place} answered {response.status}{why}", response)
    return Token(found.strip(), _expiry(body))


def error_in(response: Response) -> str | None:
    """Which error it is (RFC 6749, 5.2) that gave no token; some systems answer it with 200."""
    try:
        body = response.json()
    except SourceError:
        return None
    if not isinstance(body, dict) or body.get("access_token"):
        return None
    found = body.get("error")
    return found if isinstance(found, str) and found else None


def without(response: Response, secret: str) -> Response:
    """The same answer, to be told of: a secret that it repeats is hidden before it is cut."""
    hidden = SecretValues()
    hidden.add(secret)
    body = hidden.redact(response.body.decode("utf-8", "surrogateescape"))
    return replace(response, body=body.encode("utf-8", "surrogateescape"))


def _reason(body: object) -> str:
    """An error's name and description, of which only these two are shown."""
    said = [body.get(name) for name in ("error", "error_description")] if isinstance(body, dict) else []
    return ": ".join(one for one in said if isinstance(one, str) and one)[:_LONGEST_REASON]


def refresh_in(response: Response) -> str | None:
    """The refresh token that replaces the one used, where one does (RFC 6749, 6)."""
    body = response.json()
    found = body.get(REFRESH) if isinstance(body, dict) else None
    return found if isinstance(found, str) and found else None


def _expiry(body: object) -> float | None:
    seconds = body.get("expires_in") if isinstance(body, dict) else None
    try:
        lasts = float(seconds) if isinstance(seconds, int | float | str) else None
    except (ValueError, OverflowError):
        return None
    return None if lasts is None else over_after(lasts)


def over_after(seconds: float) -> float:
    """When (by time.monotonic()) a token that lasts so long from now is renewed: a little before its end."""
    return monotonic() + max(0.0, seconds - min(_RENEW_EARLY_SECONDS, seconds / 2))
