"""What one answer tells of a call, a key and the limits (pure)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from collectors.auth_settings import NoAuth
from collectors.exchange import Response
from collectors.expressions import ExpressionError, compile_expression
from collectors.limits import limits_of
from collectors.refusal_codes import status_of
from collectors.sources._probe_settings import ProbeSettings
from collectors.sources._quota_body import quotas_in
from collectors.times import parse_time
from collectors.tls import ends_at
from core.errors import SourceError
from core.histogram import Histogram
from core.records import ApiCalls, CredentialReading, Problem, QuotaReading
from core.same import MOST_HELD

CONSUMER = "monitor"
"""Who made the call, in statistics by consumer."""

_UTC = ZoneInfo("UTC")
_EXPIRY_HEADERS = ("github-authentication-token-expiration", "x-token-expires-at")


def call_of(method: str, response: Response) -> ApiCalls:
    """The call: its endpoint is the path, which has no ids in it that we did not write."""
    return ApiCalls(
        minute=response.received_at.replace(second=0, microsecond=0),
        method=method,
        endpoint=_place(response.url)[1] or "/",
        status=response.status,
        calls=1,
        consumer=CONSUMER,
        latency=Histogram([response.elapsed_seconds]),
    )


@lru_cache(maxsize=MOST_HELD)
def _place(url: str) -> tuple[str, str]:
    """Host and path of an address: a probe asks the same one each time."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2], parts.path


def credential_of(
    settings: ProbeSettings, response: Response, refusal: str | None
) -> list[CredentialReading]:
    """Whether the key is valid; nothing where neither a key is shown (by `auth`, or, as `expires` tells, by the request
    itself) nor a certificate of ours.

    An expected answer means yes, a 401 or a code that says so no. A 403 does not tell: the key may be good and not allowed
    this; nor does any other answer. refusal: why a login gave no token.
    """
    certified = settings.tls is not None and settings.tls.certificate is not None
    if isinstance(settings.auth, NoAuth) and settings.expires is None and not certified:
        return []
    valid, reason = _validity(settings, response, refusal)
    return [
        CredentialReading(
            observed_at=response.received_at,
            valid=valid,
            reason=reason,
            expires_at=_expiry(settings, response),
        )
    ]


def _validity(settings: ProbeSettings, response: Response, refusal: str | None) -> tuple[bool | None, str]:
    if refusal is not None:
        return (False if status_of(response) in (400, 401, 403) else None), refusal
    if status_of(response) == 401:
        return False, response.described()
    if settings.expects(response.status) and response.status != 403:
        return True, ""
    if response.status == 403:
        return None, f"not allowed, which a valid key may be too: {response.described()}"
    wanted = ", ".join(settings.expect)
    return None, f"expected {wanted}: {response.described()}"


def _expiry(settings: ProbeSettings, response: Response) -> datetime | None:
    found: object = next((value for name in _EXPIRY_HEADERS if (value := response.header(name))), None)
    if settings.expires is not None:
        with suppress(SourceError, ExpressionError):
            found = compile_expression(settings.expires)(response.json()) or found
    key_ends = None
    with suppress(ValueError):
        key_ends = parse_time(found, _UTC)
    return min((at for at in (key_ends, ends_at(settings)) if at is not None), default=None)


def quotas_of(settings: ProbeSettings, response: Response) -> tuple[list[QuotaReading], list[Problem]]:
    """The limits in headers and body, and what of them could not be read."""
    scope = settings.scope or _place(response.url)[0]
    readings, problems = limits_of(response, scope, settings.quota.dialect)
    if not settings.quota.body or not response.ok:
        return readings, problems
    try:
        body = response.json()
    except SourceError as error:
        return readings, [*problems, Problem(kind="bad_quota", where="body", message=error.message)]
    answered_at = _date(response)
    for quota, expression in settings.quota.body.items():
        found = _in_body(body, expression, scope, quota, response, answered_at)
        if not found:
            text = f"{expression} finds no limit; expected an object with limit and remaining"
            problems = [*problems, Problem(kind="bad_quota", where=quota, message=text)]
        else:
            told = {one.quota for one in found}
            readings = [*(one for one in readings if one.quota not in told), *found]
    return readings, problems


def _in_body(
    body: object, expression: str, scope: str, quota: str, response: Response, answered_at: datetime | None
) -> list[QuotaReading]:
    try:
        found = compile_expression(expression)(body)
    except ExpressionError:
        return []
    return quotas_in(
        found,
        scope=scope,
        quota=quota,
        observed_at=response.received_at,
        answered_at=answered_at,
        limited=status_of(response) == 429,
    )


def _date(response: Response) -> datetime | None:
    try:
        return parse_time(response.header("date"), _UTC)
    except ValueError:
        return None
