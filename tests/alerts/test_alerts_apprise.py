"""Apprise: what it sends for us, and that every failure of its is passing."""

from __future__ import annotations

import pytest

from alerts.channel import Sending
from alerts.channels.apprise import AppriseSettings, send
from composition.outbound import HttpTransport
from core.alerting import NoticeKind
from core.errors import ChannelError
from tests.alerts.alerts_letters import KEY, NOW, letter
from tests.alerts.conftest import Serve
from tests.collectors.collectors_server import Reply


async def post(transport: HttpTransport, url: str, *, public_only: bool = False) -> str:
    chosen = AppriseSettings.model_validate({"type": "apprise", "url": url})
    sending = Sending(KEY, NOW, transport, public_only=public_only)
    return await send(chosen, letter(NoticeKind.FIRED), sending)


async def test_a_message_goes_through_apprise(serve: Serve, transport: HttpTransport) -> None:
    """Its title is the headline, its kind the severity, its text everything else."""
    server = serve(lambda _: Reply({"ok": True}))
    assert await post(transport, f"json://127.0.0.1:{server.port}/in") == "Apprise sent it"
    (seen,) = server.seen
    sent = seen.json()
    assert sent["title"] == "🔴 Critical: PeopleSoft → Butterboard — the last 3 runs failed"
    assert sent["type"] == "failure"
    assert "Probable cause: The key is no longer accepted" in sent["message"]


async def test_every_failure_is_passing(serve: Serve, transport: HttpTransport) -> None:
    """It answers only yes or no: a 404 and a server that is away are tried again alike."""
    server = serve(lambda _: Reply({}, 404))
    with pytest.raises(ChannelError) as caught:
        await post(transport, f"json://127.0.0.1:{server.port}/in")
    assert not caught.value.permanent
    server.stop()
    with pytest.raises(ChannelError) as caught:
        await post(transport, f"json://127.0.0.1:{server.port}/in")
    assert not caught.value.permanent


async def test_an_address_that_apprise_does_not_know_is_permanent(transport: HttpTransport) -> None:
    """Nothing could ever be sent; the address itself is not shown, since it holds keys."""
    with pytest.raises(ChannelError, match="does not know") as caught:
        await post(transport, "nosuch://key@host")
    assert caught.value.permanent
    assert "key@host" not in caught.value.message


async def test_a_metadata_service_is_refused(transport: HttpTransport) -> None:
    """The host is looked at before Apprise connects to it."""
    with pytest.raises(ChannelError, match="metadata") as caught:
        await post(transport, "json://169.254.169.254/x")
    assert caught.value.permanent
