"""The webhook: what arrives at a real receiver, and what its answers mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest

from alerts.channel import Sending
from alerts.channels.webhook import WebhookSettings, send, signature
from composition.outbound import HttpTransport
from core.alerting import NoticeKind
from core.errors import ChannelError
from tests.alerts.alerts_letters import KEY, NOW, letter
from tests.alerts.conftest import Serve
from tests.collectors.collectors_server import Reply


def hook(url: str, **more: Any) -> WebhookSettings:
    return WebhookSettings.model_validate({"type": "webhook", "url": url, **more})


async def post(transport: HttpTransport, url: str, *, public_only: bool = False, **more: Any) -> str:
    sending = Sending(KEY, NOW, transport, public_only=public_only)
    return await send(hook(url, **more), letter(NoticeKind.FIRED), sending)


async def refused(transport: HttpTransport, url: str, *, public_only: bool = False) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await post(transport, url, public_only=public_only)
    return caught.value


async def test_a_message_arrives_signed_and_named(serve: Serve, transport: HttpTransport) -> None:
    """One POST of JSON; the dedup key stands in both headers and in the body, the signature is over all of it."""
    server = serve(lambda _: Reply(b"", 204))
    secret = "whsec_" + base64.b64encode(b"quite secret").decode()
    said = await post(transport, f"{server.url}/take", secret=secret, headers={"X-Team": "hr"})
    (seen,) = server.seen
    assert said.startswith("204")
    assert (seen.method, seen.path, seen.headers["x-team"]) == ("POST", "/take", "hr")
    assert seen.headers["idempotency-key"] == seen.headers["webhook-id"] == seen.json()["key"] == KEY
    signed = f"{KEY}.{seen.headers['webhook-timestamp']}.".encode() + seen.body
    digest = hmac.new(b"quite secret", signed, hashlib.sha256).digest()
    assert seen.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the Standard Webhooks specification."""
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("status", "permanent", "of_message"),
    [
        (400, True, True),
        (401, True, False),
        (403, True, False),
        (404, True, False),
        (408, False, False),
        (410, True, False),
        (413, True, True),
        (422, True, True),
        (425, False, False),
        (429, False, False),
        (500, False, False),
        (502, False, False),
        (503, False, False),
    ],
)
async def test_what_a_refusal_means(
    serve: Serve, transport: HttpTransport, status: int, permanent: bool, of_message: bool
) -> None:
    """It passes, or this message is refused for good, or the channel is wrong; asked once, never retried here."""
    server = serve(lambda _: Reply({"error": "no"}, status))
    error = await refused(transport, server.url)
    assert (error.permanent, error.of_message) == (permanent, of_message)
    assert str(status) in error.message
    assert len(server.seen) == 1


@pytest.mark.parametrize(("said", "seconds"), [("120", 120), ("Tue, 24 Nov 2026 14:42:00 GMT", 120)])
async def test_retry_after_is_taken(serve: Serve, transport: HttpTransport, said: str, seconds: int) -> None:
    """In seconds, and as a date against the answer's own."""
    headers = {"Retry-After": said, "Date": "Tue, 24 Nov 2026 14:40:00 GMT"}
    server = serve(lambda _: Reply(b"", 503, headers))
    assert (await refused(transport, server.url)).retry_after == timedelta(seconds=seconds)


async def test_a_redirect_is_not_followed(serve: Serve, transport: HttpTransport) -> None:
    """The message, and its secrets, go to the written address or nowhere."""
    other = serve(lambda _: Reply(b"{}"))
    server = serve(lambda _: Reply(b"", 307, {"Location": f"{other.url}/there"}))
    error = await refused(transport, server.url)
    assert error.permanent
    assert f"{other.url}/there" in error.message
    assert other.seen == []


async def test_a_receiver_that_breaks_off_passes(serve: Serve, transport: HttpTransport) -> None:
    """A connection that is reset or refused is tried again later."""
    server = serve(lambda _: Reply(drop=True))
    assert not (await refused(transport, server.url)).permanent
    server.stop()
    error = await refused(transport, server.url)
    assert not error.permanent
    assert "refused the connection" in error.message


async def test_an_endless_answer_is_cut(serve: Serve, transport: HttpTransport) -> None:
    """A receiver cannot fill our memory."""
    server = serve(lambda _: Reply(b"x" * 1_000_000))
    assert (await post(transport, server.url)).startswith("200")


async def test_an_address_from_a_page_does_not_reach_inside(serve: Serve, transport: HttpTransport) -> None:
    """public_only refuses loopback before it is connected to."""
    server = serve(lambda _: Reply(b"{}"))
    error = await refused(transport, server.url, public_only=True)
    assert error.permanent
    assert "public internet" in error.message
    assert server.seen == []


async def test_a_metadata_service_is_refused_from_the_file_too(transport: HttpTransport) -> None:
    """No channel hands our machine's keys to anybody."""
    assert (await refused(transport, "http://169.254.169.254/latest")).permanent
