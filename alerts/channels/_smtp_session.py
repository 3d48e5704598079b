"""Hands one mail to a server: connect where it is permitted, encrypt, log in, send; blocking."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Sequence
from email.message import Message
from typing import TYPE_CHECKING

from core.addresses import resolved
from core.errors import AddressRefused, ChannelError

if TYPE_CHECKING:
    from alerts.channels._smtp_settings import SmtpSettings

SILENT_SECONDS = 15.0
_LONGEST_REASON = 300


class _Plain(smtplib.SMTP):
    """Connects to an address that was looked at; certificate and name stay those of the host."""

    public_only = False

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return _dial(host, port, timeout, self.public_only)


class _Encrypted(smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""

    public_only = False

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self.context.wrap_socket(_dial(host, port, timeout, self.public_only), server_hostname=host)


def hand_over(settings: SmtpSettings, mail: Message, to: Sequence[str], public_only: bool) -> str:
    """The server's word for having taken the mail. Raises ChannelError."""
    try:
        return _session(settings, mail, to, public_only)
    except AddressRefused as error:
        raise ChannelError(str(error), permanent=True) from None
    except smtplib.SMTPException as error:
        raise judged(error, settings.host) from None
    except ssl.SSLCertVerificationError as error:
        raise ChannelError(
            f"{settings.host} shows a certificate that is not trusted: {error.verify_message}"
        ) from None
    except OSError as error:
        raise ChannelError(f"{settings.host} cannot be reached: {error.strerror or error}") from None


def _session(settings: SmtpSettings, mail: Message, to: Sequence[str], public_only: bool) -> str:
    context = ssl.create_default_context()
    session = (
        _Encrypted(timeout=SILENT_SECONDS, context=context)
        if settings.security == "tls"
        else _Plain(timeout=SILENT_SECONDS)
    )
    session.public_only = public_only
    # starttls() checks the certificate against the name given here.
    session._host = settings.host  # type: ignore[union-attr]
    with session:
        session.connect(settings.host, settings.server_port)
        if settings.security == "starttls":
            session.starttls(context=context)
        if settings.username is not None and settings.password is not None:
            session.login(settings.username, settings.password.get_secret_value())
        refused = session.send_message(mail, to_addrs=list(to))
    if refused:
        # Some took it: sending again would tell those twice, so it counts as taken, and the refusal is told.
        return f"{settings.host} took it, but not for {', '.join(sorted(refused))}: {_said(*next(iter(refused.values())))}"
    return f"{settings.host} took it"


def _dial(host: str, port: int, timeout: float, public_only: bool) -> socket.socket:
    """A connection to the first of the host's permitted addresses that answers. Raises OSError."""
    failed: OSError | None = None
    for address in resolved(host, port, public_only=public_only):
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as error:
            failed = error
    raise failed or OSError(f"{host} has no address")


def judged(error: smtplib.SMTPException, host: str) -> ChannelError:
    """What a mail server's refusal means: 4xx passes, 5xx does not; of a recipient or a mail it is of this
    message only."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            address, (code, text) = next(iter(error.recipients.items()))
            passing = any(code < 500 for code, _ in error.recipients.values())
            return ChannelError(
                f"{host} does not take mail for {address}: {_said(code, text)}", not passing, of_message=True
            )
        case smtplib.SMTPNotSupportedError():
            return ChannelError(f"{host} does not support what is asked of it: {error}", permanent=True)
        case smtplib.SMTPResponseException():
            said = f"{host} answered {_said(error.smtp_code, error.smtp_error)}"
            of_message = isinstance(error, smtplib.SMTPDataError)
            return ChannelError(
                said, error.smtp_code >= 500 and error.smtp_code != 521, of_message=of_message
            )
    return ChannelError(f"{host} broke off: {error}")


def _said(code: int, text: bytes | str) -> str:
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(plain.split())[:_LONGEST_REASON]}"
