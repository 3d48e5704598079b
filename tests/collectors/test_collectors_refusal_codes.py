"""A refusal whose code says more than its status is judged by that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from collectors.exchange import Request, Response
from collectors.http import Clients, HttpClient
from collectors.refusal import refusal
from collectors.refusal_codes import status_of
from collectors.sources._probe_facts import credential_of
from collectors.sources._probe_settings import ProbeSettings
from core.errors import SourceError
from tests.collectors.collectors_server import Answer, Reply, Served

Serve = Callable[[Answer], Served]
T0 = datetime(2026, 11, 24, 12, tzinfo=UTC)


def answered(status: int, body: Any, errortype: str | None = None) -> Response:
    """A refusal, with AWS's header where one is given."""
    raw = body.encode() if isinstance(body, str) else msgspec.json.encode(body)
    headers = () if errortype is None else (("x-amzn-errortype", errortype),)
    return Response(status, headers, raw, "https://h/runs", T0, 0.1)


@pytest.mark.parametrize(
    ("response", "judged"),
    [
        (answered(400, {"__type": "ThrottlingException", "message": "Rate exceeded"}), 429),
        (answered(400, {"__type": "com.amazonaws.swf.base.model#TooManyRequestsException"}), 429),
        (answered(400, {"message": "Rate exceeded"}, "ThrottlingException:http://internal.amazon.com/"), 429),
        (answered(400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"), 429),
        (answered(403, {"error": {"code": 403, "errors": [{"reason": "userRateLimitExceeded"}]}}), 429),
        (answered(403, [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]), 429),
        (answered(400, {"__type": "UnrecognizedClientException", "message": "security token"}), 401),
        (answered(400, {"message": "expired"}, "ExpiredTokenException"), 401),
        (answered(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>"), 401),
        (answered(400, {"message": "Throttling is not what went wrong", "Throttled": 5}), 400),
        (answered(403, {"ThrottlingException": "at most 5", "code": "AccessDeniedException"}), 403),
        (answered(500, {"__type": "ThrottlingException"}), 500),
        (answered(400, ""), 400),
    ],
    ids=[
        "aws json", "aws namespace", "aws header", "aws xml", "google", "salesforce",
        "no key", "expired key", "wrong signature", "a sentence and a field", "a field of that name", "500", "nothing",
    ],
)  # fmt: skip
def test_by_its_code(response: Response, judged: int) -> None:
    """As a value by itself, and of 400 and 403 only."""
    assert status_of(response) == judged


async def test_a_limit_is_waited_for(serve: Serve, clients: Clients) -> None:
    """It is tried again, then left alone for a while: nothing is wrong with key or request."""
    server = serve(lambda _: Reply({"__type": "ThrottlingException"}, 400))
    with pytest.raises(SourceError, match="asked to come back later") as told:
        await HttpClient(clients).fetch(Request("GET", f"{server.url}/runs"))
    assert told.value.retry_after is not None
    assert len(server.seen) == 3


def test_a_key_that_is_none_is_told_as_that() -> None:
    """By the source that was refused, and as a fact of the key."""
    response = answered(400, {"__type": "UnrecognizedClientException"})
    assert "is the key right" in refusal(response).message
    request = {"url": "https://h/runs"}
    auth = {"type": "bearer", "token": "t0ken"}
    probe = ProbeSettings.model_validate({"type": "probe", "name": "p", "request": request, "auth": auth})
    assert [one.valid for one in credential_of(probe, response, None)] == [False]
