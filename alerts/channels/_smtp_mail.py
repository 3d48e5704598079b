"""Composes the mail of a letter (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from alerts.letter import Letter, Tone
from alerts.mail_page import page
from alerts.plain import plain_text

NAME = "Integration Monitor"


def compose(letter: Letter, sender: str, to: Sequence[str], key: str, now: datetime) -> EmailMessage:
    """A mail with a text and an HTML part.

    `Message-ID` is made from the dedup key; `References` ties all mails of one episode together. Headers
    are single lines whatever the texts hold. Machines do not answer it (RFC 3834).
    """
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    mail["Subject"] = letter.headline
    mail["From"] = Address(NAME, addr_spec=sender)
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{key}@{domain}>"
    if letter.thread and letter.thread != key:
        mail["References"] = mail["In-Reply-To"] = f"<{letter.thread}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Content-Language"] = letter.language
    if letter.tone is Tone.CRITICAL:
        mail["Importance"] = "high"
    mail.set_content(plain_text(letter), cte="quoted-printable")
    mail.add_alternative(page(letter), subtype="html", cte="quoted-printable")
    mail.set_boundary(f"=_{key}")
    return mail
