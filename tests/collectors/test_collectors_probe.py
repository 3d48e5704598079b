"""A probe's answer is a fact, whatever it is; only silence is a failure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.http import Clients, HttpClient
from collectors.source import SourceContext
from collectors.sources._probe_settings import ProbeSettings
from collectors.sources._quota_body import quota_in
from collectors.sources.probe import collect
from core.errors import SourceError
from core.records import Batch, BatchMode, Side
from tests.collectors.collectors_server import Answer, Reply, Seen, Served

Serve = Callable[[Answer], Served]
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def given(url: str, **keys: Any) -> ProbeSettings:
    base = {"type": "probe", "name": "key", "request": {"url": f"{url}/api/v1/users?limit=1"}}
    return ProbeSettings.model_validate(base | {"auth": {"type": "bearer", "token": "k"}} | keys)


async def ask(settings: ProbeSettings, clients: Clients) -> Batch:
    ctx = SourceContext("it", "key", Side.TARGET, clients.clock(), HttpClient(clients))
    (batch,) = [batch async for batch in collect(settings, {}, ctx)]
    return batch


@pytest.mark.parametrize(
    ("status", "valid", "reason"),
    [
        (200, True, ""),
        (204, True, ""),
        (401, False, "401 Unauthorized"),
        (403, None, "not allowed, which a valid key may be too"),
        (404, None, "expected 2xx: 404 Not Found"),
        (429, None, "429 Too Many Requests"),
        (503, None, "503 Service Unavailable"),
        (302, None, "302 Found"),
    ],
)
async def test_every_status_is_a_fact(
    serve: Serve, clients: Clients, status: int, valid: bool | None, reason: str
) -> None:
    """One call with its status and latency, and what it tells of the key; asked once."""
    server = serve(lambda _: Reply({}, status, {"Location": "/login", "Retry-After": "60"}))
    batch = await ask(given(server.url), clients)
    (call,) = batch.calls
    assert (call.method, call.endpoint, call.status, call.calls) == ("GET", "/api/v1/users", status, 1)
    assert call.latency.count == 1
    assert batch.mode is BatchMode.DELTA
    (key,) = batch.credentials
    assert key.valid is valid
    assert reason in key.reason
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "valid", "reason"),
    [(404, True, ""), (418, None, "expected 200, 404: 418"), (401, False, "401")],
)
async def test_expected_statuses(
    serve: Serve, clients: Clients, status: int, valid: bool | None, reason: str
) -> None:
    """A 404 may be what a healthy system answers to a cheap call: then the key is good."""
    server = serve(lambda _: Reply({}, status))
    (key,) = (await ask(given(server.url, expect=[200, 404]), clients)).credentials
    assert key.valid is valid
    assert key.reason.startswith(reason)


async def test_silence_is_a_failure(serve: Serve, clients: Clients) -> None:
    """No answer at all."""
    server = serve(lambda _: Reply(drop=True))
    with pytest.raises(SourceError, match="broke off"):
        await ask(given(server.url), clients)


async def test_without_a_key_nothing_is_said_of_one(serve: Serve, clients: Clients) -> None:
    """Reachability and limits only."""
    server = serve(lambda _: Reply({}))
    assert (await ask(given(server.url, auth="none"), clients)).credentials == []


async def test_refused_login_is_an_invalid_key(serve: Serve, clients: Clients) -> None:
    """The call that was made is the login's."""
    server = serve(lambda _: Reply({"detail": "expired"}, 401))
    auth = {"type": "login", "url": f"{server.url}/login", "json": {"u": 1}}
    batch = await ask(given(server.url, auth=auth), clients)
    assert batch.credentials[0].valid is False
    assert "expired" in batch.credentials[0].reason
    assert (batch.calls[0].method, batch.calls[0].endpoint) == ("POST", "/login")


async def test_limits_in_headers(serve: Serve, clients: Clients) -> None:
    """Under the scope that two sources on one key share."""
    headers = {"RateLimit-Limit": "100", "RateLimit-Remaining": "25", "RateLimit-Reset": "30"}
    server = serve(lambda _: Reply({}, headers=headers))
    batch = await ask(given(server.url, scope="butterboard-key-1"), clients)
    (quota,) = batch.quotas
    assert (quota.scope, quota.limit, quota.remaining) == ("butterboard-key-1", 100, 25)


async def test_refusal_for_the_limit_is_told(serve: Serve, clients: Clients) -> None:
    """A 429 is a limit reached, also without any header."""
    server = serve(lambda _: Reply({}, 429))
    batch = await ask(given(server.url), clients)
    assert [quota.limited for quota in batch.quotas] == [True]
    assert batch.quotas[0].scope == f"127.0.0.1:{server.port}"


