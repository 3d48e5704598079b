"""Makes one letter of the notices that leave together, in its reader's language and zone (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from alerts.circumstances import Circumstances
from alerts.document import document
from alerts.letter import Letter, Link, Row, Tone, inert, tidy
from alerts.reader import Reader, reader_of
from alerts.wording import (
    ENDED,
    Told,
    detail_of,
    headline,
    kept_sentence,
    line_of,
    measured,
    rule_of,
    status_of,
    times,
)
from core.alerting import NoticeKind, Target
from core.i18n import N_, counted
from health.rules import COLLECTOR_BLIND

if TYPE_CHECKING:
    from core.alerting import Notice
    from core.settings import Contact, Integration, Settings

LONGEST_HEADLINE = 150
"""Characters; what is cut off is told in a row of its own."""

LATE = timedelta(minutes=2)
"""A message that leaves so long after it could have says so."""

MOST_TOLD = 10
"""Alerts of one message that have a line of their own; the others are counted."""


def letter_of(
    notices: Sequence[Notice],
    settings: Settings,
    key: str,
    now: datetime,
    circumstances: Circumstances | None = None,
) -> Letter:
    """The letter of one batch: notices of one target and one integration, at least one.

    key: its dedup key. Raises MonitorError for a notice whose content cannot be read.
    """
    told = sorted((Told.of(notice) for notice in notices), key=lambda one: one.rank)
    first, target = told[0], told[0].notice.target
    reader = reader_of(settings, target)
    one = settings.integration(first.notice.key.integration)
    name = one.name if one else first.notice.key.integration
    known = _suiting(told, circumstances or Circumstances())
    title = _title(told, name, reader)
    rows = [*_own_rows(told, title, reader, now), *_advice(known, reader), *_late(told, reader, now)]
    links = _links(settings, one.key if one else "", reader, told if first.notice.kind not in ENDED else ())
    return Letter(
        tone=first.tone,
        language=reader.says.language,
        headline=inert(title, LONGEST_HEADLINE),
        alerts=_alerts(told, reader, now) if len(told) > 1 else (),
        rows=tuple(Row(row.label, inert(row.text)) for row in rows if row.text)
        + _contacts(first, one, settings, reader),
        links=links,
        footer=_footer(reader, target.channel),
        thread=first.notice.episode,
        document=document(told, title, settings, reader, key, now, known, links[0].url),
    )


def _suiting(told: Sequence[Told], known: Circumstances) -> Circumstances:
    """Nothing of what is over; of blind sources alone, why they are not seen."""
    if told[0].notice.kind in ENDED:
        return Circumstances()
    blind = all(one.notice.key.rule == COLLECTOR_BLIND.key for one in told)
    return known.of_sight if blind and known.of_sight is not None else known


def letter_of_test(settings: Settings, channel: str, contact: str, key: str, now: datetime) -> Letter:
    """What `alerts test` sends: nothing is broken, and a message arrives."""
    target = Target(channel, contact)
    reader = reader_of(settings, target)
    title = reader.says.text(N_("Test: messages arrive through {channel}"), channel=channel)
    rows = (
        Row(
            "", reader.says.text(N_("Nothing is broken. Alerts will look like this and come to this place."))
        ),
        Row(reader.says.text(N_("Sent")), reader.instant(now)),
    )
    links = _links(settings, "", reader)
    return Letter(
        tone=Tone.NEUTRAL,
        language=reader.says.language,
        headline=inert(title),
        rows=rows,
        links=links,
        footer=_footer(reader, channel),
        thread=key,
        document={"version": 1, "key": key, "kind": "test", "headline": title, "sent_at": now.isoformat()},
    )


def _title(told: Sequence[Told], name: str, reader: Reader) -> str:
    says, first = reader.says, told[0]
    title = headline(first, name, says)
    if len(told) == 1:
        return title
    if all(one.notice.kind in ENDED for one in told):
        return says.render(
            counted(
                "Back to normal: {integration} — {count} alert is over",
                "Back to normal: {integration} — {count} alerts are over",
                len(told),
                integration=name,
            )
        )
    more = counted(
        "{title} (and {count} more alert)",
        "{title} (and {count} more alerts)",
        len(told) - 1,
        title=title,
    )
    return says.render(more)


def _own_rows(told: Sequence[Told], title: str, reader: Reader, now: datetime) -> list[Row]:
    """What a message about one alert says of it; several have a line each instead."""
    if len(told) > 1:
        return []
    says, one = reader.says, told[0]
    reading = measured(one, says)
    if one.notice.kind in ENDED:
        closed = one.notice.kind is NoticeKind.CLOSED
        return [
            Row(says.text(N_("When")), times(one, reader, now)),
            Row(says.text(N_("Last known") if closed else N_("Now")), detail_of(one, says)),
        ]
    severe = says.text(N_("Critical") if one.tone is Tone.CRITICAL else N_("Warning"))
    detail = detail_of(one, says)
    rows = [
        Row(says.text(N_("Details")), detail if len(tidy(title)) > LONGEST_HEADLINE else ""),
        Row(says.text(N_("Since")), times(one, reader, now)),
        Row(rule_of(one, says), reading or severe),
    ]
    if one.notice.kind is NoticeKind.FLAPPING:
        rows.append(Row("", says.text(N_("You will hear no more of it until it is steady."))))
    return rows


def _alerts(told: Sequence[Told], reader: Reader, now: datetime) -> tuple[Row, ...]:
    lines = [Row(status_of(one, reader.says), inert(line_of(one, reader, now))) for one in told[:MOST_TOLD]]
    if len(told) > MOST_TOLD:
        left = len(told) - MOST_TOLD
        more = counted("and {count} more alert, on the page", "and {count} more alerts, on the page", left)
        lines.append(Row("", reader.says.render(more)))
    return tuple(lines)


def _advice(known: Circumstances, reader: Reader) -> list[Row]:
    says = reader.says
    return [
        Row(says.text(N_("Probable cause")), kept_sentence(known.cause, says)),
        Row(says.text(N_("Next step")), says.text(known.next_step)),
        Row(says.text(N_("Whom to call")), kept_sentence(known.call, says)),
    ]


def _contacts(first: Told, one: Integration | None, settings: Settings, reader: Reader) -> tuple[Row, ...]:
    """The first contacts of the integration with the ways to reach them, which may be clicked on."""
    if one is None or first.notice.kind in ENDED:
        return ()
    named = [settings.contacts[ref.who] for ref in one.contacts if ref.who in settings.contacts]
    shown = "; ".join(filter(None, (_reached(contact) for contact in named[:2])))
    return (Row(reader.says.text(N_("Contact")), shown),) if shown else ()


def _reached(contact: Contact) -> str:
    chat = contact.telegram if contact.telegram and contact.telegram.startswith("@") else None
    ways = (contact.name, contact.phone, contact.email, chat)
    return ", ".join(inert(way) if way is contact.name else way for way in ways if way)


def _late(told: Sequence[Told], reader: Reader, now: datetime) -> list[Row]:
    due = min(one.notice.not_before for one in told)
    if now - due <= LATE:
        return []
    text = N_("this message was ready at {time}; it could not be delivered for {duration}")
    says = reader.says
    return [Row(says.text(N_("Late")), says.text(text, time=reader.instant(due), duration=now - due))]


def _links(
    settings: Settings, integration: str, reader: Reader, alive: Sequence[Told] = ()
) -> tuple[Link, ...]:
    """To the integration and to the alerts; where one alert is told, straight to where it is taken up."""
    says, root = reader.says, settings.address.rstrip("/")
    asked = {"integration": integration} if integration else {}
    language = {"lang": says.language} if says.language != settings.language else {}
    about = {"alert": "~".join(part for part in alive[0].notice.key if part)} if len(alive) == 1 else {}
    label = says.text(N_("Acknowledge or silence") if alive else N_("All alerts"))
    alerts = Link(label, f"{root}/alerts{_query(asked | about | language)}")
    if not integration:
        return (alerts,)
    return Link(
        says.text(N_("Open the integration")), f"{root}/integration{_query(asked | language)}"
    ), alerts


def _query(asked: dict[str, str]) -> str:
    return f"?{urlencode(asked)}" if asked else ""


def _footer(reader: Reader, channel: str) -> str:
    if reader.name:
        text = N_("Integration Monitor · to {name} through {channel}")
        return reader.says.text(text, name=inert(reader.name), channel=channel)
    return reader.says.text(N_("Integration Monitor · through {channel}"), channel=channel)
