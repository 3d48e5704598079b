"""Calls signed as AWS wants them, checked by the rules it publishes and not by the library that signs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from collectors import aws
from collectors.auth_settings import AwsAuth
from collectors.exchange import Request
from collectors.http import Clients
from core.errors import SourceError
from tests.collectors.collectors_aws import KEY, SECRET, is_signed
from tests.collectors.collectors_rest import look, settings
from tests.collectors.collectors_server import Answer, Reply, Seen, Served

Serve = Callable[[Answer], Served]

AUTH = {
    "type": "aws",
    "service": "states",
    "region": "eu-central-1",
    "access_key_id": KEY,
    "secret_access_key": SECRET,
}


def guarded(seen: Seen) -> Reply:
    """Lists nothing to who signs rightly."""
    return (
        Reply({"runs": []})
        if is_signed(seen.method, seen.raw_path, seen.headers, seen.body)
        else Reply({"__type": "InvalidSignatureException"}, 403)
    )


@pytest.fixture(autouse=True)
def _nobodys_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[None]:
    """No credentials of the machine that tests: neither its environment, its files nor its role."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    aws._machines.cache_clear()
    yield
    aws._machines.cache_clear()


def signed_at(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign as at that time."""
    at = datetime.strptime(moment, "%Y%m%dT%H%M%SZ")  # noqa: DTZ007
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: at)


async def test_keys_of_the_machine_that_were_replaced_are_read_anew(
    serve: Serve, clients: Clients, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Once the old ones are refused: those of a file or of the environment do not renew themselves."""
    server, file = serve(guarded), tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    given = settings(server.url, auth={"type": "aws", "service": "states", "region": "eu-central-1"})
    file.write_text(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = another\n")
    assert (await look(given, clients)).error is not None
    file.write_text(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    assert (await look(given, clients)).error is None


async def test_the_published_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """`get-vanilla-query-order-key-case` of the test suite that AWS publishes for Signature Version 4."""
    signed_at("20150830T123600Z", monkeypatch)
    given = AwsAuth.model_validate(AUTH | {"service": "service", "region": "us-east-1"})
    request = Request("GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1")
    headers = dict((await aws.signed(request, given)).headers)
    assert headers["Authorization"].endswith(
        "Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
    )


@pytest.mark.parametrize(
    "request_keys",
    [
        {},
        {"params": {"filter": "a b+c/d=é", "arn": "arn:aws:states:eu:1:x"}},
        {
            "method": "POST",
            "json": {"name": "Ünïcode", "size": 100},
            "headers": {
                "X-Amz-Target": "AWSStepFunctions.ListExecutions",
                "Content-Type": "application/x-amz-json-1.0",
            },
        },
    ],
    ids=["plain", "parameters", "body"],
)
async def test_each_call_is_signed(serve: Serve, clients: Clients, request_keys: dict[str, Any]) -> None:
    """With its parameters, headers and body."""
    server = serve(guarded)
    given = settings(server.url, auth=AUTH, request=request_keys)
    done = await look(given, clients)
    assert done.error is None
    assert len(server.seen) == 1


async def test_parameters_that_stand_in_the_address_in_any_notation(serve: Serve, clients: Clients) -> None:
    """`:` and `/` may stand as they are in an address; a signature counts them encoded."""
    server = serve(guarded)
    request = {"url": f"{server.url}/runs?arn=arn:aws:x/y&empty=&plus=a+b"}
    assert (await look(settings(server.url, auth=AUTH, request=request), clients)).error is None


async def test_a_path_with_encoded_parts(serve: Serve, clients: Clients) -> None:
    """A name (ARN) within the path counts as encoded twice."""
    server = serve(guarded)
    request = {"url": f"{server.url}/jobs/arn%3Aaws%3Ax/a%20b:c/runs"}
    assert (await look(settings(server.url, auth=AUTH, request=request), clients)).error is None


async def test_another_secret_is_refused(serve: Serve, clients: Clients) -> None:
    """So the server above looks; the secret is in no message."""
    server = serve(guarded)
    wrong = AUTH | {"secret_access_key": "wrong-secret"}
    done = await look(settings(server.url, auth=wrong), clients)
    assert done.error is not None
    assert "InvalidSignatureException" in done.error.message
    assert "wrong-secret" not in done.error.message


async def test_a_session_token_is_sent(serve: Serve, clients: Clients) -> None:
    """And signed too."""
    server = serve(guarded)
    done = await look(settings(server.url, auth=AUTH | {"session_token": "st"}), clients)
    assert done.error is None
    assert server.seen[0].headers["x-amz-security-token"] == "st"
    assert "x-amz-security-token" in server.seen[0].headers["authorization"]


async def test_without_keys_the_machines_are_used(
    serve: Serve, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the environment first."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    server = serve(guarded)
    role = {name: AUTH[name] for name in ("type", "service", "region")}
    assert (await look(settings(server.url, auth=role), clients)).error is None


async def test_the_role_of_an_instance(
    serve: Serve, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its keys are fetched where the instance tells them, once for several looks."""
    asked = []

    def metadata(seen: Seen) -> Reply:
        asked.append(seen.path)
        if seen.path == "/latest/api/token":
            return Reply("token")
        if seen.path.endswith("/security-credentials/"):
            return Reply("monitor")
        keys = {
            "AccessKeyId": KEY,
            "SecretAccessKey": SECRET,
            "Token": "st",
            "Expiration": "2999-01-01T00:00:00Z",
        }
        return Reply({"Code": "Success", "Type": "AWS-HMAC"} | keys)

    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", serve(metadata).url)
    server = serve(guarded)
    role = {name: AUTH[name] for name in ("type", "service", "region")}
    for _ in range(2):
        assert (await look(settings(server.url, auth=role), clients)).error is None
    assert sum(path.endswith("/monitor") for path in asked) == 1


async def test_a_machine_without_credentials_is_told(serve: Serve, clients: Clients) -> None:
    """With the remedy; the system is not called."""
    server = serve(guarded)
    role = {name: AUTH[name] for name in ("type", "service", "region")}
    done = await look(settings(server.url, auth=role), clients)
    assert done.error is not None
    assert "write access_key_id and secret_access_key" in done.error.message
    assert server.seen == []


async def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is wanted by those alone who have such a source."""
    monkeypatch.setitem(sys.modules, "botocore.auth", None)
    with pytest.raises(SourceError, match='pip install "botocore"'):
        await aws.signed(Request("GET", "https://h/"), AwsAuth.model_validate(AUTH))


@pytest.mark.parametrize("left_out", ["access_key_id", "secret_access_key"])
def test_half_a_key_is_refused(left_out: str) -> None:
    """It would be that of the machine otherwise, silently."""
    with pytest.raises(ValidationError, match="got a part of a key"):
        AwsAuth.model_validate({name: value for name, value in AUTH.items() if name != left_out})