async def test_limits_in_the_body(serve: Serve, clients: Clients) -> None:
    """By name and JMESPath; one that is not there is a problem, the others arrive."""
    body = {"resources": {"core": {"limit": 5000, "used": 1, "remaining": 4999, "reset": 1_795_536_000}}}
    server = serve(lambda _: Reply(body))
    quota = {"body": {"core": "resources.core", "search": "resources.search"}}
    batch = await ask(given(server.url, quota=quota), clients)
    assert [(one.quota, one.limit, one.remaining) for one in batch.quotas] == [("core", 5000, 4999)]
    assert [(problem.kind, problem.where) for problem in batch.problems] == [("bad_quota", "search")]


async def test_expiry_of_the_key(serve: Serve, clients: Clients) -> None:
    """Where the body or a known header tells it."""
    header = {"GitHub-Authentication-Token-Expiration": "2026-12-01 10:00:00 UTC"}
    server = serve(lambda seen: Reply({"key": {"until": "2027-01-01T00:00:00Z"}}, headers=header))
    assert (await ask(given(server.url), clients)).credentials[0].expires_at == datetime(
        2026, 12, 1, 10, tzinfo=UTC
    )
    batch = await ask(given(server.url, expires="key.until"), clients)
    assert batch.credentials[0].expires_at == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("status", "valid"), [(200, True), (401, False)])
async def test_an_expiry_that_is_asked_for_is_that_of_a_key(
    serve: Serve, clients: Clients, status: int, valid: bool
) -> None:
    """Also where `auth` is none, because the key stands in the address or in a header of the request."""
    server = serve(lambda _: Reply({"key": {"until": "2027-01-01T00:00:00Z"}}, status))
    batch = await ask(given(server.url, auth={"type": "none"}, expires="key.until"), clients)
    assert [(key.valid, key.expires_at) for key in batch.credentials] == [
        (valid, datetime(2027, 1, 1, tzinfo=UTC))
    ]
    assert (await ask(given(server.url, auth={"type": "none"}), clients)).credentials == []


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59.9999999-05:00", 253402300799, "never", None])
async def test_a_key_that_never_expires_has_no_expiry(serve: Serve, clients: Clients, until: object) -> None:
    """However its end beyond all time is written."""
    server = serve(lambda _: Reply({"until": until}))
    (credential,) = (await ask(given(server.url, expires="until"), clients)).credentials
    assert (credential.valid, credential.expires_at) == (True, None)


@pytest.mark.parametrize(
    ("found", "limit", "remaining", "resets_in"),
    [
        ({"limit": 10, "remaining": 3, "reset": 60}, 10, 3, 60),
        ({"Max": "15000", "Remaining": "14998"}, 15000, 14998, None),
        ({"limit": 10, "used": 4}, 10, 6, None),
        ({"used": 4, "left": 6}, 10, 6, None),
        ({"limit": 5, "remaining": 0, "resetAt": "2026-11-24T13:59:30Z"}, 5, 0, 30),
        (7, None, 7, None),
    ],
    ids=["github", "salesforce", "used", "no limit", "their clock is a minute slow", "number"],
)
def test_bodies_as_systems_write_them(
    found: object, limit: float | None, remaining: float, resets_in: float | None
) -> None:
    """An absolute reset is taken against the answer's own Date."""
    answered = NOW - timedelta(minutes=1)
    reading = quota_in(found, scope="s", quota="q", observed_at=NOW, answered_at=answered, limited=False)
    assert reading is not None
    assert (reading.limit, reading.remaining) == (limit, remaining)
    assert reading.resets_at == (None if resets_in is None else NOW + timedelta(seconds=resets_in))


@pytest.mark.parametrize("found", [None, "many", {"a": 1}, [], True, 10**400], ids=lambda one: str(one)[:9])
def test_bodies_that_tell_no_limit(found: object) -> None:
    """Nothing is made up."""
    assert quota_in(found, scope="s", quota="q", observed_at=NOW, answered_at=None, limited=False) is None


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"expect": ["2000"]}, "write a status such as 200"),
        ({"quota": {"dialect": "githob"}}, "is unknown"),
        ({"brings": ["runs"]}, "runs, which probe does not"),
    ],
    ids=["expect", "dialect", "brings"],
)
def test_refused_settings(keys: dict[str, Any], said: str) -> None:
    """Each with its remedy."""
    with pytest.raises(ValidationError, match=said):
        given("https://h", **keys)


async def test_posted_request_sees_its_body(serve: Serve, clients: Clients) -> None:
    """POST with JSON works as for `rest`."""

    def answer(seen: Seen) -> Reply:
        return Reply({}, 200 if seen.json() == {"ping": 1} else 400)

    server = serve(answer)
    request = {"method": "post", "url": f"{server.url}/ping", "json": {"ping": 1}}
    assert (await ask(given(server.url, request=request), clients)).credentials[0].valid is True
