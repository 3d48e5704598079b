"""Composes the mail of a letter (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr

from alerts.letter import Letter, Tone
from alerts.mail_page import page
from alerts.plain import plain_text

NAME = "Integration Monitor"


def compose(letter: Letter, sender: str, to: Sequence[str], key: str, now: datetime) -> Message:
    """A mail with a text and an HTML part.

    `Message-ID` is made from the dedup key; `References` ties all mails of one episode together. Headers
    are single lines whatever the texts hold. Machines do not answer it (RFC 3834).
    """
    domain = sender.rpartition("@")[2]
    mail = MIMEMultipart("alternative", boundary=f"=_{key}")
    # `Header`, because the folding of `EmailMessage` loses spaces between words that are encoded.
    charset = "us-ascii" if letter.headline.isascii() else "utf-8"
    mail["Subject"] = Header(letter.headline, charset)  # type: ignore[assignment]  # it may be a `Header`
    mail["From"] = formataddr((NAME, sender))
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{key}@{domain}>"
    if letter.thread and letter.thread != key:
        mail["In-Reply-To"] = f"<{letter.thread}@{domain}>"
        mail["References"] = f"<{letter.thread}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Content-Language"] = letter.language
    if letter.tone is Tone.CRITICAL:
        mail["Importance"] = "high"
    mail.attach(MIMEText(plain_text(letter), "plain", "utf-8"))
    mail.attach(MIMEText(page(letter), "html", "utf-8"))
    return mail
