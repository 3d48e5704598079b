"""Who reads a message: in which language and time zone it is written, and how they are reached (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.i18n import Translator, translator
from core.settings.fields import zone_named

if TYPE_CHECKING:
    from core.alerting import Target
    from core.settings import Contact, Settings


@dataclass(frozen=True, slots=True)
class Reader:
    """language: as in `locales/`; zone: what instants are told in; name: the contact's, "" without one."""

    language: str
    zone: ZoneInfo
    name: str = ""

    @property
    def says(self) -> Translator:
        """Writes in the reader's language and zone."""
        return translator(self.language, self.zone)

    def instant(self, at: datetime) -> str:
        """`24 Nov 2026, 17:05 (UTC+3)`."""
        return f"{self.says.date_time(at)} ({offset(self.zone, at)})"


def reader_of(settings: Settings, target: Target) -> Reader:
    """The channel's language and zone where it has its own, else the contact's, else the installation's."""
    channel = settings.channels.get(target.channel)
    contact = contact_of(settings, target)
    language = (channel and channel.language) or (contact and contact.language) or settings.language
    zone = (channel and channel.timezone) or (contact and contact.timezone) or settings.timezone
    return Reader(language, zone_named(zone), contact.name if contact else "")


def contact_of(settings: Settings, target: Target) -> Contact | None:
    """On whose behalf it is told; None where a rule names the channel itself, or they are gone."""
    return settings.contacts.get(target.contact) if target.contact else None


def offset(zone: ZoneInfo, at: datetime) -> str:
    """`UTC+3`, `UTC+5:30`: how far a zone is from UTC at an instant."""
    minutes = round((at.astimezone(zone).utcoffset() or timedelta()).total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")
