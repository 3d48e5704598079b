"""Notices of every kind as they leave, for the tests of letters and channels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.circumstances import Circumstances
from alerts.content import Content, packed
from alerts.letter import Letter
from alerts.messages import letter_of
from composition.names import registries
from core.alert_states import AlertKey, Reason, Severity
from core.alerting import Notice, NoticeKind, Target
from core.i18n import Message, counted
from core.said import kept
from core.settings import Settings, loads

NOW = datetime(2026, 11, 24, 14, 40, tzinfo=UTC)
SINCE = NOW - timedelta(minutes=35)
KEY = "im-0123456789abcdef01234567"
SUPPORT = Target("mail", "integration-support")

CONFIGURATION = """
language: ru
timezone: Europe/Moscow
address: https://monitor.butterboard.example
contacts:
  integration-support:
    {name: Integration support, email: support@butterboard.example, phone: "+7 495 123-45-67", telegram: "424242", channels: [mail], language: en, timezone: Europe/Riga}
  dezhurnyj: {name: Дежурный инженер, email: duty@butterboard.example, telegram: "515151", channels: [chat], language: ru}
integrations:
  - key: peoplesoft
    name: PeopleSoft → Butterboard
    method: api
    source_system: PeopleSoft
    criticality: high
    tags: [hr]
    contacts: [{who: integration-support}, {who: dezhurnyj, after: 30m}]
channels:
  mail: {type: smtp, host: mail.example, from: monitor@butterboard.example}
  chat: {type: telegram, token: "123456:abc-DEF"}
  hook: {type: webhook, url: "https://hooks.example/take", secret: "whsec_c2VjcmV0LXNlY3JldA=="}
  slack: {type: apprise, url: "json://hooks.example/apprise"}
"""

CAUSE = Circumstances(
    cause=Message(
        "{what}: {error}",
        {"what": Message("The key is no longer accepted"), "error": "HTTP 401 <Unauthorized>"},
    ),
    next_step="Ask the customer for a new key, put it where the integration reads it, then look again.",
    call=Message(
        "{owner} calls {who}",
        {
            "owner": "Integration support",
            "who": Message("the administrators of {system}", {"system": "PeopleSoft"}),
        },
    ),
)


def settings(extra: str = "") -> Settings:
    """A small installation with a channel of each type."""
    return loads(CONFIGURATION + extra, "monitor.yaml", registries())


def content(**changed: Any) -> Content:
    """Three runs have failed in a row, for 35 minutes."""
    usual: dict[str, Any] = {
        "rule_name": "Failures in a row",
        "indicator": "consecutive_failures",
        "severity": Severity.CRITICAL,
        "since": SINCE,
        "fired_at": SINCE + timedelta(minutes=5),
        "value": 3.0,
        "threshold": ">= 2",
        "detail": kept(counted("The last {count} run failed", "The last {count} runs failed", 3)),
    }
    return Content(**(usual | changed))


def notice(kind: NoticeKind, told: Content | None = None, **changed: Any) -> Notice:
    """One waiting notice about the failures in a row of PeopleSoft."""
    told = told or CONTENTS[kind]
    usual: dict[str, Any] = {
        "notice_id": 1,
        "target": SUPPORT,
        "key": AlertKey("failures-in-a-row", "peoplesoft"),
        "episode": "ep-5f1d9c",
        "kind": kind,
        "severity": told.severity,
        "created_at": NOW - timedelta(seconds=30),
        "not_before": NOW,
        "content": packed(told),
    }
    return Notice(**(usual | changed))


_WELL = kept(Message("The last run did not fail"))

CONTENTS = {
    NoticeKind.FIRED: content(),
    NoticeKind.WORSENED: content(was=Severity.WARNING),
    NoticeKind.EASED: content(
        severity=Severity.WARNING,
        was=Severity.CRITICAL,
        value=1.0,
        threshold=">= 1",
        detail=kept(Message("The last run failed: {error}", {"error": "timeout"})),
    ),
    NoticeKind.RECOVERED: content(value=0.0, detail=_WELL, ended_at=NOW),
    NoticeKind.PASSED: content(value=0.0, detail=_WELL, ended_at=NOW - timedelta(minutes=3)),
    NoticeKind.REPEATED: content(since=NOW - timedelta(hours=4, minutes=10)),
    NoticeKind.ESCALATED: content(),
    NoticeKind.FLAPPING: content(severity=Severity.WARNING, turns=7),
    NoticeKind.CLOSED: content(reason=Reason.VANISHED, ended_at=NOW),
}
"""What each kind of notice is made from."""

SEVERAL = (
    notice(
        NoticeKind.RECOVERED,
        content(
            rule_name="Slow API",
            indicator="api_latency_p95_seconds",
            severity=Severity.WARNING,
            value=0.8,
            threshold="> 5s",
            detail=kept(
                Message("95% of API calls took {duration} or less", {"duration": timedelta(seconds=0.8)})
            ),
            ended_at=NOW,
        ),
        key=AlertKey("slow-api", "peoplesoft"),
        episode="ep-slow",
    ),
    notice(
        NoticeKind.FIRED,
        content(
            rule_name="Rate limit running out",
            indicator="quota_used_ratio",
            severity=Severity.WARNING,
            value=0.87,
            threshold="> 80%",
            detail=kept(
                Message("{ratio:percent} of the rate limit {quota} is used", {"ratio": 0.87, "quota": "core"})
            ),
        ),
        key=AlertKey("quota-used", "peoplesoft", "core"),
        episode="ep-quota",
    ),
    notice(NoticeKind.FIRED),
)
"""Three alerts of one integration that leave together."""


def letter(kind: NoticeKind, target: Target = SUPPORT) -> Letter:
    """The letter of one notice to a target."""
    return letter_of([notice(kind, target=target)], settings(), KEY, NOW, CAUSE)


def letter_of_several(target: Target = SUPPORT) -> Letter:
    """The letter of three."""
    from msgspec.structs import replace

    return letter_of([replace(one, target=target) for one in SEVERAL], settings(), KEY, NOW, CAUSE)
