"""Asks a server whether its answer changed, by what it gave to ask with (pure)."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from collectors.exchange import Request, Response
from collectors.sources._rest_cursor import Validator
from collectors.sources._rest_parse import digest_of
from collectors.times import parse_time

_UTC = ZoneInfo("UTC")
_SETTLED = timedelta(seconds=2)


def conditional(request: Request, validator: Validator | None) -> Request | None:
    """The call, to be answered 304 if nothing changed; None if the validator is not of this call."""
    if validator is None or validator.request != _digest(request):
        return None
    conditions = (("If-None-Match", validator.etag), ("If-Modified-Since", validator.modified))
    return request.with_headers([(name, value) for name, value in conditions if value is not None])


def validator_of(request: Request, response: Response) -> Validator | None:
    """What to ask with next time; None where the answer gave nothing sure."""
    etag, modified = response.header("etag"), response.header("last-modified")
    if modified is not None and not _settled(modified, response.header("date")):
        modified = None
    return Validator(_digest(request), etag, modified) if etag or modified else None


def _digest(request: Request) -> str:
    return digest_of([request.method, request.url, (request.body or b"").decode("utf-8", "replace")])


def _settled(modified: str, date: str | None) -> bool:
    """Whether the last change is at least 2 s old: times of whole seconds hide one just after it."""
    try:
        then, now = parse_time(modified, _UTC), parse_time(date, _UTC)
    except ValueError:
        return False
    return then is not None and now is not None and now - then >= _SETTLED
