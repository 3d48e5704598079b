"""Mail: what arrives at a real server, how the connection is secured, and what its answers mean."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.channel import Sending
from alerts.channels._smtp_mail import compose
from alerts.channels._smtp_settings import SmtpSettings
from alerts.channels.smtp import send
from composition.outbound import HttpTransport
from core.alerting import NoticeKind
from core.errors import ChannelError
from core.settings import Contact
from tests.alerts.alerts_letters import KEY, NOW, content, letter, notice, settings
from tests.alerts.alerts_mailbox import Mailbox, page_of, text_of

FROM = "monitor@butterboard.example"


def mail(port: int, **more: Any) -> SmtpSettings:
    plain = {
        "type": "smtp",
        "host": "localhost",
        "port": port,
        "security": "none",
        "from": FROM,
        "to": "a@b.example",
    }
    return SmtpSettings.model_validate({**plain, **more})


async def post(
    transport: HttpTransport,
    chosen: SmtpSettings,
    contact: Contact | None = None,
    *,
    public_only: bool = False,
) -> str:
    sending = Sending(KEY, NOW, transport, contact, public_only)
    return await send(chosen, letter(NoticeKind.FIRED), sending)


async def refused(transport: HttpTransport, chosen: SmtpSettings, **more: Any) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await post(transport, chosen, **more)
    return caught.value


async def test_a_mail_arrives_as_text_and_as_a_page(mailbox: Mailbox, transport: HttpTransport) -> None:
    """Its Message-ID is the dedup key, its conversation the episode; a machine does not answer it."""
    assert await post(transport, mail(mailbox.port)) == "localhost took it"
    (got,) = mailbox.mails
    assert got["Subject"] == "Critical: PeopleSoft → Butterboard — the last 3 runs failed"
    assert got["Message-ID"] == f"<{KEY}@butterboard.example>"
    assert got["References"] == "<ep-5f1d9c@butterboard.example>"
    assert got["Auto-Submitted"] == "auto-generated"
    assert text_of(got).startswith("🔴 Critical: PeopleSoft → Butterboard — the last 3 runs failed")
    assert "HTTP 401 &lt;Unauthorized&gt;" in page_of(got)
    assert mailbox.envelopes[0].rcpt_tos == ["a@b.example"]


async def test_a_mail_goes_to_the_contact_where_the_channel_names_nobody(
    mailbox: Mailbox, transport: HttpTransport
) -> None:
    """Each contact has an address; without one the message is refused for good, and only that message."""
    channel = mail(mailbox.port, to=[])
    await post(transport, channel, settings().contacts["dezhurnyj"])
    assert mailbox.envelopes[0].rcpt_tos == ["duty@butterboard.example"]
    error = await refused(transport, channel)
    assert (error.permanent, error.of_message) == (True, True)


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [("450 greylisted, come back", False), ("550 no such user", True), ("452 mailbox full", False)],
)
async def test_a_refused_recipient_is_of_this_message(
    mailbox: Mailbox, transport: HttpTransport, answer: str, permanent: bool
) -> None:
    """4xx passes, 5xx does not; the others' mails go on."""
    mailbox.for_rcpt["a@b.example"] = answer
    error = await refused(transport, mail(mailbox.port))
    assert (error.permanent, error.of_message) == (permanent, True)
    assert answer in error.message


async def test_one_refused_recipient_among_several_does_not_repeat_the_mail(
    mailbox: Mailbox, transport: HttpTransport
) -> None:
    """Those who got it are not told twice; who did not is named."""
    mailbox.for_rcpt["gone@b.example"] = "550 no such user"
    said = await post(transport, mail(mailbox.port, to=["a@b.example", "gone@b.example"]))
    assert "not for gone@b.example: 550 no such user" in said
    assert mailbox.envelopes[0].rcpt_tos == ["a@b.example"]


@pytest.mark.parametrize(("answer", "permanent"), [("451 try later", False), ("554 looks like spam", True)])
async def test_a_refused_mail_is_of_this_message(
    mailbox: Mailbox, transport: HttpTransport, answer: str, permanent: bool
) -> None:
    """A content filter does not disable the channel."""
    mailbox.for_data = answer
    error = await refused(transport, mail(mailbox.port))
    assert (error.permanent, error.of_message) == (permanent, True)


