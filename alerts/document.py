"""A message for programs: the webhook's JSON, the same facts under fixed names (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alerts.letter import tidy
from alerts.reader import Reader, contact_of
from alerts.wording import Told, detail_of, kept_sentence
from core.records import Json
from health.registry import indicators

if TYPE_CHECKING:
    from alerts.circumstances import Circumstances
    from core.settings import Settings

VERSION = 1


def document(
    told: Sequence[Told],
    headline: str,
    settings: Settings,
    reader: Reader,
    key: str,
    now: datetime,
    known: Circumstances,
    link: str,
) -> Mapping[str, Json]:
    """Texts in the reader's language, everything else language-free; what is not known is null.

    kind, severity: of the worst alert, which stands first in `alerts`. Instants are ISO 8601 in UTC.
    """
    first, says = told[0], reader.says
    contact = contact_of(settings, first.notice.target)
    return {
        "version": VERSION,
        "key": key,
        "kind": first.notice.kind.value,
        "severity": first.severity.value,
        "headline": tidy(headline),
        "language": says.language,
        "integration": _integration(settings, first.notice.key.integration),
        "alerts": [_alert(one, reader) for one in told],
        "cause": tidy(kept_sentence(known.cause, says)) or None,
        "next_step": says.text(known.next_step) or None,
        "call": tidy(kept_sentence(known.call, says)) or None,
        "contact": contact.name if contact else None,
        "channel": first.notice.target.channel,
        "link": link,
        "sent_at": _instant(now),
    }


def _integration(settings: Settings, key: str) -> Json:
    one = settings.integration(key)
    if one is None:
        return {"key": key}
    return {
        "key": one.key,
        "name": one.name,
        "method": one.method,
        "criticality": one.criticality,
        "source_system": one.source_system,
        "target_system": one.target_system,
        "tags": list(one.tags),
    }


def _alert(told: Told, reader: Reader) -> Json:
    notice, content = told.notice, told.content
    indicator = indicators().get(content.indicator)
    return {
        "rule": notice.key.rule,
        "name": reader.says.text(content.rule_name),
        "label": notice.key.label or None,
        "episode": notice.episode,
        "kind": notice.kind.value,
        "severity": told.severity.value,
        "was": content.was.value if content.was else None,
        "reason": content.reason.value,
        "since": _instant(content.since),
        "fired_at": _instant(content.fired_at),
        "ended_at": _instant(content.ended_at),
        "indicator": content.indicator,
        "value": content.value,
        "unit": indicator.unit.value if indicator else None,
        "threshold": content.threshold or None,
        "detail": tidy(detail_of(told, reader.says)) or None,
    }


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at is not None else None
