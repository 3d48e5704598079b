"""A refusal whose code says more than its status is judged by that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from collectors.exchange import Request, Response
from collectors.http import Clients, HttpClient
from collectors.limits import limits_of
from collectors.refusal import refusal
from collectors.refusal_codes import status_of
from collectors.sources._probe_facts import credential_of
from collectors.sources._probe_settings import ProbeSettings
from core.errors import SourceError
from tests.collectors.collectors_rest import item, look, settings
from tests.collectors.collectors_server import Answer, Reply, Seen, Served

Serve = Callable[[Answer], Served]
T0 = datetime(2026, 11, 24, 12, tzinfo=UTC)
PROBE = ProbeSettings.model_validate(
    {
        "type": "probe",
        "name": "p",
        "request": {"url": "https://h/runs"},
        "auth": {"type": "bearer", "token": "t0ken"},
    }
)


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
        (answered(403, {"error": {"errors": [{"reason": "quotaExceeded"}], "status": "PERMISSION_DENIED"}}), 429),
        (answered(403, {"error": {"details": [{"reason": "RATE_LIMIT_EXCEEDED"}]}}), 429),
        (answered(403, "<Message>message=ThrottleExceeded; errorCode=003001; statusCode=403</Message>"), 429),
        (answered(400, {"error": {"code": "SSS_REQUEST_LIMIT_EXCEEDED", "message": "Request limit"}}), 429),
        (answered(400, {"errorCode": "HOURLY_APIINVOCATION_LIMIT_EXCEEDED", "message": "m"}), 429),
        (answered(400, {"errorCode": "Burst_APIInvocation_Envelope_Limit_Exceeded"}), 429),
        (answered(400, {"error": {"exceptionCode": "InvalidSessionId"}}), 401),
        (answered(400, {"errorCode": "STORAGE_LIMIT_EXCEEDED"}), 400),
        (answered(400, {"code": "STRING_LENGTH_LIMIT_EXCEEDED"}), 400),
        (answered(403, {"error": {"errors": [{"reason": "storageQuotaExceeded"}]}}), 403),
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
        "google quota", "google detail", "quickbooks", "netsuite", "docusign hour", "docusign burst", "salesforce bulk",
        "a full storage", "a long text", "a full drive",
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


async def test_it_is_waited_for_as_long_as_is_asked(serve: Serve, clients: Clients) -> None:
    """Whatever its status: three calls more would only lengthen it."""
    server = serve(
        lambda _: Reply({"errorCode": "HOURLY_APIINVOCATION_LIMIT_EXCEEDED"}, 400, {"Retry-After": "1800"})
    )
    with pytest.raises(SourceError, match="asked to come back later") as told:
        await HttpClient(clients).fetch(Request("GET", f"{server.url}/runs"))
    assert told.value.retry_after == timedelta(seconds=1800)
    assert len(server.seen) == 1


def test_a_limit_is_a_limit_in_what_a_probe_tells_too() -> None:
    """By its headers, and of the call for a token, whose limit says nothing of the key."""
    limits = (("x-ratelimit-limit", "10"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "60"))
    response = answered(400, {"errorCode": "HOURLY_APIINVOCATION_LIMIT_EXCEEDED"})
    readings, _ = limits_of(replace(response, headers=limits), "key")
    assert [one.limited for one in readings] == [True]
    assert [one.valid for one in credential_of(PROBE, response, "no token was given")] == [None]


async def test_a_token_is_renewed_where_the_code_says_that_it_is_none(serve: Serve, clients: Clients) -> None:
    """Not only where the status does: some systems answer a session that is over by a 400."""
    tokens = iter(("over", "good"))

    def answer(seen: Seen) -> Reply:
        if seen.path == "/login":
            return Reply({"access_token": next(tokens)})
        good = seen.headers["authorization"] == "Bearer good"
        return Reply({"runs": [item(1)]}) if good else Reply({"exceptionCode": "InvalidSessionId"}, 400)

    server = serve(answer)
    auth = {"type": "login", "url": f"{server.url}/login", "json": {}}
    assert (await look(settings(server.url, auth=auth), clients)).ids == ["r1"]


def test_a_key_that_is_none_is_told_as_that() -> None:
    """By the source that was refused, and as a fact of the key."""
    response = answered(400, {"__type": "UnrecognizedClientException"})
    assert "is the key right" in refusal(response).message
    assert [one.valid for one in credential_of(PROBE, response, None)] == [False]