async def test_a_server_that_is_away_passes(transport: HttpTransport) -> None:
    """Nobody listens, or the name is not known: tried again later."""
    with Mailbox() as box:
        port = box.port
    error = await refused(transport, mail(port))
    assert not error.permanent
    assert "cannot be reached" in error.message
    assert not (await refused(transport, mail(port, host="nowhere.invalid"))).permanent


async def test_an_address_is_looked_at_before_the_connection(
    mailbox: Mailbox, transport: HttpTransport
) -> None:
    """public_only refuses loopback, and a metadata service is refused always."""
    assert "public internet" in (await refused(transport, mail(mailbox.port), public_only=True)).message
    assert (await refused(transport, mail(25, host="169.254.169.254"))).permanent
    assert mailbox.mails == []


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for `localhost`, and the certificate that one may trust."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


async def test_starttls_and_login(
    tls: tuple[ssl.SSLContext, Path], transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a trusted certificate the password is taken; a wrong one is the channel's fault, for good."""
    context, certificate = tls
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Mailbox(tls=context, login=("monitor", "right")) as box:
        login = {"security": "starttls", "username": "monitor"}
        assert await post(transport, mail(box.port, **login, password="right")) == "localhost took it"
        assert len(box.mails) == 1
        error = await refused(transport, mail(box.port, **login, password="wrong"))
        assert (error.permanent, error.of_message) == (True, False)
        assert "wrong" not in error.message


async def test_an_untrusted_certificate_gets_neither_password_nor_mail(
    tls: tuple[ssl.SSLContext, Path], transport: HttpTransport
) -> None:
    """It may be renewed, so it passes."""
    with Mailbox(tls=tls[0]) as box:
        error = await refused(transport, mail(box.port, security="starttls"))
        assert not error.permanent
        assert "not trusted" in error.message
        assert box.mails == []


async def test_a_server_without_starttls_gets_no_mail_that_asks_for_it(
    mailbox: Mailbox, transport: HttpTransport
) -> None:
    """Never fall back to plain text."""
    error = await refused(transport, mail(mailbox.port, security="starttls"))
    assert error.permanent
    assert mailbox.mails == []


def test_texts_from_outside_stay_out_of_the_headers() -> None:
    """A line break in an upstream text adds no header, and no markup stands in the page."""
    from alerts.messages import letter_of
    from core.i18n import Message
    from core.said import kept

    nasty = "boom\r\nBcc: all@victim.example\r\n\r\n<script>alert(1)</script> \u202egnp.exe"
    told = content(detail=kept(Message("The last run failed: {error}", {"error": nasty})))
    made = letter_of([notice(NoticeKind.FIRED, told)], settings(), KEY, NOW)
    sent = compose(made, FROM, ("a@b.example",), KEY, NOW).as_bytes()
    composed = message_from_bytes(sent, policy=default)
    assert isinstance(composed, EmailMessage)
    assert composed["Bcc"] is None
    assert "\n" not in composed["Subject"]
    assert "\u202e" not in made.headline
    assert "<script" not in page_of(composed)
    assert "&lt;script&gt;" in page_of(composed)


def test_a_long_russian_subject_keeps_its_spaces_and_is_cut() -> None:
    """Encoded and folded, it reads as it was written; what is cut off stands below."""
    from alerts.messages import LONGEST_HEADLINE, letter_of
    from core.alerting import Target
    from core.i18n import Message
    from core.said import kept

    said = kept(Message("The last run failed: {error}", {"error": "очень длинная ошибка " * 20}))
    told = notice(NoticeKind.FIRED, content(detail=said), target=Target("mail", "dezhurnyj"))
    made = letter_of([told], settings(), KEY, NOW)
    sent = compose(made, FROM, ("a@b.example",), KEY, NOW).as_bytes()
    assert max(len(line) for line in sent.splitlines()) < 998
    assert message_from_bytes(sent, policy=default)["Subject"] == made.headline
    assert len(made.headline) == LONGEST_HEADLINE
    assert made.rows[0].text.count("очень длинная ошибка") > 10


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"from": "nobody"}, "write a mail address"),
        ({"to": "a@b.example\r\nBcc: c@d.example"}, "write a mail address"),
        ({"username": "x"}, "go together"),
        ({"username": "x", "password": "y"}, "in the clear"),
    ],
    ids=["from", "to", "half a login", "password in the clear"],
)
def test_a_wrong_setting_is_told(wrong: dict[str, str], said: str) -> None:
    """What can be known when the file is read is not left to the first message."""
    with pytest.raises(ValidationError, match=said):
        mail(25, **wrong)
