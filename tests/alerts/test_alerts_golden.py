"""What every channel sends for every kind of notice, in both languages, byte for byte.

After a change that is meant, `GOLDEN=write pytest tests/alerts/test_alerts_golden.py` writes them anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from alerts.channel import Sending
from alerts.channels import telegram, webhook
from alerts.channels._smtp_mail import compose
from alerts.letter import Letter
from alerts.plain import body, marked
from alerts.transport import Answer, Outgoing
from core.alerting import NoticeKind, Target
from tests.alerts.alerts_letters import KEY, NOW, letter, letter_of_several, settings
from tests.alerts.alerts_mailbox import page_of, text_of

GOLDEN = Path(__file__).parent / "golden"
READERS = {"en": Target("", "integration-support"), "ru": Target("", "dezhurnyj")}
KINDS = [*NoticeKind, "several"]


class Kept:
    """Stands for the network: keeps the call and answers 200."""

    def __init__(self) -> None:
        self.calls: list[Outgoing] = []

    async def send(self, call: Outgoing, *, public_only: bool = False) -> Answer:
        self.calls.append(call)
        return Answer(200, b'{"ok": true}', "200 OK from there", NOW)


async def of_webhook(made: Letter) -> str:
    kept, chosen = Kept(), settings().channels["hook"]
    assert isinstance(chosen, webhook.WebhookSettings)
    await webhook.send(chosen, made, Sending(KEY, NOW, kept))
    (call,) = kept.calls
    return _shown(call)


async def of_telegram(made: Letter) -> str:
    kept, chosen = Kept(), settings().channels["chat"]
    assert isinstance(chosen, telegram.TelegramSettings)
    await telegram.send(chosen, made, Sending(KEY, NOW, kept, settings().contacts["dezhurnyj"]))
    (call,) = kept.calls
    return _shown(call)


async def of_smtp(made: Letter) -> str:
    sent = compose(made, "monitor@butterboard.example", ("support@butterboard.example",), KEY, NOW)
    mail = message_from_bytes(sent.as_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    return f"{_headers(mail)}\n\n{text_of(mail)}\n{page_of(mail)}"


async def of_apprise(made: Letter) -> str:
    return f"{marked(made)}\n\n{body(made)}\n"


CHANNELS: dict[str, Callable[[Letter], Any]] = {
    "webhook": of_webhook,
    "telegram": of_telegram,
    "smtp": of_smtp,
    "apprise": of_apprise,
}
TARGET = {"webhook": "hook", "telegram": "chat", "smtp": "mail", "apprise": "slack"}


def _shown(call: Outgoing) -> str:
    assert call.body is not None
    head = "\n".join(f"{name}: {value}" for name, value in call.headers)
    return f"{head}\n\n{json.dumps(json.loads(call.body), ensure_ascii=False, indent=2)}\n"


def _headers(mail: EmailMessage) -> str:
    return "\n".join(f"{name}: {value}" for name, value in mail.items())


@pytest.mark.parametrize("language", READERS)
@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_what_is_sent(channel: str, kind: NoticeKind | str, language: str) -> None:
    """The payload is what was looked at and found good to read."""
    target = READERS[language]._replace(channel=TARGET[channel])
    made = letter(kind, target) if isinstance(kind, NoticeKind) else letter_of_several(target)
    sent = await CHANNELS[channel](made)
    path = GOLDEN / channel / f"{kind}.{language}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sent, encoding="utf-8")
    assert sent == path.read_text(encoding="utf-8")


def test_no_payload_is_left_over() -> None:
    """Each golden file belongs to a channel, a kind and a language that there is."""
    expected = {
        f"{channel}/{kind}.{language}.txt" for channel in CHANNELS for kind in KINDS for language in READERS
    }
    assert {str(path.relative_to(GOLDEN)) for path in GOLDEN.rglob("*.txt")} == expected
